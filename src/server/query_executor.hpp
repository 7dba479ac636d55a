// The executor over a manager: a lane for each datasource, workers as needed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "penstock/manager.hpp"

#include "pool/housekeeper.hpp"
#include "server/event_loop.hpp"
#include "server/executor.hpp"
#include "server/lane.hpp"

namespace penstock::server {

struct ExecutorOptions {
  /// Runs of quick queries of one datasource before any of them has waited for `patience`, each on a
  /// connection of its own or behind another. With two, one is at the server while the answers of the other
  /// are written.
  std::size_t max_quick = 2;
  /// Threads that run queries of one datasource before any has waited for `patience`; 0: two a core.
  std::size_t max_eager = 0;
  std::size_t max_together = 32;  ///< queries that share one connection at a time; 1: none do
  std::chrono::microseconds patience{2'000};
  /// So long an event loop lets a quick query wait for others to run with, while it looks for them without
  /// sleeping; zero: not at all. See Lane::gathers().
  std::chrono::microseconds gather{0};
  /// A quick query that was sent behind others runs by itself when those take so long.
  std::chrono::milliseconds long_behind{20};
  std::size_t max_posted = 32;  ///< of what is posted, how much runs at a time
  /// What every query passes; null: nothing.
  std::shared_ptr<QueryGate> gate;
  /// Told how many queries shared a connection. Called by workers; must not block.
  std::function<void(std::size_t)> on_together;
};

/// Queries that a lane answered by itself, ever.
struct LaneRefusals {
  std::uint64_t overloaded = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t cancelled = 0;
};

/// What goes through the lane of one datasource now.
struct LaneStatistics {
  std::string datasource;
  std::size_t waiting = 0;
  std::size_t running = 0;
  LaneRefusals refusals;
};

/// Thread-safe. A query waits here for its turn, in order, and no thread waits with it. `max_waiting` and
/// `acquire_timeout` of its datasource hold here as they do at the pool. Quick ones that come from an event
/// loop are sent from there, and their answers awaited there, so that no other thread has to wake up for
/// them; whatever may wait goes to a worker.
class QueryExecutor final : public Executor {
 public:
  /// `manager` must outlive it.
  explicit QueryExecutor(DataSourceManager& manager, ExecutorOptions options = {});
  /// stop(), and waits for what runs: close the manager first to cut that short.
  ~QueryExecutor() override;

  void query(QueryCall&& call, Answered answered) override;
  void refused(const QueryCall& call, const Error& error) override;
  void post(std::move_only_function<void()> work) override;
  void resume(std::move_only_function<void()> work) override;
  void resume_at(Deadline::Clock::time_point time, std::move_only_function<void()> work) override;
  /// What waits is answered `unavailable`, and so is what comes from now on. What was posted still runs.
  void stop();
  /// After stop(): until nothing runs any more. Event loops that it is used from end before.
  void wait();
  [[nodiscard]] std::vector<LaneStatistics> statistics() const;

 private:
  using Work = std::move_only_function<void()>;
  using Jobs = std::vector<JobPtr>;
  struct Late {
    JobPtr job;
    std::string datasource;
    std::size_t waiting = 0;  ///< others in its lane
  };

  void enter(JobPtr job, const QueryPlacement& placement);
  [[nodiscard]] Lane& lane_of(const QueryPlacement& placement);
  void start_worker(Lane& lane, Lane::Worker worker);
  void work_on(Lane& lane, Lane::Worker worker);
  void work_through(Lane& lane, Jobs jobs);
  [[nodiscard]] Jobs take_jobs(Lane& lane, Time now);
  [[nodiscard]] Jobs next_jobs(Lane& lane, bool quick, std::size_t finished);
  void run(Lane& lane, Jobs& jobs);
  void run_alone(Job& job);

  // query_executor_together.cpp: several on one connection
  struct TogetherRun;
  [[nodiscard]] std::shared_ptr<TogetherRun> begin_together(Lane& lane, Jobs jobs, EventLoop* loop = nullptr);
  [[nodiscard]] std::shared_ptr<TogetherRun> run_to_follow(const Lane& lane, const EventLoop* loop);
  void finish_together(TogetherRun& run);
  [[nodiscard]] QueriesTogether::Answers end_together(TogetherRun& run);
  static void answer_all(TogetherRun& run, QueriesTogether::Answers answers);
  void end_abandoned(TogetherRun& run);
  void give_back(TogetherRun& run, Time now);
  void start_on_loop(Lane& lane, EventLoop& loop);
  void go_on_with(Lane& lane, EventLoop& loop, Jobs jobs);
  void await_on_loop(const std::shared_ptr<TogetherRun>& run, EventLoop& loop);
  void advance_on_loop(const std::shared_ptr<TogetherRun>& run, EventLoop& loop, bool readable);
  void finish_on_worker(std::shared_ptr<TogetherRun> run);
  [[nodiscard]] bool run_on_worker(Work work);
  void run_posted();
  [[nodiscard]] Time tick(Time now);
  static void take_late(Jobs& jobs, Time now, std::vector<Late>& late);
  void answer_late(Late& late, Time now);

  DataSourceManager& manager_;
  const ExecutorOptions options_;

  mutable std::mutex mutex_;  // what follows; held for an event of a lane, never while anything runs
  bool stopped_ = false;
  std::map<std::string, std::unique_ptr<Lane>, std::less<>> lanes_;  // none ever goes
  std::map<std::string, LaneRefusals, std::less<>> refusals_;
  std::list<std::shared_ptr<TogetherRun>> together_;  // that are under way
  std::deque<Work> posted_;
  std::size_t running_posted_ = 0;
  std::size_t resumed_ = 0;  // that run
  std::multimap<Time, Work> due_;
  std::size_t workers_ = 0;  // that lanes started and have not left
  std::condition_variable all_done_;

  pool::Housekeeper housekeeper_;
  pool::Housekeeper::Registration threads_;
};

}  // namespace penstock::server
