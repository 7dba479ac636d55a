#include "datasources/sqlite/suggestions.hpp"

#include <algorithm>
#include <set>

#include "core/nearest.hpp"
#include "datasources/sqlite/lexer.hpp"

namespace penstock::sqlite {

namespace {

std::vector<std::string> tables_of(OwnStatements& own, const std::string& database) {
  std::vector<std::string> names;
  // Without a list there is no suggestion, and the error stands as it is.
  static_cast<void>(own.run("SELECT name FROM " + quote_name(database) +
                                ".sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'",
                            {}, [&](const OwnStatements::Row& row) { names.emplace_back(row.text(0)); }));
  return names;
}

}  // namespace

TableName name_as_written(std::string_view joined, std::string_view sql) {
  const std::vector<Token> tokens = tokenize(sql);
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (!tokens[i].is_name() || tokens[i + 1].kind != TokenKind::dot || !tokens[i + 2].is_name()) continue;
    TableName name{tokens[i].unquoted(), tokens[i + 2].unquoted()};
    if (name.database + "." + name.table == joined) return name;
  }
  for (const Token& token : tokens) {
    if (token.is_name() && token.unquoted() == joined) return TableName{{}, std::string(joined)};
  }
  // Not in the statement itself, so of a view, which names the tables of its own database.
  return TableName{{}, std::string(joined.substr(joined.rfind('.') + 1))};
}

std::optional<std::string> find_table(OwnStatements& own, const std::string& wanted) {
  std::optional<std::string> found;
  // Without a list there is nothing to find.
  static_cast<void>(own.run(
      "SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE",
      {wanted}, [&](const OwnStatements::Row& row) { found = row.text(0); }));
  return found;
}

std::optional<std::string> nearest_table(OwnStatements& own, std::string_view wanted, const std::string& main,
                                         const std::vector<std::string>& attached) {
  const std::vector<std::string> names = tables_of(own, main);
  if (const auto nearest = nearest_name(wanted, names)) return std::string(*nearest);
  for (const std::string& database : attached) {
    const std::vector<std::string> others = tables_of(own, database);
    if (const auto nearest = nearest_name(wanted, others)) return database + "." + std::string(*nearest);
  }
  return std::nullopt;
}

std::optional<std::string> nearest_column(OwnStatements& own, std::string_view wanted, std::string_view sql) {
  std::set<std::string> mentioned;
  for (const Token& token : tokenize(sql)) {
    if (token.is_name()) mentioned.insert(token.unquoted());
  }
  constexpr std::size_t kMostTables = 200;
  std::vector<std::string> columns;
  std::size_t looked_at = 0;
  for (const std::string& name : mentioned) {
    if (++looked_at > kMostTables) break;
    static_cast<void>(own.run("SELECT name FROM pragma_table_xinfo(?1)", {name},
                              [&](const OwnStatements::Row& row) { columns.emplace_back(row.text(0)); }));
  }
  const auto nearest = nearest_name(wanted, columns);
  return nearest ? std::optional<std::string>(*nearest) : std::nullopt;
}

}  // namespace penstock::sqlite
