#include "demo/mariadb_database.hpp"

#include <stdexcept>

namespace penstock::demo {

namespace {

// A server takes 16 MiB in one statement; this many bytes make the calls few.
constexpr std::size_t kInsertBytes = 512 << 10;

struct FreeResult {
  void operator()(MYSQL_RES* result) const noexcept { mysql_free_result(result); }
};

void run(MYSQL* server, const std::string& sql) {
  if (mysql_real_query(server, sql.data(), sql.size()) != 0)
    throw std::runtime_error(sql.substr(0, 200) + ": " + mysql_error(server));
}

std::string literal_of(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') literal += '\\';
    literal += c;
  }
  return literal + "'";
}

std::string joined(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names)
    list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

std::string version_comment(int version) {
  return "The demo bank of Penstock, version " + std::to_string(version);
}

/// Feeds rows to one table, many in a statement.
class InsertSink : public RowSink {
 public:
  InsertSink(MYSQL* server, const Table& table) : server_(server), table_(table) {}

  using RowSink::add;
  void add(std::span<const Value> row) override {
    if (row.size() != table_.columns.size()) throw std::logic_error("a row of another width than its table");
    text_ += text_.empty() ? "INSERT INTO " + table_.name + " VALUES (" : ",(";
    for (const char* separator = ""; const Value& value : row) {
      text_ += separator;
      text_ +=
          value.is_null() || value.get_if<bool>() != nullptr ? value.to_text() : literal_of(value.to_text());
      separator = ",";
    }
    text_ += ')';
    ++count_;
    if (text_.size() >= kInsertBytes) flush();
  }
  /// The number of rows.
  std::int64_t finish() {
    flush();
    return count_;
  }

 private:
  void flush() {
    if (!text_.empty()) run(server_, text_);
    text_.clear();
  }

  MYSQL* server_;
  const Table& table_;
  std::string text_;
  std::int64_t count_ = 0;
};

// TIMESTAMP is a point of time here, and ends in 2038.
std::string type_of(const Column& column) {
  return column.type.value == TypeId::timestamp ? "DATETIME" : column.type.sql;
}

void create_table(MYSQL* server, const Table& table) {
  std::string sql = "CREATE TABLE " + table.name + " (\n";
  for (const Column& column : table.columns) {
    sql += "  " + column.name + " " + type_of(column);
    if (!column.nullable) sql += " NOT NULL";
    sql += " COMMENT " + literal_of(column.comment);
    if (!column.check.empty()) sql += " CHECK (" + column.check + ")";
    sql += ",\n";
  }
  sql += "  PRIMARY KEY (" + joined(table.primary_key) + ")";
  for (const ForeignKey& key : table.foreign_keys)
    sql += ",\n  FOREIGN KEY (" + key.column + ") REFERENCES " + key.table + " (" + key.referenced + ")";
  for (const Index& index : table.indexes)
    sql += std::string(",\n  ") + (index.unique ? "UNIQUE " : "") + "INDEX (" + joined(index.columns) + ")";
  run(server, sql + "\n) ENGINE=InnoDB COMMENT " + literal_of(table.comment));
}

}  // namespace

MariadbPtr connect_mariadb(const std::string& socket) {
  MariadbPtr server{mysql_init(nullptr)};
  if (server == nullptr) throw std::runtime_error("there is no memory for a connection");
  mysql_optionsv(server.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(server.get(), nullptr, "root", "", nullptr, 0, socket.c_str(), 0) == nullptr)
    throw std::runtime_error(std::string("cannot connect to MariaDB: ") + mysql_error(server.get()));
  run(server.get(), "SET SESSION sql_mode = 'STRICT_ALL_TABLES'");
  return server;
}

RowCounts write_mariadb_database(const Database& database, MYSQL* server, int version) {
  run(server, "DROP DATABASE IF EXISTS " + database.name);
  run(server, "CREATE DATABASE " + database.name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
  run(server, "USE " + database.name);
  RowCounts counts;
  for (const Table& table : database.tables) {
    create_table(server, table);
    run(server, "START TRANSACTION");
    InsertSink sink(server, table);
    table.rows(sink);
    counts.emplace_back(table.name, sink.finish());
    run(server, "COMMIT");
  }
  for (const View& view : database.views)
    run(server, "CREATE VIEW " + view.name + " AS " + view.query);
  run(server, "ALTER DATABASE " + database.name + " COMMENT " + literal_of(version_comment(version)));
  return counts;
}

bool has_version(MYSQL* server, std::string_view database, int version) {
  run(server,
      "SELECT SCHEMA_COMMENT FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = " + literal_of(database));
  const std::unique_ptr<MYSQL_RES, FreeResult> result{mysql_store_result(server)};
  const MYSQL_ROW row = result == nullptr ? nullptr : mysql_fetch_row(result.get());
  return row != nullptr && row[0] != nullptr && version_comment(version) == row[0];
}

}  // namespace penstock::demo
