// What can be told of a statement's text without DuckDB.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "penstock/error.hpp"

namespace penstock::duckdb {

/// The longest statement taken, in bytes: DuckDB's parser cannot be stopped, and takes time with the square
/// of what some texts hold.
inline constexpr std::size_t kMaxSqlBytes = 256 << 10;

/// Errors: `limit_exceeded` (too long, or too many common table expressions), `invalid_argument` (a NUL byte,
/// no UTF-8).
[[nodiscard]] Result<void> check_text(std::string_view sql);

/// The text behind EXPLAIN, ANALYZE and the options in parentheses; nothing for a statement that does not
/// begin so. Whatever is no such prefix beyond doubt stays part of the text, for DuckDB's parser to judge.
struct Explained {
  bool explains = false;
  std::string_view statement;
};
[[nodiscard]] Explained split_explain(std::string_view sql);

/// The word that the text begins with, behind space and comments; empty when it begins with none.
[[nodiscard]] std::string_view first_word(std::string_view sql);

/// ", at line 1, column 8" for the byte at `offset`.
[[nodiscard]] std::string position_text(std::string_view sql, std::size_t offset);

/// `name` in double quotes, and `text` in single ones, whatever they hold.
[[nodiscard]] std::string quote_name(std::string_view name);
[[nodiscard]] std::string quote_text(std::string_view text);

}  // namespace penstock::duckdb
