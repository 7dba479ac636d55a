#include "server/lane.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace penstock::server {

namespace {

// Who shares a transaction also shares the role and what it says of itself.
bool may_share_with(const QueryCall& first, const QueryCall& call) {
  return call.database == first.database && call.options.role == first.options.role &&
         call.options.settings == first.options.settings &&
         (call.principal == first.principal || call.principal->may_share_with(*first.principal));
}

std::vector<JobPtr> to_vector(std::deque<JobPtr> jobs) {
  return {std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end())};
}

}  // namespace

void Job::answer(Result<ResultStream> stream) {
  if (pass != nullptr) {
    if (!stream) {
      pass->failed(stream.error());
    } else if (auto withheld = pass->withheld()) {
      stream = std::unexpected(std::move(*withheld));
    }
    pass.reset();
  }
  answered(std::move(stream));
}

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
  Arrival arrival;
  if (!free && queue_.size() >= limits_.max_waiting) {
    arrival.displaced = displaced_by(*job);
    if (arrival.displaced == nullptr) return arrival;
  }
  arrival.taken_in = true;
  if (free) arrival.start = start_for(*job);
  Flow& flow = flow_of(job->call.principal);
  job->turn = std::max(turn_, flow.finish);
  flow.finish = job->turn + 1 / flow.share();
  ++flow.waiting;
  insert(std::move(job));
  return arrival;
}

Lane::Flow& Lane::flow_of(const PrincipalPtr& who) {
  const auto known = std::ranges::find_if(
      flows_, [&](const Flow& flow) { return flow.who == who || flow.who->is_same_as(*who); });
  if (known == flows_.end()) return flows_.emplace_back(Flow{.who = who});
  known->who = who;  // what it may have may be another since a reload
  return *known;
}

// Behind those of the same turn. With one principal, that is the end.
void Lane::insert(JobPtr job) {
  auto place = queue_.end();
  while (place != queue_.begin() && (*std::prev(place))->turn > job->turn)
    --place;
  queue_.insert(place, std::move(job));
}

void Lane::left(const JobPtr& job) {
  --flow_of(job->call.principal).waiting;
}

// Who has had more than its share keeps that in mind until the others have had theirs.
void Lane::forget_idle_flows() {
  if (queue_.empty()) {
    flows_.clear();
    turn_ = 0;
  } else {
    std::erase_if(flows_, [this](const Flow& flow) { return flow.waiting == 0 && flow.finish <= turn_; });
  }
}

JobPtr Lane::displaced_by(const Job& job) {
  const Flow& own = flow_of(job.call.principal);
  const auto load = [](const Flow& flow, std::size_t more) {
    return static_cast<double>(flow.waiting + more) / flow.share();
  };
  const auto most = std::ranges::max_element(flows_, {}, [&](const Flow& flow) { return load(flow, 0); });
  if (&*most == &own || load(*most, 0) <= load(own, 1)) {
    forget_idle_flows();
    return nullptr;
  }
  const auto last = std::find_if(queue_.rbegin(), queue_.rend(), [&](const JobPtr& waiting) {
    return waiting->call.principal->is_same_as(*most->who);
  });
  JobPtr displaced = std::move(*last);
  queue_.erase(std::prev(last.base()));
  --most->waiting;
  most->finish = displaced->turn;
  return displaced;
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
  turn_ = std::max(turn_, (*next)->turn);
  left(*next);
  taken.push_back(std::move(*next));
  if (!taken.front()->quick) {
    queue_.erase(next);
    forget_idle_flows();
    return taken;
  }
  ++running_quick_;
  gathers_since_.reset();
  at_once_ = std::max(at_once_ - std::min<std::size_t>(at_once_, 1), under_way_ + queue_.size());
  const QueryCall& first = taken.front()->call;
  auto kept = next;
  for (auto job = std::next(next); job != queue_.end(); ++job) {
    const bool shares =
        (*job)->quick && taken.size() < limits_.max_together && may_share_with(first, (*job)->call);
    if (shares) {
      left(*job);
      taken.push_back(std::move(*job));
    } else {
      *kept++ = std::move(*job);
    }
  }
  queue_.erase(kept, queue_.end());
  under_way_ += taken.size();
  forget_idle_flows();
  return taken;
}

void Lane::again(JobPtr job) {
  job->quick = false;
  job->give_up_at = job->deadline;
  ++flow_of(job->call.principal).waiting;
  job->turn = queue_.empty() ? turn_ : std::min(turn_, queue_.front()->turn);
  queue_.push_front(std::move(job));
}

void Lane::finished(bool quick, std::size_t jobs) noexcept {
  if (!quick) return;
  --running_quick_;
  under_way_ -= jobs;
}

bool Lane::gathers(Time now) noexcept {
  const std::size_t runs = std::max<std::size_t>(1, limits_.max_quick);
  if (queue_.empty() || !queue_.front()->quick) return false;
  const std::size_t share = (at_once_ + runs - 1) / runs;
  if (queue_.size() >= std::min(share, limits_.gather_jobs)) return false;
  if (!gathers_since_) gathers_since_ = now;
  if (now - *gathers_since_ < limits_.gather) return true;
  gathers_since_.reset();
  at_once_ = under_way_ + queue_.size();  // the others do not come any more
  return false;
}

std::optional<Lane::Worker> Lane::wanted_worker(Time now) {
  const auto next = next_runnable(now);
  if (next == queue_.end() || !may_start(**next, now)) return std::nullopt;
  return start_for(**next);
}

std::vector<JobPtr> Lane::expire(Time now) {
  const auto is_over = [now](const JobPtr& job) {
    return job->give_up_at <= now || job->call.options.stop.stop_requested();
  };
  if (std::ranges::none_of(queue_, is_over)) return {};
  std::deque<JobPtr> kept;
  std::deque<JobPtr> gone;
  for (JobPtr& job : queue_) {
    const bool over = is_over(job);
    if (over) left(job);
    (over ? gone : kept).push_back(std::move(job));
  }
  queue_ = std::move(kept);
  forget_idle_flows();
  return to_vector(std::move(gone));
}

std::vector<JobPtr> Lane::clear() {
  auto all = to_vector(std::exchange(queue_, {}));
  forget_idle_flows();
  return all;
}

}  // namespace penstock::server
