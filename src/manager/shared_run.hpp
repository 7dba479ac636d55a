// Queries of one logical database that run on one connection at a time.
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "manager/query_run.hpp"

namespace penstock {

enum class SharedEnd : std::uint8_t {
  answered,  ///< the run has its rows, or the error that is returned
  by_itself  ///< it must be opened by itself
};

struct SharedResult {
  SharedEnd end = SharedEnd::by_itself;
  std::optional<Error> error;
};

/// A connection where shared runs follow each other, which each of them holds. Goes back to its pool with the
/// last one.
struct SharedLease {
  SharedLease(pool::Lease of, Deadline::Clock::time_point now) noexcept : lease(std::move(of)), since(now) {}
  SharedLease(const SharedLease&) = delete;
  SharedLease& operator=(const SharedLease&) = delete;
  ~SharedLease() {
    if (unfit) lease.discard();
  }

  pool::Lease lease;
  Deadline::Clock::time_point since;
  bool unfit = false;  ///< nothing more is to run there
};

/// Several runs on one connection. One thread at a time, which need not be the same. Goes before its runs.
class SharedRuns {
 public:
  /// Prepares the runs, and chooses those that can be executed together: those of the first one's datasource,
  /// database, role and settings. Touches no datasource.
  SharedRuns(std::span<QueryRun* const> runs, std::span<const std::string_view> databases,
             const RoutingTable& routing);
  SharedRuns(const SharedRuns&) = delete;
  SharedRuns& operator=(const SharedRuns&) = delete;
  ~SharedRuns();

  /// Sends them where that takes no waiting: behind those `ahead`, which are under way, or on a connection
  /// that is free. Otherwise nothing has happened, and finish() does all.
  ///
  /// A node that finds the next statements when it is done with the last ones need not sleep and be woken in
  /// between. That is worth it for those that take no longer than waking up does; of others, a second
  /// connection has more.
  void begin(const SharedRuns* ahead = nullptr);
  /// They were sent behind others. Those are to be finished before anything else is asked of these.
  [[nodiscard]] bool is_behind() const noexcept { return behind_; }
  /// Whether they were sent, and finish() is best left until advance() says so.
  [[nodiscard]] bool is_under_way() const noexcept { return reads_ != nullptr; }
  /// See SharedReads. While under way.
  [[nodiscard]] int socket() const noexcept { return reads_->socket(); }
  [[nodiscard]] SharedReads::State advance();
  /// A result for each run, in their order. Those that end `by_itself` hold nothing and are of no further
  /// use. Once.
  [[nodiscard]] std::vector<SharedResult> finish();
  /// Makes finish() end soon, and with it what the node does for it; those before and behind these on their
  /// connection run by themselves then. From any thread.
  void cancel() noexcept;

 private:
  void add(std::size_t index, QueryRun& run, std::string_view database);
  [[nodiscard]] std::vector<SharedOutcome> ask();
  [[nodiscard]] bool may_follow(const SharedRuns& ahead) const;
  void send(std::shared_ptr<SharedLease> lease);
  void come_first();
  void keep(std::shared_ptr<SharedLease> lease);

  std::vector<SharedResult> results_;
  std::shared_ptr<Source> source_;
  std::string_view database_;
  const Execution* first_ = nullptr;
  std::vector<std::pair<std::size_t, QueryRun*>> runs_;
  std::vector<Execution> executions_;
  Deadline latest_ = Deadline::at({});
  Deadline::Clock::time_point began_;
  std::mutex leasing_;  // lease_ comes and goes under it, for cancel()
  std::shared_ptr<SharedLease> lease_;
  bool behind_ = false;
  bool instant_ = true;                 // all of them
  std::unique_ptr<SharedReads> reads_;  // borrows the lease
};

}  // namespace penstock
