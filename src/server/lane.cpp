#include "server/lane.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace penstock::server {

namespace {

std::vector<JobPtr> to_vector(std::deque<JobPtr> jobs) {
  return {std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end())};
}

}  // namespace

bool Lane::may_run(const Job& job, Time now) const noexcept {
  return !job.quick || running_quick_ + starting_quick_ < limits_.max_quick ||
         now - job.came >= limits_.patience;
}

// More threads than cores only get in each other's way, unless those that run wait for their server.
bool Lane::may_start(const Job& job, Time now) const noexcept {
  return running_ < limits_.max_running && may_run(job, now) &&
         (running_ < limits_.max_eager || now - job.came >= limits_.patience);
}

Lane::Queue::iterator Lane::next_runnable(Time now) {
  return std::ranges::find_if(queue_, [&](const JobPtr& job) { return may_run(*job, now); });
}

Lane::Worker Lane::start_for(const Job& job) noexcept {
  ++running_;
  if (!job.quick) return Worker::for_any;
  ++starting_quick_;
  return Worker::for_quick;
}

Lane::Arrival Lane::arrive(JobPtr& job, Time now) {
  const bool free = may_start(*job, now);
  if (!free && queue_.size() >= limits_.max_waiting) return {};
  queue_.push_back(std::move(job));
  return {true, free ? std::optional(start_for(*queue_.back())) : std::nullopt};
}

void Lane::began(Worker worker) noexcept {
  if (worker == Worker::for_quick) --starting_quick_;
}

std::vector<JobPtr> Lane::take(Time now) {
  const auto next = next_runnable(now);
  if (next == queue_.end()) {
    --running_;
    return {};
  }
  std::vector<JobPtr> taken;
  taken.push_back(std::move(*next));
  if (!taken.front()->quick) {
    queue_.erase(next);
    return taken;
  }
  ++running_quick_;
  const std::string& database = taken.front()->call.database;
  auto kept = next;
  for (auto job = std::next(next); job != queue_.end(); ++job) {
    const bool shares =
        (*job)->quick && taken.size() < limits_.max_together && (*job)->call.database == database;
    if (shares) {
      taken.push_back(std::move(*job));
    } else {
      *kept++ = std::move(*job);
    }
  }
  queue_.erase(kept, queue_.end());
  return taken;
}

void Lane::again(JobPtr job) {
  job->quick = false;
  job->give_up_at = job->deadline;
  queue_.push_front(std::move(job));
}

void Lane::finished(bool quick) noexcept {
  if (quick) --running_quick_;
}

std::optional<Lane::Worker> Lane::wanted_worker(Time now) {
  const auto next = next_runnable(now);
  if (next == queue_.end() || !may_start(**next, now)) return std::nullopt;
  return start_for(**next);
}

std::vector<JobPtr> Lane::expire(Time now) {
  std::deque<JobPtr> kept;
  std::deque<JobPtr> gone;
  for (JobPtr& job : queue_) {
    const bool over = job->give_up_at <= now || job->call.options.stop.stop_requested();
    (over ? gone : kept).push_back(std::move(job));
  }
  queue_ = std::move(kept);
  return to_vector(std::move(gone));
}

std::vector<JobPtr> Lane::clear() {
  return to_vector(std::exchange(queue_, {}));
}

}  // namespace penstock::server
