// What may have been meant by a table that is not there.
#include <algorithm>

#include "core/nearest.hpp"
#include "datasources/postgresql/connection.hpp"

namespace penstock::postgresql {

namespace {

constexpr std::chrono::milliseconds kPatience{500};

// Whether the schema is there, and the relations of all logical databases.
constexpr std::string_view kNamesQuery =
    "SELECT n.nspname, c.relname FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_class c "
    "ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
    "AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') "
    "WHERE n.nspname = ANY ($1::text[]) LIMIT 20000";

struct Name {
  std::string schema;  // empty: none was written
  std::string table;
};

// One part of a name as SQL spells it, taken from the front of `text`.
std::string take_part(std::string_view& text) {
  std::string part;
  if (text.starts_with('"')) {
    std::size_t at = 1;
    while (at < text.size() && (text[at] != '"' || text.substr(at).starts_with("\"\""))) {
      if (text[at] == '"') ++at;
      part += text[at++];
    }
    text.remove_prefix(std::min(at + 1, text.size()));
    return part;
  }
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
  };
  std::size_t at = 0;
  for (; at < text.size() && belongs(text[at]); ++at)
    part += text[at] >= 'A' && text[at] <= 'Z' ? static_cast<char>(text[at] - 'A' + 'a') : text[at];
  text.remove_prefix(at);
  return part;
}

// The name that begins at a character of the statement, counted from 1.
Name name_at(std::string_view sql, std::size_t position) {
  std::size_t at = 0;
  for (std::size_t character = 1; character < position && at < sql.size(); ++character) {
    ++at;
    while (at < sql.size() && (static_cast<unsigned char>(sql[at]) & 0xC0U) == 0x80U)
      ++at;
  }
  sql.remove_prefix(std::min(at, sql.size()));
  Name name;
  name.table = take_part(sql);
  while (sql.starts_with('.')) {
    sql.remove_prefix(1);
    name.schema = std::exchange(name.table, take_part(sql));
  }
  return name;
}

}  // namespace

Error PostgresConnection::with_suggestion(Error error, const Execution& execution) {
  constexpr std::string_view kUndefinedTable = "42P01";
  if (error.sqlstate != kUndefinedTable || broken() || !error.hint.empty()) return error;
  const Options& options = shared_->options;
  const Name name = name_at(execution.sql, session_->error_position());
  const std::string& own = *options.schema_of(execution.database);
  const std::string& schema = name.schema.empty() ? own : name.schema;
  const Deadline patience = Deadline::after(kPatience);
  auto rows = ask(kNamesQuery, {options.schemas}, patience.min(with_grace(execution.deadline)));
  if (!rows) return error;

  bool exists = false;
  std::vector<std::string> names;
  for (const auto& row : *rows) {
    const std::string& in = *row[0];
    exists = exists || in == schema;
    if (!row[1]) continue;
    if (in == schema) {
      names.push_back(*row[1]);
    } else if (name.schema.empty() && *row[1] == name.table) {
      const auto other = std::ranges::find(options.config.databases, in, &LogicalDatabase::physical);
      error.hint = "There is one in " + other->name + ": write " + in + "." + name.table + ".";
    }
  }
  if (!exists && schema == own) {
    error.message =
        "the server has no schema '" + own + "' for the database '" + std::string(execution.database) + "'";
    error.hint.clear();
    return error;
  }
  const auto nearest = nearest_name(name.table, names);
  if (error.hint.empty() && nearest) error.hint = "Did you mean '" + std::string(*nearest) + "'?";
  return error;
}

}  // namespace penstock::postgresql
