// Runs of several queries on one connection: on a worker, or on the event loop that they came from.
#include <algorithm>
#include <ranges>
#include <utility>

#include "server/query_executor_run.hpp"

namespace penstock::server {

// Each caller is answered in its time, whatever the others take: see tick().
std::shared_ptr<QueryExecutor::TogetherRun> QueryExecutor::begin_together(Lane& lane, Jobs jobs,
                                                                          EventLoop* loop) {
  if (options_.on_together && jobs.size() > 1) options_.on_together(jobs.size());
  auto run = std::make_shared<TogetherRun>(TogetherRun{.lane = lane, .jobs = std::move(jobs)});
  std::vector<QueryRequest> requests;
  requests.reserve(run->jobs.size());
  for (const JobPtr& job : run->jobs)
    requests.push_back({job->call.sql, job->call.database, job->call.params, job->call.options});
  run->sent = Deadline::Clock::now();
  const auto ahead = run_to_follow(lane, loop);
  guarded([&] {
    run->queries = manager_.begin_together(requests, ahead != nullptr ? ahead->queries.get() : nullptr);
  });
  {
    const std::scoped_lock lock(mutex_);
    if (loop != nullptr && run->queries != nullptr && run->queries->is_under_way()) {
      run->loop = loop->shared_from_this();
      run->behind = run->queries->is_behind();
      if (run->behind) ahead->next = run;
    }
    run->place = together_.insert(together_.begin(), run);
  }
  threads_.wake(run->sent + kTick);
  return run;
}

// One that nothing was sent behind yet. Two on a connection are enough to keep its node at work; more would
// wait longer for those before them.
std::shared_ptr<QueryExecutor::TogetherRun> QueryExecutor::run_to_follow(const Lane& lane,
                                                                         const EventLoop* loop) {
  if (loop == nullptr) return nullptr;
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find_if(together_, [&](const auto& run) {
    return &run->lane == &lane && run->loop.get() == loop && !run->behind && run->next == nullptr &&
           !run->abandoned;
  });
  return found == together_.end() ? nullptr : *found;
}

void QueryExecutor::finish_together(TogetherRun& run) {
  answer_all(run, end_together(run));
}

QueriesTogether::Answers QueryExecutor::end_together(TogetherRun& run) {
  QueriesTogether::Answers answers;
  guarded([&] {
    if (run.queries != nullptr) answers = run.queries->finish();
  });
  Jobs& jobs = run.jobs;
  answers.resize(jobs.size());
  {
    const std::scoped_lock lock(mutex_);
    together_.erase(run.place);
    if (run.next != nullptr) run.next->behind = false;
    // Those without an answer go back to the lane, which minds their time; nobody waits behind them.
    for (std::size_t i = jobs.size(); i-- > 0;) {
      if (answers[i] || jobs[i] == nullptr || jobs[i]->answered == nullptr) continue;
      if (stopped_) {
        answers[i].emplace(std::unexpected(stopped_error()));
      } else {
        run.lane.again(std::move(jobs[i]));
      }
    }
  }
  return answers;
}

void QueryExecutor::answer_all(TogetherRun& run, QueriesTogether::Answers answers) {
  for (std::size_t i = 0; i < run.jobs.size(); ++i) {
    const JobPtr& job = run.jobs[i];
    if (job == nullptr || job->answered == nullptr) continue;
    guarded([&] { job->answer(std::move(*answers[i])); });
  }
}

// What nobody waits for any more ends at the server too, once it is what the server works at: a cancel does
// not tell those on one connection apart. Under the mutex.
void QueryExecutor::end_abandoned(TogetherRun& run) {
  const auto waits = [](const JobPtr& job) { return job != nullptr && job->answered != nullptr; };
  if (run.behind || run.abandoned || run.queries == nullptr || std::ranges::any_of(run.jobs, waits)) return;
  run.abandoned = true;
  run.queries->cancel();
  if (run.loop != nullptr) run.loop->end(run.wait);
}

// What the run before it takes is not its callers' matter: when that turns out to be long, as where it meets
// a lock, they run by themselves, which harms nothing as they only read. Under the mutex.
void QueryExecutor::give_back(TogetherRun& run, Time now) {
  if (!run.behind || stopped_ || now - run.sent < options_.long_behind) return;
  for (JobPtr& job : run.jobs | std::views::reverse) {
    if (job != nullptr && job->answered != nullptr) run.lane.again(std::move(job));
  }
}

// ---- On an event loop

// Behind what is ready there now, and while more gather: it may be more queries, which then run with this
// one.
void QueryExecutor::start_on_loop(Lane& lane, EventLoop& loop) {
  loop.defer([this, &lane, &loop] {
    Jobs jobs;
    {
      std::unique_lock lock(mutex_);
      const Time now = Deadline::Clock::now();
      if (lane.gathers(now)) {
        lock.unlock();
        std::this_thread::yield();  // to whoever may be about to ask
        return start_on_loop(lane, loop);
      }
      lane.began(Lane::Worker::for_quick);
      jobs = take_jobs(lane, now);
    }
    go_on_with(lane, loop, std::move(jobs));
  });
}

void QueryExecutor::go_on_with(Lane& lane, EventLoop& loop, Jobs jobs) {
  if (jobs.empty()) return;
  if (!jobs.front()->quick) {
    auto shared = std::make_shared<Jobs>(std::move(jobs));
    const auto work = [this, &lane, shared] { work_through(lane, std::move(*shared)); };
    if (!run_on_worker(work)) work();
    return;
  }
  auto run = begin_together(lane, std::move(jobs), &loop);
  if (run->queries == nullptr || !run->queries->is_under_way()) return finish_on_worker(std::move(run));
  if (!run->behind) await_on_loop(run, loop);
}

void QueryExecutor::await_on_loop(const std::shared_ptr<TogetherRun>& run, EventLoop& loop) {
  Time latest{};
  for (const JobPtr& job : run->jobs) {
    if (job != nullptr) latest = std::max(latest, job->deadline);
  }
  const auto wait = loop.await(run->queries->socket(), latest,
                               [this, run, &loop](bool readable) { advance_on_loop(run, loop, readable); });
  const std::scoped_lock lock(mutex_);
  run->wait = wait;
  if (run->abandoned) loop.end(wait);
}

void QueryExecutor::advance_on_loop(const std::shared_ptr<TogetherRun>& run, EventLoop& loop, bool readable) {
  const auto state = readable ? run->queries->advance() : SharedReads::State::uncertain;
  if (state == SharedReads::State::waiting) return await_on_loop(run, loop);
  if (state == SharedReads::State::uncertain) return finish_on_worker(run);
  Lane& lane = run->lane;
  auto answers = end_together(*run);
  Jobs jobs;
  bool postponed = false;
  {
    const std::scoped_lock lock(mutex_);
    lane.finished(true, run->jobs.size());
    const Time now = Deadline::Clock::now();
    postponed = lane.gathers(now);
    if (postponed) {
      lane.postponed();
    } else {
      jobs = take_jobs(lane, now);
    }
  }
  // The node has those that wait to work at while the answers are written.
  const bool sends = !jobs.empty() && jobs.front()->quick;
  if (sends) guarded([&] { go_on_with(lane, loop, std::move(jobs)); });
  answer_all(*run, std::move(answers));
  if (postponed) {
    start_on_loop(lane, loop);
  } else if (!sends) {
    go_on_with(lane, loop, std::move(jobs));
  }
  // The server has gone on with it, and may be done. But what else is ready here has its turn before.
  if (auto next = std::exchange(run->next, nullptr)) {
    loop.defer([this, next = std::move(next), &loop] { advance_on_loop(next, loop, true); });
  }
}

// With what was sent behind it: from here on the loop sends nothing more on their connection.
void QueryExecutor::finish_on_worker(std::shared_ptr<TogetherRun> run) {
  {
    const std::scoped_lock lock(mutex_);
    for (TogetherRun* one = run.get(); one != nullptr; one = one->next.get())
      one->loop.reset();
  }
  const auto work = [this, run = std::move(run)] {
    finish_together(*run);
    if (auto next = std::exchange(run->next, nullptr)) finish_on_worker(std::move(next));
    work_through(run->lane, next_jobs(run->lane, true, run->jobs.size()));
  };
  if (!run_on_worker(work)) work();
}

}  // namespace penstock::server
