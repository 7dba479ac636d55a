// What a database holds, from information_schema, in one round trip.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "core/nearest.hpp"
#include "datasources/mysql/connection.hpp"
#include "datasources/mysql/types.hpp"

namespace penstock::mysql {

namespace {

using Row = std::vector<std::optional<std::string>>;

std::string text(const Row& row, std::size_t column) {
  return column < row.size() ? row[column].value_or("") : std::string();
}

std::vector<std::string> queries(std::string_view database, std::string_view table, bool mariadb) {
  const std::string schema = quote_text(database);
  const auto where = [&](std::string_view prefix, std::string_view of) {
    std::string clause = " WHERE " + std::string(prefix) + std::string(of) + "_SCHEMA=" + schema;
    if (!table.empty()) clause += " AND " + std::string(prefix) + "TABLE_NAME=" + quote_text(table);
    return clause;
  };
  std::vector<std::string> all;
  all.push_back("SELECT " + std::string(mariadb ? "SCHEMA_COMMENT" : "''") +
                " FROM information_schema.SCHEMATA WHERE SCHEMA_NAME=" + schema);
  // SPIDER's comments are how it reaches the other server, with the password.
  all.push_back("SELECT TABLE_NAME,TABLE_TYPE,TABLE_ROWS,IF(ENGINE IN " + std::string(kFarEngines) +
                ",'',TABLE_COMMENT),CREATE_OPTIONS FROM information_schema.TABLES" + where("", "TABLE") +
                " ORDER BY TABLE_NAME");
  all.push_back(
      "SELECT TABLE_NAME,COLUMN_NAME,DATA_TYPE,COLUMN_TYPE,IS_NULLABLE,COLUMN_DEFAULT,EXTRA,COLUMN_COMMENT "
      "FROM information_schema.COLUMNS" +
      where("", "TABLE") + " ORDER BY TABLE_NAME,ORDINAL_POSITION");
  all.push_back("SELECT TABLE_NAME,INDEX_NAME,NON_UNIQUE,COLUMN_NAME FROM information_schema.STATISTICS" +
                where("", "TABLE") + " ORDER BY TABLE_NAME,INDEX_NAME<>'PRIMARY',INDEX_NAME,SEQ_IN_INDEX");
  all.push_back(
      "SELECT k.TABLE_NAME,k.CONSTRAINT_NAME,k.COLUMN_NAME,k.REFERENCED_TABLE_SCHEMA,k.REFERENCED_TABLE_NAME,"
      "k.REFERENCED_COLUMN_NAME,r.UPDATE_RULE,r.DELETE_RULE FROM information_schema.KEY_COLUMN_USAGE k "
      "JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA=k.CONSTRAINT_SCHEMA AND "
      "r.CONSTRAINT_NAME=k.CONSTRAINT_NAME AND r.TABLE_NAME=k.TABLE_NAME" +
      where("k.", "TABLE") +
      " AND k.REFERENCED_TABLE_NAME IS NOT NULL ORDER BY k.TABLE_NAME,k.CONSTRAINT_NAME,k.ORDINAL_POSITION");
  // MariaDB's JSON is a text with this check.
  if (mariadb) {
    all.push_back("SELECT TABLE_NAME,CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS" +
                  where("", "CONSTRAINT") + " AND CHECK_CLAUSE LIKE 'json_valid(`%`)'");
  }
  return all;
}

// enum('a','it''s') -> its values.
std::vector<std::string> labels_of(std::string_view data_type, std::string_view column_type) {
  std::vector<std::string> labels;
  if (data_type != "enum" && data_type != "set") return labels;
  std::size_t i = column_type.find('\'');
  while (i < column_type.size()) {
    std::string label;
    for (++i; i < column_type.size(); ++i) {
      if (column_type[i] == '\'') {
        if (!column_type.substr(i + 1).starts_with('\'')) break;
        ++i;
      }
      label += column_type[i];
    }
    labels.push_back(std::move(label));
    i = column_type.find('\'', i + 1);
  }
  return labels;
}

// A default as an expression of any server's: quotes within a text doubled, not escaped.
std::string default_text(const std::string& written) {
  if (!written.starts_with('\'')) return written;
  std::string out;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const bool escapes = written[i] == '\\' && i + 1 < written.size();
    if (escapes && written[i + 1] == '\'') {
      out += "''";
      ++i;
    } else {
      out += written[i];
      if (escapes) out += written[++i];
    }
  }
  return out;
}

class Gathering {
 public:
  Gathering(const Options& options, std::string_view own) : options_(options), own_(own) {}

  void add_tables(const TextRows& rows);
  void add_columns(const TextRows& rows, const TextRows* json);
  void add_indexes(const TextRows& rows);
  void add_foreign_keys(const TextRows& rows);
  [[nodiscard]] std::vector<TableInfo> take() { return std::move(tables_); }

 private:
  [[nodiscard]] TableInfo* find(const std::string& name) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &tables_[found->second];
  }

  const Options& options_;
  std::string_view own_;
  std::vector<TableInfo> tables_;
  std::map<std::string, std::size_t> by_name_;
};

