// PostgreSQL's errors as ours.
#pragma once

#include <cstddef>
#include <string_view>

#include "penstock/error.hpp"

namespace penstock::postgresql {

/// The code of an SQLSTATE, by its class where it has none of its own.
/// Source: https://www.postgresql.org/docs/15/errcodes-appendix.html
[[nodiscard]] ErrorCode code_of(std::string_view sqlstate) noexcept;

/// The fields of an ErrorResponse; views into its body.
/// Source: https://www.postgresql.org/docs/15/protocol-error-fields.html
class ServerError {
 public:
  explicit ServerError(std::string_view body) noexcept;

  /// The server hangs up after it.
  [[nodiscard]] bool is_fatal() const noexcept { return severity_ == "FATAL" || severity_ == "PANIC"; }
  /// The server's words are kept as server_message; those that speak of the statement alone (a missing table,
  /// a syntax error) are in the message too.
  [[nodiscard]] Error to_error() const;
  /// Where in the statement: its character, from 1; 0: not said.
  [[nodiscard]] std::size_t position() const noexcept;

 private:
  std::string_view severity_;
  std::string_view state_;
  std::string_view message_;
  std::string_view hint_;
  std::string_view constraint_;
  std::string_view column_;
  std::string_view position_;
};

/// A connection that was lost; `words` say how, as far as is known.
[[nodiscard]] Error lost_connection(std::string_view words);

/// A connection that could not be made, from libpq's message with verbosity PQERRORS_VERBOSE.
[[nodiscard]] Error connect_error(std::string_view message);

}  // namespace penstock::postgresql
