#include <array>

#include "datasources/sqlite/own_statement.hpp"
#include "datasources/sqlite/policy.hpp"
#include "datasources/sqlite/session.hpp"

namespace penstock::sqlite {

bool Session::connect_virtual_tables_after_denial() {
  if (!authorizer_.denial() || !authorizer_.denial()->was_write || key_.access != Access::read_only)
    return false;
  connect_virtual_tables();
  authorizer_.forget_denial();
  return true;
}

// A table that cannot connect (its module is not kept, its shadow tables are damaged) stays as it is: the
// statement that uses it gets SQLite's reason.
void Session::connect_virtual_tables() {
  OwnStatements own(handle(), authorizer_);
  std::vector<std::string> tables{"json_each", "json_tree"};
  for (const PragmaRule& rule : pragma_rules()) {
    if (rule.use != PragmaUse::refused) tables.push_back("pragma_" + std::string(rule.name));
  }
  const auto add_tables_of = [&](const std::string& database) {
    static_cast<void>(own.run("SELECT name FROM " + quote_name(database) +
                                  ".sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%'",
                              {}, [&](const OwnStatements::Row& row) {
                                tables.push_back(quote_name(database) + "." + quote_name(row.text(0)));
                              }));
  };
  add_tables_of(key_.database);
  for (const std::string& database : key_.attached)
    add_tables_of(database);
  for (const std::string& table : tables)
    static_cast<void>(own.compile("SELECT 1 FROM " + table));
}

}  // namespace penstock::sqlite
