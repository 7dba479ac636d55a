// SQLite's result codes and messages as errors of the contract (https://www.sqlite.org/rescode.html).
#pragma once

#include <string>
#include <string_view>

#include <sqlite3.h>

#include "penstock/error.hpp"

namespace penstock::sqlite {

/// What SQLite said of a failure, read from the handle before anything else happens on it.
struct Failure {
  int code = SQLITE_OK;  ///< extended result code
  std::string message;
  int offset = -1;  ///< byte of the statement that the message is about; -1: of none

  [[nodiscard]] int primary() const noexcept { return code & 0xFF; }
};
[[nodiscard]] Failure failure_of(sqlite3* database);

/// When a statement failed. SQLite's words on a statement that it cannot prepare name only what the statement
/// itself and the schema say, so they may be shown; those on one that runs may carry data.
enum class Phase : std::uint8_t { preparing, running };

/// One function classifies them all. `database` is the logical database, `sql` the statement.
/// Interrupts and refusals of the authorizer are the caller's to explain.
[[nodiscard]] Error error_of(const Failure& failure, Phase phase, std::string_view database,
                             std::string_view sql);

/// Whether somebody else's lock is all that is wrong.
[[nodiscard]] bool is_locked(const Error& error) noexcept;

/// The name that a "no such table: x" message is about, with its database as in "x.y" when it was written so;
/// empty for any other message.
[[nodiscard]] std::string_view missing_table(const Failure& failure) noexcept;
/// The same for "unknown database x".
[[nodiscard]] std::string_view unknown_database(const Failure& failure) noexcept;
/// The same for "no such column: x", without the table.
[[nodiscard]] std::string_view missing_column(const Failure& failure) noexcept;

}  // namespace penstock::sqlite
