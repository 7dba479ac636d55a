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

  /// Sends them where that takes no waiting. Otherwise nothing has happened, and finish() does all.
  void begin();
  /// Whether they were sent, and finish() is best left until advance() says so.
  [[nodiscard]] bool is_under_way() const noexcept { return reads_ != nullptr; }
  /// See SharedReads. While under way.
  [[nodiscard]] int socket() const noexcept { return reads_->socket(); }
  [[nodiscard]] SharedReads::State advance();
  /// A result for each run, in their order. Those that end `by_itself` hold nothing and are of no further
  /// use. Once.
  [[nodiscard]] std::vector<SharedResult> finish();
  /// Makes finish() end soon, and with it what the node does for it. From any thread.
  void cancel() noexcept;

 private:
  void add(std::size_t index, QueryRun& run, std::string_view database);
  [[nodiscard]] std::vector<SharedOutcome> ask();
  void keep(std::optional<pool::Lease> lease);

  std::vector<SharedResult> results_;
  std::shared_ptr<Source> source_;
  std::string_view database_;
  const Execution* first_ = nullptr;
  std::vector<std::pair<std::size_t, QueryRun*>> runs_;
  std::vector<Execution> executions_;
  Deadline latest_ = Deadline::at({});
  Deadline::Clock::time_point began_;
  std::mutex leasing_;  // lease_ comes and goes under it, for cancel()
  std::optional<pool::Lease> lease_;
  std::unique_ptr<SharedReads> reads_;  // borrows the lease
};

}  // namespace penstock
