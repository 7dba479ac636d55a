#include "server/query_executor.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "pool/acquire_error.hpp"
#include "server/log.hpp"
#include "server/query_executor_run.hpp"

namespace penstock::server {

namespace {

std::size_t eager_workers(const ExecutorOptions& options) {
  static const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return options.max_eager != 0 ? options.max_eager : 2 * cores;
}

Error full_error(std::string_view datasource, const Lane& lane) {
  auto error = fail(ErrorCode::overloaded,
                    fmt::format("The queue for datasource {} is full: running={}, waiting={}.", datasource,
                                lane.running(), lane.waiting()),
                    "Retry later, or raise max_waiting or max_pool_size.")
                   .error();
  error.retryable = true;
  return error;
}

// Of a job nobody waits for any more, or whose time is over while it runs with others.
Error late_error(const Job& job, Time now) {
  if (job.call.options.stop.stop_requested()) {
    return fail(ErrorCode::cancelled, "the query was cancelled").error();
  }
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - job.call.received);
  auto error = fail(ErrorCode::timeout,
                    fmt::format("the query did not end within its time limit of {} ms", waited.count()),
                    "Narrow it down, or allow it more time.")
                   .error();
  error.retryable = true;
  return error;
}

std::string pool_numbers(const DataSourceInfo& source) {
  std::string text;
  for (const auto& [node, numbers] : source.pools)
    text += "; " + pool::numbers_text(node, numbers);
  if (!source.state_reason.empty()) text += fmt::format(". The last failure: {}", source.state_reason);
  return text;
}

// Of a job that never had its turn.
Error starved_error(const DataSourceManager& manager, std::string_view datasource, std::size_t waiting,
                    std::chrono::milliseconds waited) {
  const auto sources = manager.datasources();
  const auto source = std::ranges::find(sources, datasource, &DataSourceInfo::name);
  auto error = fail(ErrorCode::timeout,
                    fmt::format("No connection to datasource {} became free within {} ms ({} more wait{}).",
                                datasource, waited.count(), waiting,
                                source == sources.end() ? "" : pool_numbers(*source)),
                    "All connections are busy: retry later, or shorten the queries, or raise max_pool_size.")
                   .error();
  error.retryable = true;
  return error;
}

}  // namespace

QueryExecutor::QueryExecutor(DataSourceManager& manager, ExecutorOptions options)
    : manager_(manager),
      options_(std::move(options)),
      housekeeper_({.timer = "penstock-lanes", .worker = "penstock-query"}),
      threads_(housekeeper_.add([this](Time now) { return tick(now); })) {}

QueryExecutor::~QueryExecutor() {
  stop();
  wait();
}

void QueryExecutor::wait() {
  std::unique_lock lock(mutex_);
  all_done_.wait(lock, [this] { return workers_ == 0 && running_posted_ == 0 && resumed_ == 0; });
}

void QueryExecutor::query(QueryCall&& call, Answered answered) {
  QueryPassPtr pass;
  if (options_.gate != nullptr) {
    auto given = options_.gate->query(call);
    if (!given) return answered(pass_error(given));
    pass = std::move(*given);
  }
  auto job = std::make_unique<Job>(std::move(call), std::move(answered), std::move(pass));
  job->call.options.asked_at = job->call.received;
  job->call.options.grant = grant_of(job->call.principal);
  // Where a principal has them, they are no matter of what it asks for.
  const Principal& principal = *job->call.principal;
  if (!principal.role.empty()) job->call.options.role = principal.role;
  if (!principal.settings.empty()) job->call.options.settings = principal.settings;
  if (const auto placement = manager_.placement(job->call.sql, job->call.database, job->call.options)) {
    return enter(std::move(job), *placement);
  }
  // No datasource to wait for; the manager says why.
  post([this, job = std::move(job)] { run_alone(*job); });
}

void QueryExecutor::refused(const QueryCall& call, const Error& error) {
  if (options_.gate != nullptr) options_.gate->refused(call, error);
}

