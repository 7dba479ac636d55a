// What every query passes, whichever front end it came by: the limits of who asks, and the audit log.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/observer.hpp"

#include "server/admission.hpp"
#include "server/audit/audit_log.hpp"
#include "server/executor.hpp"

namespace penstock::server {

class QueryPass;
using QueryPassPtr = std::shared_ptr<QueryPass>;

/// Requests and queries that were turned away by the limits of their principals, ever.
struct GateStatistics {
  std::uint64_t by_requests_per_minute = 0;
  std::uint64_t by_max_concurrent = 0;
};

/// Thread-safe; nothing here blocks. Held by shared_ptr, as passes may outlive whoever made it.
class QueryGate : public std::enable_shared_from_this<QueryGate> {
 public:
  /// Without a log nothing is logged.
  explicit QueryGate(std::unique_ptr<AuditLog> audit = nullptr) : audit_(std::move(audit)) {}

  /// A request of a principal, whatever it is about. Errors: `overloaded` with when to come again; the first
  /// of several such is logged.
  [[nodiscard]] Result<void> request(const Principal& principal, FrontEnd front_end,
                                     std::string_view request_id);
  /// A query that came. What is refused here is logged, as far as it can be. Null: nobody has to know how it
  /// ends. Errors: `overloaded` with when to come again; `unavailable`: it could not be logged.
  [[nodiscard]] Result<QueryPassPtr> query(QueryCall& call);
  /// A query that was refused before it came so far.
  void refused(const QueryCall& call, const Error& error);
  /// Somebody who did not say who he is, or not well.
  void refused(std::string_view request_id, FrontEnd front_end, std::string_view peer, const Error& error);

  /// Null: there is none.
  [[nodiscard]] AuditLog* audit() noexcept { return audit_.get(); }
  [[nodiscard]] GateStatistics statistics() const;

 private:
  friend class QueryPass;
  void query_ended(std::string_view who) noexcept;

  const std::unique_ptr<AuditLog> audit_;
  mutable std::mutex mutex_;  // the two below
  Admission admission_;
  GateStatistics statistics_;
};

/// One query from its arrival to its end: its place among those of its principal, and its line in the log.
/// The first who tells of an end is believed; one that goes without was cancelled.
class QueryPass final : public QueryObserver {
 public:
  /// `counted`: it has a place among the principal's concurrent queries.
  QueryPass(std::shared_ptr<QueryGate> gate, const QueryCall& call, QueryOrigin origin, bool counted,
            AuditWeight weight = AuditWeight::query);
  QueryPass(const QueryPass&) = delete;
  QueryPass& operator=(const QueryPass&) = delete;
  ~QueryPass() override;

  /// Before anybody else knows the pass.
  void placed(std::string datasource) { datasource_ = std::move(datasource); }
  /// By the manager, at the end of what it ran.
  void query_ended(const QueryEvent& event) noexcept override;
  /// It ended before the manager could tell.
  void failed(const Error& error) noexcept;
  /// Why its answer, good as it is, must not be given: nobody would know of it.
  [[nodiscard]] std::optional<Error> withheld() noexcept;

 private:
  void end(const QueryEvent& event) noexcept;

  const std::shared_ptr<QueryGate> gate_;
  const PrincipalPtr principal_;
  const QueryOrigin origin_;
  const std::string database_;
  const Deadline::Clock::time_point received_;
  StatementPrint print_;
  std::string statement_;  // where they are to be logged
  Params params_;
  std::string datasource_;
  const bool counted_;
  const AuditWeight weight_;
  std::atomic<bool> ended_ = false;
};

}  // namespace penstock::server
