// Statements of Penstock's own on a session's handle.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "penstock/error.hpp"

#include "datasources/sqlite/authorizer.hpp"
#include "datasources/sqlite/handle.hpp"

namespace penstock::sqlite {

/// Prepares and runs statements that Penstock wrote, past the authorizer. The deadline and cancel of the run
/// under way hold for them too. A failure says nothing here: the handle has SQLite's code and message.
class OwnStatements {
 public:
  OwnStatements(sqlite3* handle, Authorizer& authorizer) noexcept
      : handle_(handle), authorizer_(&authorizer) {}

  /// One row of an own statement. Views are valid within the call.
  class Row {
   public:
    explicit Row(sqlite3_stmt* statement) noexcept : statement_(statement) {}
    [[nodiscard]] std::string_view text(int column) const noexcept;
    [[nodiscard]] std::int64_t integer(int column) const noexcept {
      return sqlite3_column_int64(statement_, column);
    }
    [[nodiscard]] bool is_null(int column) const noexcept {
      return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }

   private:
    sqlite3_stmt* statement_;
  };

  /// Runs it to its end, with `each` called for every row. False when SQLite failed.
  [[nodiscard]] bool run(const std::string& sql, const std::vector<std::string>& values = {},
                         const std::function<void(const Row&)>& each = nullptr);
  /// Prepares it and throws it away.
  [[nodiscard]] bool compile(const std::string& sql);

 private:
  sqlite3* handle_;
  Authorizer* authorizer_;
};

}  // namespace penstock::sqlite
