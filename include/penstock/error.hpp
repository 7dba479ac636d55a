// Errors as values: every operation that can fail returns Result<T>.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace penstock {

/// What kind of thing went wrong. The set is closed: front ends map each code to a status of their protocol.
enum class ErrorCode : std::uint8_t {
  invalid_argument,  ///< the call itself is wrong: configuration, parameters, options
  not_found,         ///< no such logical database, table, column or function
  unauthenticated,   ///< the caller is not known
  forbidden,         ///< the caller, or any caller, may not do or see this
  read_only,         ///< a statement that could write, under read-only access
  cross_datasource,  ///< the databases of one statement live in different datasources
  syntax_error,      ///< the engine cannot parse the statement
  constraint,        ///< a constraint of the database was violated
  timeout,           ///< the deadline passed
  cancelled,         ///< the caller asked to stop
  overloaded,        ///< a queue is full; try later
  unavailable,       ///< the datasource cannot be reached, or is disabled
  outcome_unknown,   ///< a write was sent and its answer lost; it is never sent again
  limit_exceeded,    ///< a bound on one value, or on the statement, was passed
  invalid_data,      ///< the engine holds something that the result cannot carry faithfully
  unsupported,       ///< valid, but not something this engine or build can do
  internal,          ///< a defect of Penstock
};

/// The code's name as written in the enumeration, such as "not_found".
[[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;

/// One failure. `message` is in Penstock's own words and safe to show to any caller; what the server said,
/// which may carry data or secrets, stays in `server_message`.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;         ///< what happened and what to do next, for a person or an agent
  std::string sqlstate;        ///< five characters of the SQL standard's SQLSTATE; empty when there is none
  std::string server_message;  ///< the engine's own words, for logs; empty when there are none
  std::string hint;            ///< a further suggestion, such as the nearest name; empty when there is none
  bool retryable = false;      ///< the same call may succeed later without being changed
  /// Of what the caller's own limits do not allow now: when it is of use to come again. Zero: nobody knows.
  std::chrono::milliseconds retry_after{0};

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = std::expected<T, Error>;

/// An error ready to be returned from a function that returns Result.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {}) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return std::unexpected(std::move(error));
}

/// Passes the error of one Result on as that of another.
template <typename T>
[[nodiscard]] std::unexpected<Error> pass_error(Result<T>& failed) {
  return std::unexpected(std::move(failed.error()));
}

}  // namespace penstock
