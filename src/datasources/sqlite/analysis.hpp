// What a statement is and names, found without SQLite and without a file.
//
// It serves three ends: a clear refusal before anything runs, the names of the databases to attach, and one
// of the layers of read-only access. The other layers (authorizer, sqlite3_stmt_readonly, the handle's own
// read-only mode) do not rely on it.
#pragma once

#include <string_view>

#include "penstock/data_source.hpp"

#include "datasources/sqlite/lexer.hpp"

namespace penstock::sqlite {

/// The longest statement taken, in bytes.
inline constexpr std::size_t kMaxSqlBytes = 1'000'000;

/// See DataSource::analyze(). Also `limit_exceeded` for a text beyond kMaxSqlBytes.
[[nodiscard]] Result<Analysis> analyze_statement(std::string_view sql, Access access);

/// Whether a text that is not empty holds nothing but space, comments and semicolons: what may follow a
/// statement.
[[nodiscard]] bool is_blank(std::string_view sql) noexcept;

/// ", at line 1, column 8" for the byte at `offset`.
[[nodiscard]] std::string position_text(std::string_view sql, std::size_t offset);

}  // namespace penstock::sqlite
