// Finds the databases that a statement names before its tables.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "datasources/sqlite/lexer.hpp"

namespace penstock::sqlite {

/// Names written as `name.` where a table (index, view, trigger) is named, each once whatever its case,
/// unquoted and as first written; `main` and `temp`, which are SQLite's own, are not among them.
/// A text that says the database of a table-valued PRAGMA counts too: pragma_table_info('accounts',
/// 'accounts_db'). `customers.name` in an expression names a column, so only the first of three parts counts
/// there.
[[nodiscard]] std::vector<std::string> find_qualifiers(std::span<const Token> tokens);

}  // namespace penstock::sqlite
