#include "server/query_executor.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <thread>

#include <fmt/format.h>

namespace penstock::server {

namespace {

std::size_t eager_workers(const ExecutorOptions& options) {
  static const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return options.max_eager != 0 ? options.max_eager : 2 * cores;
}

// How often waiting jobs are looked at, while there are any.
constexpr std::chrono::milliseconds kTick{2};

Error stopped_error() {
  return fail(ErrorCode::unavailable, "the server is shutting down", "Ask again in a while.").error();
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

// Of a job nobody waits for any more.
Error late_error(const Job& job, Time now) {
  if (job.call.options.stop.stop_requested()) {
    return fail(ErrorCode::cancelled, "the query was cancelled").error();
  }
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - job.call.received);
  auto error = fail(ErrorCode::timeout, fmt::format("the query did not end within {} ms", waited.count()),
                    "The datasource is busy: retry later, or allow more time.")
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
  std::unique_lock lock(mutex_);
  all_done_.wait(lock, [this] { return workers_ == 0 && running_posted_ == 0; });
}

void QueryExecutor::query(QueryCall call, Answered answered) {
  auto job = std::make_unique<Job>();
  job->call = std::move(call);
  job->call.options.asked_at = job->call.received;
  job->answered = std::move(answered);
  if (const auto placement = manager_.placement(job->call.sql, job->call.database)) {
    return enter(std::move(job), *placement);
  }
  // No datasource to wait for; the manager says why.
  post([this, job = std::move(job)] { run_alone(*job); });
}

void QueryExecutor::enter(JobPtr job, const QueryPlacement& placement) {
  const Time now = Deadline::Clock::now();
  job->quick = placement.may_share && options_.max_together > 1;
  job->came = now;
  const auto& timeout = job->call.options.timeout;
  const Deadline deadline = timeout ? Deadline::after(*timeout, job->call.received) : Deadline::never();
  job->deadline = deadline.time();
  job->give_up_at = deadline.min(Deadline::after(placement.pool.acquire_timeout, job->call.received)).time();
  std::optional<Error> refused;
  Lane* lane = nullptr;
  std::optional<Lane::Worker> worker;
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_) {
      refused = stopped_error();
    } else {
      lane = &lane_of(placement);
      const Lane::Arrival arrival = lane->arrive(job, now);
      if (!arrival.taken_in) refused = full_error(placement.datasource, *lane);
      worker = arrival.start;
      if (worker) ++workers_;
    }
  }
  if (refused) return job->answered(std::unexpected(std::move(*refused)));
  if (worker) return start_worker(*lane, *worker);
  threads_.wake(now + kTick);
}

Lane& QueryExecutor::lane_of(const QueryPlacement& placement) {
  const LaneLimits limits{
      .max_running = static_cast<std::size_t>(std::max<std::int64_t>(1, placement.pool.max_pool_size)),
      .max_waiting = static_cast<std::size_t>(std::max<std::int64_t>(0, placement.pool.max_waiting)),
      .max_eager = eager_workers(options_),
      .max_quick = options_.max_quick,
      .max_together = options_.max_together,
      .patience = options_.patience};
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
  std::unique_lock lock(mutex_);
  lane.began(worker);
  while (true) {
    Jobs jobs = lane.take(Deadline::Clock::now());
    if (jobs.empty()) break;
    const bool quick = jobs.front()->quick;
    lock.unlock();
    run(jobs);
    jobs.clear();
    lock.lock();
    lane.finished(quick);
  }
  if (--workers_ == 0) all_done_.notify_all();
}

void QueryExecutor::run(Jobs& jobs) {
  if (jobs.size() == 1) return run_alone(*jobs.front());
  if (options_.on_together) options_.on_together(jobs.size());
  run_together(jobs);
}

void QueryExecutor::run_alone(Job& job) {
  job.answered(manager_.stream_query(job.call.sql, job.call.database, job.call.params, job.call.options));
}

// Each caller is answered in its time, whatever the others take: see tick().
void QueryExecutor::run_together(Jobs& jobs) {
  std::list<Jobs*> mine{&jobs};
  const auto place = mine.begin();
  {
    const std::scoped_lock lock(mutex_);
    together_.splice(together_.begin(), mine);
  }
  threads_.wake(Deadline::Clock::now() + kTick);
  std::vector<QueryRequest> requests;
  requests.reserve(jobs.size());
  for (const JobPtr& job : jobs)
    requests.push_back({job->call.sql, job->call.database, job->call.params, job->call.options});
  auto answers = manager_.query_together(requests);
  {
    const std::scoped_lock lock(mutex_);
    together_.erase(place);
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Job& job = *jobs[i];
    if (job.answered == nullptr) continue;
    if (answers[i]) {
      job.answered(std::move(*answers[i]));
    } else {
      run_alone(job);
    }
  }
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
    work();
    work = nullptr;
    lock.lock();
  }
  if (--running_posted_ == 0) all_done_.notify_all();
}

bool QueryExecutor::run_on_worker(Work work) {
  return threads_.run([work = std::make_shared<Work>(std::move(work))] { (*work)(); });
}

// Looks after those who wait: their time may be over, or what is in their way may not be quick after all.
Time QueryExecutor::tick(Time now) {
  std::vector<Answer> late;
  std::vector<std::pair<Lane*, Lane::Worker>> wanted;
  bool again = false;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [datasource, lane] : lanes_) {
      for (JobPtr& job : lane->expire(now)) {
        Error error = late_error(*job, now);
        late.push_back({std::move(job->answered), std::move(error)});
      }
      if (const auto worker = lane->wanted_worker(now)) {
        ++workers_;
        wanted.emplace_back(lane.get(), *worker);
      }
      again = again || lane->waiting() > 0;
    }
    for (Jobs* jobs : together_)
      take_late(*jobs, now, late);
    again = again || !together_.empty();
  }
  for (Answer& answer : late)
    answer.answered(std::unexpected(std::move(answer.error)));
  for (const auto& [lane, worker] : wanted)
    start_worker(*lane, worker);
  return again ? now + kTick : Time::max();
}

void QueryExecutor::take_late(Jobs& jobs, Time now, std::vector<Answer>& late) {
  for (JobPtr& job : jobs) {
    const bool over = job->deadline <= now || job->call.options.stop.stop_requested();
    if (!over || job->answered == nullptr) continue;
    Error error = late_error(*job, now);
    late.push_back({std::exchange(job->answered, nullptr), std::move(error)});
  }
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
    job->answered(std::unexpected(stopped_error()));
}

std::vector<LaneStatistics> QueryExecutor::statistics() const {
  const std::scoped_lock lock(mutex_);
  std::vector<LaneStatistics> statistics;
  for (const auto& [datasource, lane] : lanes_)
    statistics.push_back({datasource, lane->waiting(), lane->running()});
  return statistics;
}

}  // namespace penstock::server