void QueryExecutor::enter(JobPtr job, const QueryPlacement& placement) {
  const Time now = Deadline::Clock::now();
  if (job->pass != nullptr) job->pass->placed(placement.datasource);
  job->quick = placement.may_share && options_.max_together > 1 && job->call.options.trace_parent.empty();
  job->came = now;
  const auto& timeout = job->call.options.timeout;
  const Deadline deadline = timeout ? Deadline::after(*timeout, job->call.received) : Deadline::never();
  job->deadline = deadline.time();
  job->give_up_at = deadline.min(Deadline::after(placement.pool.acquire_timeout, job->call.received)).time();
  Error refusal;
  JobPtr turned_away;  // this one, or one of somebody who has more of the queue
  bool taken_in = false;
  Lane* lane = nullptr;
  std::optional<Lane::Worker> worker;
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_) {
      refusal = stopped_error();
      turned_away = std::move(job);
    } else {
      lane = &lane_of(placement);
      Lane::Arrival arrival = lane->arrive(job, now);
      taken_in = arrival.taken_in;
      turned_away = taken_in ? std::move(arrival.displaced) : std::move(job);
      if (turned_away != nullptr) {
        refusal = full_error(placement.datasource, *lane);
        ++refusals_[placement.datasource].overloaded;
      }
      worker = arrival.start;
      if (worker) ++workers_;
    }
  }
  if (turned_away != nullptr) turned_away->answer(std::unexpected(std::move(refusal)));
  if (!taken_in) return;
  if (!worker) return threads_.wake(now + kTick);
  EventLoop* loop = *worker == Lane::Worker::for_quick ? EventLoop::current() : nullptr;
  loop == nullptr ? start_worker(*lane, *worker) : start_on_loop(*lane, *loop);
}

Lane& QueryExecutor::lane_of(const QueryPlacement& placement) {
  const LaneLimits limits{
      .max_running = static_cast<std::size_t>(std::max<std::int64_t>(1, placement.pool.max_pool_size)),
      .max_waiting = static_cast<std::size_t>(std::max<std::int64_t>(0, placement.pool.max_waiting)),
      .max_eager = eager_workers(options_),
      .max_quick = options_.max_quick,
      .max_together = options_.max_together,
      .patience = options_.patience,
      .gather = options_.gather};
  const auto found = lanes_.find(placement.datasource);
  if (found == lanes_.end()) {
    return *lanes_.emplace(placement.datasource, std::make_unique<Lane>(limits)).first->second;
  }
  found->second->set_limits(limits);
  return *found->second;
}

void QueryExecutor::start_worker(Lane& lane, Lane::Worker worker) {
  // Without a thread, the one that asks must do: better late than never.
  if (!run_on_worker([this, &lane, worker] { work_on(lane, worker); })) work_on(lane, worker);
}

void QueryExecutor::work_on(Lane& lane, Lane::Worker worker) {
  Jobs jobs;
  {
    const std::scoped_lock lock(mutex_);
    lane.began(worker);
    jobs = take_jobs(lane, Deadline::Clock::now());
  }
  work_through(lane, std::move(jobs));
}

void QueryExecutor::work_through(Lane& lane, Jobs jobs) {
  while (!jobs.empty()) {
    const bool quick = jobs.front()->quick;
    const std::size_t count = jobs.size();
    run(lane, jobs);
    jobs.clear();
    // Those who were answered may be about to ask again: what comes now runs together.
    if (quick) std::this_thread::yield();
    jobs = next_jobs(lane, quick, count);
  }
}

QueryExecutor::Jobs QueryExecutor::next_jobs(Lane& lane, bool quick, std::size_t finished) {
  const std::scoped_lock lock(mutex_);
  lane.finished(quick, finished);
  return take_jobs(lane, Deadline::Clock::now());
}

// What whoever works on the lane does next; nothing: it has left. Under the mutex.
QueryExecutor::Jobs QueryExecutor::take_jobs(Lane& lane, Time now) {
  Jobs jobs = lane.take(now);
  if (jobs.empty() && --workers_ == 0) all_done_.notify_all();
  return jobs;
}

void QueryExecutor::run(Lane& lane, Jobs& jobs) {
  if (jobs.size() == 1) return run_alone(*jobs.front());
  finish_together(*begin_together(lane, std::move(jobs)));
}

void QueryExecutor::run_alone(Job& job) {
  guarded([&] {
    job.answer(manager_.stream_query(job.call.sql, job.call.database, job.call.params, job.call.options));
  });
}

void QueryExecutor::post(Work work) {
  {
    const std::scoped_lock lock(mutex_);
    posted_.push_back(std::move(work));
    if (running_posted_ >= options_.max_posted) return;
    ++running_posted_;
  }
  if (!run_on_worker([this] { run_posted(); })) run_posted();
}

