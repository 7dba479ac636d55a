#include "datasources/duckdb/catalogue.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "core/ascii_case.hpp"
#include "core/nearest.hpp"
#include "datasources/duckdb/columns.hpp"
#include "datasources/duckdb/errors.hpp"
#include "datasources/duckdb/own_statements.hpp"
#include "datasources/duckdb/statement_text.hpp"

namespace penstock::duckdb {

namespace {

// Lists come one element a row, so that no name has to be taken out of a text.
constexpr std::string_view kTables =
    "SELECT table_name, comment, estimated_size::VARCHAR, 'table' FROM duckdb_tables() WHERE {where} "
    "UNION ALL SELECT view_name, comment, NULL, 'view' FROM duckdb_views() WHERE {where} ORDER BY 1";
constexpr std::string_view kColumns =
    "SELECT table_name, column_name, data_type, is_nullable::VARCHAR, column_default, comment "
    "FROM duckdb_columns() WHERE {where} ORDER BY table_name, column_index";
constexpr std::string_view kKeys =
    "SELECT table_name, constraint_type, constraint_index::VARCHAR, referenced_table, "
    "unnest(constraint_column_names), "
    "unnest(referenced_column_names), constraint_name FROM duckdb_constraints() "
    "WHERE {where} AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY', 'UNIQUE')";
constexpr std::string_view kIndexes =
    "SELECT table_name, index_name, is_unique::VARCHAR, unnest(CAST(expressions AS VARCHAR[])) FROM "
    "duckdb_indexes() "
    "WHERE {where}";

std::string text(const std::optional<std::string>& value) {
  return value.value_or(std::string());
}

// A name of an index's columns may come quoted.
std::string unquoted(std::string name) {
  for (const char quote : {'\'', '"'}) {
    if (name.size() > 1 && name.front() == quote && name.back() == quote)
      name = name.substr(1, name.size() - 2);
  }
  return name;
}

class Catalogue {
 public:
  Catalogue(const Api& api, duckdb_connection connection, const LogicalDatabase& database, bool is_file)
      : api_(api), connection_(connection), database_(database), is_file_(is_file) {
    where_ = is_file ? "database_name = " + quote_text(kFileCatalogue) +
                           " AND schema_name = " + quote_text(database.physical)
                     : "database_name = 'memory' AND schema_name = 'main'";
    where_ += " AND NOT coalesce(TRY_CAST({internal} AS BOOLEAN), false)";
  }

  Result<std::vector<TableInfo>> read() {
    if (auto read = read_tables(); !read) return pass_error(read);
    for (auto step : {&Catalogue::read_columns, &Catalogue::read_keys, &Catalogue::read_indexes}) {
      if (auto read = (this->*step)(); !read) return pass_error(read);
    }
    std::vector<TableInfo> tables;
    for (auto& [name, table] : tables_)
      tables.push_back(std::move(table));
    return tables;
  }

  Result<std::vector<TextRow>> rows(std::string_view query, bool has_internal) const {
    std::string sql(query);
    std::string where = where_;
    const std::string_view internal = "{internal}";
    where.replace(where.find(internal), internal.size(), has_internal ? "internal" : "false");
    for (std::size_t at = sql.find("{where}"); at != sql.npos; at = sql.find("{where}"))
      sql.replace(at, 7, where);
    auto rows = read_own(api_, connection_, sql);
    if (!rows) return std::unexpected(error_of(rows.error().message, database_.name));
    return std::move(*rows);
  }

 private:
  Result<void> read_tables() {
    auto rows = this->rows(kTables, true);
    if (!rows) return pass_error(rows);
    for (const TextRow& row : *rows) {
      TableInfo& table = tables_[text(row[0])];
      table.name = text(row[0]);
      table.comment = text(row[1]);
      table.kind = row[3] == "view" && is_file_ ? TableKind::view : TableKind::table;
      const std::string count = text(row[2]);
      std::int64_t estimate = 0;
      if (!count.empty() &&
          std::from_chars(count.data(), count.data() + count.size(), estimate).ec == std::errc())
        table.estimated_rows = estimate;
    }
    return {};
  }