void Gathering::add_tables(const TextRows& rows) {
  for (const Row& row : rows) {
    const std::string type = text(row, 1);
    if (type == "SEQUENCE") continue;
    TableInfo& table = tables_.emplace_back();
    table.name = text(row, 0);
    by_name_.emplace(table.name, tables_.size() - 1);
    const bool view = type != "BASE TABLE" && type != "SYSTEM VERSIONED";
    if (view) {
      table.kind = TableKind::view;
      continue;
    }
    if (text(row, 4).find("partitioned") != std::string::npos) table.kind = TableKind::partitioned_table;
    table.comment = text(row, 3);
    std::int64_t estimate = 0;
    const std::string count = text(row, 2);
    if (std::from_chars(count.data(), count.data() + count.size(), estimate).ec == std::errc())
      table.estimated_rows = estimate;
  }
}

void Gathering::add_columns(const TextRows& rows, const TextRows* json) {
  std::set<std::string> checked;
  if (json != nullptr) {
    for (const Row& row : *json)
      checked.insert(text(row, 0) + '\0' + text(row, 1));
  }
  for (const Row& row : rows) {
    TableInfo* table = find(text(row, 0));
    if (table == nullptr) continue;
    ColumnInfo& column = table->columns.emplace_back();
    column.name = text(row, 1);
    const std::string data_type = text(row, 2);
    const std::string extra = text(row, 6);
    const bool is_json =
        data_type == "json" || checked.contains(table->name + '\0' + "json_valid(`" + column.name + "`)");
    column.native_type = is_json ? "json" : text(row, 3);
    column.type = type_of(data_type, text(row, 3), is_json);
    column.nullable = text(row, 4) == "YES";
    column.generated = extra.find("GENERATED") != extra.npos && extra.find("DEFAULT_GENERATED") == extra.npos;
    // MariaDB says NULL where there is no default.
    if (row[5] && *row[5] != "NULL") column.default_value = default_text(*row[5]);
    column.labels = labels_of(data_type, text(row, 3));
    column.comment = text(row, 7);
  }
}

void Gathering::add_indexes(const TextRows& rows) {
  for (const Row& row : rows) {
    TableInfo* table = find(text(row, 0));
    if (table == nullptr) continue;
    const std::string name = text(row, 1);
    if (table->indexes.empty() || table->indexes.back().name != name) {
      IndexInfo& index = table->indexes.emplace_back();
      index.name = name;
      index.unique = text(row, 2) == "0";
      index.primary = name == "PRIMARY";
    }
    // An index of an expression has no column's name.
    table->indexes.back().columns.push_back(row[3].value_or("(expression)"));
    if (name == "PRIMARY") table->primary_key.push_back(text(row, 3));
  }
}

void Gathering::add_foreign_keys(const TextRows& rows) {
  for (const Row& row : rows) {
    TableInfo* table = find(text(row, 0));
    if (table == nullptr) continue;
    const std::string name = text(row, 1);
    if (table->foreign_keys.empty() || table->foreign_keys.back().name != name) {
      ForeignKeyInfo& key = table->foreign_keys.emplace_back();
      key.name = name;
      const std::string schema = text(row, 3);
      if (schema != own_) {
        const auto& databases = options_.config.databases;
        const auto known = std::ranges::find(databases, schema, &LogicalDatabase::physical);
        key.referenced_database = known == databases.end() ? schema : known->name;
      }
      key.referenced_table = text(row, 4);
      key.on_update = text(row, 6);
      key.on_delete = text(row, 7);
    }
    table->foreign_keys.back().columns.push_back(text(row, 2));
    table->foreign_keys.back().referenced_columns.push_back(text(row, 5));
  }
}

}  // namespace

Result<DatabaseSchema> MysqlConnection::introspect(std::string_view database, std::string_view table,
                                                   Deadline deadline) {
  const std::string* physical = shared_->options->physical(database);
  if (physical == nullptr)
    return fail(ErrorCode::not_found, "the datasource has no database '" + std::string(database) + "'");
  const Run run(*session_, {});
  auto answers = ask(queries(*physical, table, session_->is_mariadb()), deadline);
  if (!answers) return pass_error(answers);
  if ((*answers)[0].empty()) {
    return fail(ErrorCode::not_found, "the server has no database '" + *physical + "' for the database '" +
                                          std::string(database) + "', or its user may not see it");
  }
  Gathering gathering(*shared_->options, *physical);
  gathering.add_tables((*answers)[1]);
  gathering.add_columns((*answers)[2], answers->size() > 5 ? &(*answers)[5] : nullptr);
  gathering.add_indexes((*answers)[3]);
  gathering.add_foreign_keys((*answers)[4]);
  DatabaseSchema schema;
  schema.database = database;
  schema.datasource = shared_->options->config.name;
  schema.comment = text((*answers)[0].front(), 0);
  schema.tables = gathering.take();
  if (table.empty() || !schema.tables.empty()) return schema;

  auto names =
      ask({"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA=" + quote_text(*physical) +
           " LIMIT 20000"},
          deadline);
  if (!names) return pass_error(names);
  std::vector<std::string> known;
  for (const Row& row : names->front())
    known.push_back(text(row, 0));
  const auto nearest = nearest_name(table, known);
  return fail(ErrorCode::not_found,
              "there is no table '" + std::string(table) + "' in '" + std::string(database) + "'",
              nearest ? "Did you mean '" + std::string(*nearest) + "'?" : "");
}

}  // namespace penstock::mysql