void QueryExecutor::run_posted() {
  std::unique_lock lock(mutex_);
  while (!posted_.empty()) {
    Work work = std::move(posted_.front());
    posted_.pop_front();
    lock.unlock();
    guarded(work);
    work = nullptr;
    lock.lock();
  }
  if (--running_posted_ == 0) all_done_.notify_all();
}

void QueryExecutor::resume(Work work) {
  {
    const std::scoped_lock lock(mutex_);
    ++resumed_;
  }
  auto run = std::make_shared<Work>([this, work = std::move(work)]() mutable {
    guarded(work);
    work = nullptr;
    const std::scoped_lock lock(mutex_);
    if (--resumed_ == 0) all_done_.notify_all();
  });
  if (!run_on_worker([run] { (*run)(); })) (*run)();
}

void QueryExecutor::resume_at(Time time, Work work) {
  {
    const std::scoped_lock lock(mutex_);
    due_.emplace(time, std::move(work));
  }
  threads_.wake(time);
}

bool QueryExecutor::run_on_worker(Work work) {
  return threads_.run([work = std::make_shared<Work>(std::move(work))] { (*work)(); });
}

// Looks after those who wait: their time may be over, or what is in their way may not be quick after all.
Time QueryExecutor::tick(Time now) {
  std::vector<Late> late;
  std::vector<std::pair<Lane*, Lane::Worker>> wanted;
  std::vector<Work> due;
  Time next = Time::max();
  {
    const std::scoped_lock lock(mutex_);
    bool again = false;
    for (const auto& [datasource, lane] : lanes_) {
      for (JobPtr& job : lane->expire(now)) {
        const bool stopped = job->call.options.stop.stop_requested();
        ++(stopped ? refusals_[datasource].cancelled : refusals_[datasource].timeouts);
        late.push_back({std::move(job), datasource, lane->waiting()});
      }
      if (const auto worker = lane->wanted_worker(now)) {
        ++workers_;
        wanted.emplace_back(lane.get(), *worker);
      }
      again = again || lane->waiting() > 0;
    }
    for (const auto& run : together_) {
      take_late(run->jobs, now, late);
      give_back(*run, now);
      end_abandoned(*run);
    }
    again = again || !together_.empty();
    while (!due_.empty() && due_.begin()->first <= now)
      due.push_back(std::move(due_.extract(due_.begin()).mapped()));
    if (again) next = now + kTick;
    if (!due_.empty()) next = std::min(next, due_.begin()->first);
  }
  for (Work& work : due)
    resume(std::move(work));
  for (Late& one : late)
    answer_late(one, now);
  for (const auto& [lane, worker] : wanted)
    start_worker(*lane, worker);
  return next;
}

// What runs with others goes on; only its caller does not wait for it any more.
void QueryExecutor::take_late(Jobs& jobs, Time now, std::vector<Late>& late) {
  for (JobPtr& job : jobs) {
    if (job == nullptr) continue;
    const bool over = job->deadline <= now || job->call.options.stop.stop_requested();
    if (!over || job->answered == nullptr) continue;
    auto detached = std::make_unique<Job>();
    detached->call.options = job->call.options;
    detached->call.received = job->call.received;
    detached->deadline = job->deadline;
    detached->answered = std::exchange(job->answered, nullptr);
    detached->pass = std::move(job->pass);
    late.push_back({std::move(detached), {}, 0});
  }
}

void QueryExecutor::answer_late(Late& late, Time now) {
  Job& job = *late.job;
  const bool starved = job.deadline > now && !job.call.options.stop.stop_requested();
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - job.call.received);
  job.answer(std::unexpected(starved ? starved_error(manager_, late.datasource, late.waiting, waited)
                                     : late_error(job, now)));
}

void QueryExecutor::stop() {
  std::vector<JobPtr> waiting;
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    for (const auto& [datasource, lane] : lanes_)
      std::ranges::move(lane->clear(), std::back_inserter(waiting));
  }
  for (const JobPtr& job : waiting)
    job->answer(std::unexpected(stopped_error()));
}

std::vector<LaneStatistics> QueryExecutor::statistics() const {
  const std::scoped_lock lock(mutex_);
  std::vector<LaneStatistics> statistics;
  for (const auto& [datasource, lane] : lanes_)
    statistics.push_back({datasource, lane->waiting(), lane->running(), {}});
  for (LaneStatistics& lane : statistics) {
    if (const auto found = refusals_.find(lane.datasource); found != refusals_.end())
      lane.refusals = found->second;
  }
  return statistics;
}

}  // namespace penstock::server
