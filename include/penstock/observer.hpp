// What is told of every query once it is over, for monitoring.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "penstock/data_source.hpp"
#include "penstock/error.hpp"

namespace penstock {

/// One query that is over. The views live for the call.
struct QueryEvent {
  std::string_view datasource;
  std::string_view type;  ///< of the datasource: "postgresql"
  std::string_view node;  ///< empty: it came to none
  std::string_view database;
  StatementKind kind = StatementKind::other;  ///< `other` too when the statement was not understood
  std::optional<ErrorCode> code;              ///< of a failure; `cancelled` when its caller lost interest
  std::string_view sqlstate;                  ///< of a failure, where the engine has one
  std::chrono::microseconds duration{0};      ///< from the call to the last row
  std::int64_t rows = 0;                      ///< that were handed out
  std::int64_t bytes = 0;                     ///< of their values
  std::optional<std::int64_t> affected_rows;  ///< of a write
  bool truncated = false;
  bool shared = false;  ///< it ran on one connection with others
};

/// Thread-safe. Called by the threads of queries, so it must be quick, and must not throw.
class QueryObserver {
 public:
  virtual ~QueryObserver() = default;
  virtual void query_ended(const QueryEvent& event) noexcept = 0;
};

}  // namespace penstock
