// What the server's errors mean, in our words.
// Source: https://mariadb.com/kb/en/mariadb-error-code-reference/
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "penstock/error.hpp"

namespace penstock::mysql {

/// The code of an error of this number and SQLSTATE.
[[nodiscard]] ErrorCode code_of(std::uint16_t number, std::string_view sqlstate) noexcept;

/// An ERR packet. Borrows its payload.
class ServerError {
 public:
  explicit ServerError(std::string_view payload) noexcept;
  ServerError(std::uint16_t number, std::string_view sqlstate, std::string_view message) noexcept
      : number_(number), state_(sqlstate), message_(message) {}
  [[nodiscard]] std::uint16_t number() const noexcept { return number_; }
  /// The server hangs up behind it.
  [[nodiscard]] bool ends_session() const noexcept;
  [[nodiscard]] Error to_error() const;

 private:
  std::uint16_t number_ = 0;
  std::string_view state_;
  std::string_view message_;
};

/// The connection is gone; `words`: what is known of it, for logs.
[[nodiscard]] Error lost_connection(std::string_view words);
/// Of a connect that failed, as libmariadb says it.
[[nodiscard]] Error connect_error(std::uint16_t number, std::string_view sqlstate, std::string_view message);
[[nodiscard]] Error out_of_time();
/// `where`: "the result", "column `x`".
[[nodiscard]] Error value_too_large(std::string_view where, std::uint64_t bytes, std::int64_t limit);

/// The statement is not prepared any more, or its tables have changed: prepare it again.
[[nodiscard]] bool is_stale(std::uint16_t number) noexcept;

}  // namespace penstock::mysql