  Result<void> read_columns() {
    auto rows = this->rows(kColumns, true);
    if (!rows) return pass_error(rows);
    for (const TextRow& row : *rows) {
      const auto table = tables_.find(text(row[0]));
      if (table == tables_.end()) continue;
      ColumnInfo& column = table->second.columns.emplace_back();
      column.name = text(row[1]);
      column.native_type = text(row[2]);
      column.type = type_named(column.native_type);
      column.nullable = row[3] != "false";
      if (row[4] && *row[4] != "NULL") column.default_value = row[4];
      column.labels = labels_named(column.native_type);
      column.comment = text(row[5]);
    }
    return {};
  }

  Result<void> read_keys() {
    auto rows = this->rows(kKeys, false);
    if (!rows) return pass_error(rows);
    std::map<std::pair<std::string, std::string>, std::pair<ForeignKeyInfo, std::string>> keys;
    for (const TextRow& row : *rows) {
      const auto table = tables_.find(text(row[0]));
      if (table == tables_.end()) continue;
      if (row[1] == "PRIMARY KEY") table->second.primary_key.push_back(text(row[4]));
      auto& [key, type] = keys[{text(row[0]), text(row[2])}];
      type = text(row[1]);
      key.name = text(row[6]);
      key.referenced_table = text(row[3]);
      key.columns.push_back(text(row[4]));
      if (row[5]) key.referenced_columns.push_back(*row[5]);
    }
    for (auto& [place, found] : keys) {
      TableInfo& table = tables_.at(place.first);
      if (found.second == "FOREIGN KEY") {
        table.foreign_keys.push_back(std::move(found.first));
      } else {  // DuckDB has an index for each of these, which it does not list
        table.indexes.push_back({.name = found.first.name,
                                 .columns = found.first.columns,
                                 .unique = true,
                                 .primary = found.second == "PRIMARY KEY"});
      }
    }
    return {};
  }

  Result<void> read_indexes() {
    auto rows = this->rows(kIndexes, false);
    if (!rows) return pass_error(rows);
    for (const TextRow& row : *rows) {
      const auto table = tables_.find(text(row[0]));
      if (table == tables_.end()) continue;
      auto& indexes = table->second.indexes;
      auto index = std::ranges::find(indexes, text(row[1]), &IndexInfo::name);
      if (index == indexes.end()) {
        indexes.push_back({.name = text(row[1]), .unique = row[2] == "true"});
        index = indexes.end() - 1;
      }
      index->columns.push_back(unquoted(text(row[3])));
    }
    return {};
  }

  const Api& api_;
  duckdb_connection connection_;
  const LogicalDatabase& database_;
  bool is_file_;
  std::string where_;
  std::map<std::string, TableInfo> tables_;
};

}  // namespace

Result<std::vector<std::string>> table_names(const Api& api, duckdb_connection connection,
                                             const LogicalDatabase& database) {
  auto rows = read_own(api, connection, "SELECT name FROM (SHOW TABLES)");
  if (!rows) return std::unexpected(error_of(rows.error().message, database.name));
  std::vector<std::string> names;
  for (const TextRow& row : *rows)
    names.push_back(text(row.front()));
  return names;
}

Result<DatabaseSchema> read_catalogue(const Api& api, duckdb_connection connection,
                                      const LogicalDatabase& database, bool is_file, std::string_view table) {
  DatabaseSchema schema;
  schema.database = database.name;
  auto tables = Catalogue(api, connection, database, is_file).read();
  if (!tables) return pass_error(tables);
  if (table.empty()) {
    schema.tables = std::move(*tables);
    return schema;
  }
  std::vector<std::string> names;
  for (TableInfo& info : *tables) {
    names.push_back(info.name);
    if (equal_ignoring_case(info.name, table)) schema.tables.push_back(std::move(info));
  }
  if (!schema.tables.empty()) return schema;
  Error error =
      fail(ErrorCode::not_found, "there is no table `" + std::string(table) + "` in " + database.name)
          .error();
  error.sqlstate = "42P01";
  if (const auto nearest = nearest_name(table, names))
    error.hint = "did you mean `" + std::string(*nearest) + "`?";
  return std::unexpected(std::move(error));
}

}  // namespace penstock::duckdb
