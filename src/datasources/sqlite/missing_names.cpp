// What a session says of a name that its databases do not have.
#include <algorithm>

#include "core/nearest.hpp"
#include "datasources/sqlite/lexer.hpp"
#include "datasources/sqlite/own_statement.hpp"
#include "datasources/sqlite/session.hpp"
#include "datasources/sqlite/suggestions.hpp"

namespace penstock::sqlite {

namespace {

// Each is a file that may have to be opened.
constexpr std::size_t kMostLookedThrough = 32;

std::string did_you_mean(const std::string& name) {
  return "did you mean `" + name + "`?";
}

}  // namespace

bool Session::has_open(std::string_view database) const noexcept {
  return same_name(database, "main") || same_name(database, key_.database) ||
         std::ranges::any_of(key_.attached,
                             [&](const std::string& name) { return same_name(name, database); });
}

// Another database of the datasource that has this very table.
std::optional<TableName> Session::find_elsewhere(const TableName& wanted) {
  const RunControl::Patience none(*control_, std::chrono::milliseconds::zero());
  const std::string& home = wanted.database.empty() ? key_.database : wanted.database;
  std::size_t looked_through = 0;
  for (const LogicalDatabase& database : options_->databases) {
    if (same_name(database.name, home)) continue;
    if (++looked_through > kMostLookedThrough || control_->must_stop() != RunStop::nothing) break;
    // One that cannot be opened has nothing to offer.
    auto other = Session::open(SessionKey{database.name, {}, Access::read_only}, *options_, *control_);
    if (!other) continue;
    OwnStatements own((*other)->handle(), (*other)->authorizer());
    if (auto table = find_table(own, wanted.table)) return TableName{database.name, std::move(*table)};
  }
  return std::nullopt;
}

void Session::explain_missing_table(Error& error, const TableName& name) {
  OwnStatements own(handle(), authorizer_);
  if (!name.database.empty() && !has_open(name.database)) {
    error.message = "there is no database `" + name.database + "`";
    error.sqlstate = "3F000";
    std::vector<std::string> databases;
    for (const LogicalDatabase& database : options_->databases)
      databases.push_back(database.name);
    if (const auto nearest = nearest_name(name.database, databases)) {
      error.hint = did_you_mean(std::string(*nearest) + "." + name.table);
      return;
    }
    if (auto mine = find_table(own, name.table)) {
      error.hint = did_you_mean(*mine);
      return;
    }
  }
  if (const auto elsewhere = find_elsewhere(name)) {
    error.hint = elsewhere->database + " has it: write " + elsewhere->database + "." + elsewhere->table;
    return;
  }
  if (name.database.empty()) {
    if (const auto nearest = nearest_table(own, name.table, key_.database, key_.attached))
      error.hint = did_you_mean(*nearest);
  } else if (has_open(name.database)) {
    const auto nearest = nearest_table(own, name.table, name.database, {});
    if (nearest) error.hint = did_you_mean(name.database + "." + *nearest);
  }
}

void Session::add_nearest(Error& error, const Failure& failure, std::string_view sql) {
  if (const auto table = missing_table(failure); !table.empty()) {
    explain_missing_table(error, name_as_written(table, sql));
  } else if (const auto column = missing_column(failure); !column.empty()) {
    OwnStatements own(handle(), authorizer_);
    if (const auto nearest = nearest_column(own, column, sql)) error.hint = did_you_mean(*nearest);
  } else if (const auto database = unknown_database(failure); !database.empty()) {
    std::vector<std::string> databases;
    for (const LogicalDatabase& known : options_->databases)
      databases.push_back(known.name);
    if (const auto nearest = nearest_name(database, databases))
      error.hint = did_you_mean(std::string(*nearest));
  }
}

}  // namespace penstock::sqlite
