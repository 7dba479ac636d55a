#include "conformance/mysql_quirks.hpp"

#include <array>
#include <atomic>
#include <cmath>
#include <set>
#include <utility>

#include "conformance/mysql_attacks.hpp"
#include "conformance/sql_language.hpp"
#include "servers/mariadb_server.hpp"

namespace penstock::conformance {

namespace {

using test::MariadbServer;

constexpr std::string_view kPassword = "p'w \\d";

std::string quoted_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// A number with an exponent is a double; one without is a decimal, which has no sign of a zero.
std::string literal_of(double value) {
  if (value == 0 && std::signbit(value)) return "(0e0 * -1)";
  const std::string text = Value(value).to_text();
  return text.find('e') == std::string::npos ? text + "e0" : text;
}

class MysqlLanguage final : public SqlLanguage {
 public:
  [[nodiscard]] std::string quoted(std::string_view name) const override {
    std::string out = "`";
    for (const char c : name)
      out.append(c == '`' ? 2 : 1, c);
    return out + "`";
  }

 protected:
  [[nodiscard]] std::optional<std::string> column_type(TypeId type) const override {
    switch (type) {
      case TypeId::int64:
        return "bigint";
      case TypeId::uint64:
        return "bigint unsigned";
      case TypeId::float32:
        return "float";
      case TypeId::float64:
        return "double";
      case TypeId::decimal:
        return "decimal(65,30)";
      case TypeId::string:
        return "longtext";
      case TypeId::bytes:
        return "longblob";
      case TypeId::date:
        return "date";
      case TypeId::time:
        return "time(6)";
      case TypeId::timestamp:
        return "datetime(6)";
      case TypeId::timestamp_tz:
        return "timestamp(6) NULL";
      case TypeId::uuid:
        return "uuid";
      case TypeId::json:
        return "json";
      default:
        return std::nullopt;
    }
  }
  [[nodiscard]] std::string literal(const Value& value) const override {
    if (value.get_if<std::string>() != nullptr || value.get_if<Json>() != nullptr)
      return quoted_text(value.to_text());
    if (const auto* moment = value.get_if<TimestampTz>())
      return quoted_text(Value(Timestamp{moment->microseconds}).to_text());
    if (const auto* number = value.get_if<double>()) return literal_of(*number);
    // The shortest digits of the greatest float are more than it, read as a double.
    if (const auto* number = value.get_if<float>()) return literal_of(static_cast<double>(*number));
    return SqlLanguage::literal(value);
  }
  [[nodiscard]] std::string placeholder(std::size_t) const override { return "?"; }
  [[nodiscard]] std::vector<std::string> comment_statements(const TableSpec& table) const override {
    std::vector<std::string> out;
    if (!table.comment.empty())
      out.push_back("ALTER TABLE " + quoted(table.name) + " COMMENT " + quoted_text(table.comment));
    for (const ColumnSpec& column : table.columns) {
      if (column.comment.empty()) continue;
      out.push_back("ALTER TABLE " + quoted(table.name) + " MODIFY COLUMN " + quoted(column.name) + " " +
                    *column_type(column.type) + (column.nullable ? "" : " NOT NULL") +
                    (column.default_value ? " DEFAULT " + literal(*column.default_value) : "") + " COMMENT " +
                    quoted_text(column.comment));
    }
    return out;
  }
};

const MysqlLanguage& sql() {
  static const MysqlLanguage language;
  return language;
}

// Two servers for all tests of a process, which run one after the other: one of the two datasources goes away
// without the other.
MariadbServer& server(bool second) {
  static MariadbServer one({.settings = {{"max-connections", "80"}}, .files = {}});
  if (!second) return one;
  static MariadbServer two({.settings = {{"max-connections", "80"}}, .files = {}});
  return two;
}

// A text that is part of a key has a length.
void shorten_keys(std::string& statement, const TableSpec& table) {
  std::set<std::string> keys(table.primary_key.begin(), table.primary_key.end());
  for (const ForeignKeySpec& key : table.foreign_keys)
    keys.insert(key.columns.begin(), key.columns.end());
  for (const IndexSpec& index : table.indexes)
    keys.insert(index.columns.begin(), index.columns.end());
  for (const std::string& key : keys) {
    const std::string declared = sql().quoted(key) + " longtext";
    const std::size_t at = statement.find(declared);
    if (at != statement.npos) statement.replace(at, declared.size(), sql().quoted(key) + " varchar(191)");
  }
}

class MysqlDeployment final : public Deployment {
 public:
  explicit MysqlDeployment(const std::vector<std::string>& databases)
      : databases_(databases), second_(databases.front() != "customer_db") {}
  MysqlDeployment(const MysqlDeployment&) = delete;
  MysqlDeployment& operator=(const MysqlDeployment&) = delete;
  ~MysqlDeployment() override {
    if (!made_) return;
    try {
      server(second_).start();
      server(second_).run(dropped() + "DROP USER " + user_ + (reader_.empty() ? "" : ", " + reader_));
    } catch (const std::exception&) {
      // They go with their server.
    }
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection() const override {
    return {{"host", "127.0.0.1"},
            {"port", std::to_string(server(second_).port())},
            {"user", user_},
            {"password", std::string(kPassword)}};
  }
  void create_table(std::string_view database, const TableSpec& table) override {
    std::string statements;
    for (std::string& statement : sql().create_table(table)) {
      shorten_keys(statement, table);
      statements += statement + ";\n";
    }
    run(database, statements);
  }
  void create_view(std::string_view database, std::string_view name, std::string_view table) override {
    run(database, "CREATE VIEW " + sql().quoted(name) + " AS " + sql().rows(table));
  }
  void create_numbers(std::string_view database, std::string_view table, std::int64_t rows,
                      int width) override {
    const std::string size = std::to_string(width);
    run(database, "CREATE TABLE " + sql().quoted(table) + " (n varchar(8), filling longtext); INSERT INTO " +
                      sql().quoted(table) + " SELECT lpad(seq, 8, '0'), left(repeat('xy', (" + size +
                      " + 1) DIV 2), " + size + ") FROM seq_1_to_" + std::to_string(rows) + " ORDER BY seq");
  }
  [[nodiscard]] Statement endless_rows(std::string_view) override {
    make();
    return {"SELECT a.seq AS n FROM seq_1_to_1000000000 a, seq_1_to_1000000000 b"};
  }
  [[nodiscard]] Statement endless_silence(std::string_view) override {
    make();
    return {"SELECT max(a.seq * b.seq) AS n FROM seq_1_to_1000000000 a, seq_1_to_1000000000 b"};
  }

  [[nodiscard]] std::string checksum() override {
    make();
    std::string out;
    const auto add = [&](const std::string& query) {
      for (const auto& row : server(second_).run(query)) {
        for (const auto& cell : row)
          out += cell.value_or("NULL") + "\t";
        out += "\n";
      }
    };
    for (const std::string_view query : kStateQueries)
      add(std::string(query));
    std::string tables;
    for (const auto& row : server(second_).run(std::string(kTablesQuery)))
      tables += (tables.empty() ? "" : ", ") + *row[0];
    if (!tables.empty()) add("CHECKSUM TABLE " + tables);
    return out;
  }
  [[nodiscard]] std::int64_t open_connections() override {
    return std::stoll(server(second_).value(
        "SELECT count(*) FROM information_schema.PROCESSLIST WHERE USER = '" + user_ + "'"));
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection_without(
      std::string_view database, std::string_view table) override {
    reader_ = user_ + "_reader";
    std::string statements = "CREATE USER " + reader_ + " IDENTIFIED BY " + quoted_text(kPassword) + "; ";
    for (const auto& row : server(second_).run(
             "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = database()", database)) {
      if (*row[0] != table)
        statements += "GRANT SELECT ON " + sql().quoted(*row[0]) + " TO " + reader_ + "; ";
    }
    run(database, statements);
    return {{"user", reader_}};
  }
  void end_sessions() override { server(second_).run("KILL CONNECTION USER " + user_); }
  void crash() override {
    // The fixture's server writes later than it commits.
    server(second_).run("SET GLOBAL innodb_flush_log_at_trx_commit = 1; FLUSH ENGINE LOGS");
    server(second_).kill();
    server(second_).start();
  }
  void go_away() override {
    make();
    server(second_).stop();
  }
  void come_back() override { server(second_).start(); }

 private:
  // Whatever a statement could change beside rows: definitions, rights, settings, programs.
  static constexpr std::array<std::string_view, 8> kStateQueries{
      "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, CREATE_OPTIONS, TABLE_COMMENT FROM "
      "information_schema.TABLES WHERE TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema') "
      "ORDER BY 1, 2",
      "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, COLUMN_DEFAULT FROM "
      "information_schema.COLUMNS WHERE TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'sys', "
      "'performance_schema') ORDER BY 1, 2, ORDINAL_POSITION",
      "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY 1",
      "SELECT db, name, type, body FROM mysql.proc WHERE db NOT IN ('sys', 'mysql') ORDER BY 1, 2",
      "SELECT TRIGGER_SCHEMA, TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA <> 'sys' "
      "ORDER BY 1, 2",
      "SELECT User, Host, Priv FROM mysql.global_priv ORDER BY 1, 2",
      "SELECT EVENT_SCHEMA, EVENT_NAME FROM information_schema.EVENTS ORDER BY 1, 2",
      "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME IN "
      "('MAX_CONNECTIONS', 'READ_ONLY', 'SQL_MODE', 'GENERAL_LOG', 'SLOW_QUERY_LOG', 'EVENT_SCHEDULER', "
      "'TX_READ_ONLY', 'LOCAL_INFILE', 'INIT_CONNECT', 'MAX_STATEMENT_TIME') ORDER BY 1"};
  static constexpr std::string_view kTablesQuery =
      "SELECT concat('`', TABLE_SCHEMA, '`.`', TABLE_NAME, '`') FROM information_schema.TABLES WHERE "
      "TABLE_TYPE = 'BASE TABLE' AND (TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'sys', "
      "'performance_schema') OR (TABLE_SCHEMA = 'mysql' AND TABLE_NAME IN ('db', 'servers', 'func', "
      "'plugin', 'column_stats', 'table_stats'))) ORDER BY 1";

  [[nodiscard]] std::string dropped() const {
    std::string statements;
    for (const std::string& database : databases_)
      statements += "DROP DATABASE IF EXISTS " + sql().quoted(database) + "; ";
    return statements;
  }
  // At the first use: many tests never look at the second deployment.
  void make() {
    if (std::exchange(made_, true)) return;
    std::string statements = dropped();
    for (const std::string& database : databases_)
      statements += "CREATE DATABASE " + sql().quoted(database) + " CHARACTER SET utf8mb4; ";
    statements += "GRANT ALL PRIVILEGES ON *.* TO " + user_ + " IDENTIFIED BY " + quoted_text(kPassword) +
                  " WITH GRANT OPTION";
    server(second_).run(statements);
  }
  static std::string new_user() {
    static std::atomic<int> last = 0;
    return "agent_" + std::to_string(++last);
  }
  void run(std::string_view database, const std::string& statements) {
    make();
    server(second_).run(statements, database);
  }

  const std::string user_ = new_user();
  std::string reader_{};  // of connection_without()
  const std::vector<std::string> databases_;
  const bool second_;
  bool made_ = false;
};

Quirks quirks() {
  const std::string kDecimal = "https://mariadb.com/kb/en/decimal/";
  const std::string kTimestamp = "https://mariadb.com/kb/en/timestamp/";
  const std::string kFloats = "https://mariadb.com/kb/en/double/";
  Quirks quirks;
  quirks.without[Feature::named_parameters] = {"parameters are `?`",
                                               "https://mariadb.com/kb/en/prepare-statement/"};
  quirks.without[Feature::invalid_text] = {"a server refuses text that is not of its column's character set",
                                           "https://mariadb.com/kb/en/character-sets/"};
  quirks.without_types[TypeId::boolean] = {"BOOLEAN is a name of TINYINT(1), which holds other numbers too",
                                           "https://mariadb.com/kb/en/boolean/"};
  quirks.without_types[TypeId::interval] = {"there are no columns of intervals; a TIME beyond a day is one",
                                            "https://mariadb.com/kb/en/data-types/"};
  quirks.without_types[TypeId::list] = {"there are no lists", "https://mariadb.com/kb/en/data-types/"};
  for (const char* name : {"decimal_zero", "decimal_trailing_zero", "decimal_38_digits", "decimal_money"})
    quirks.without_values[name] = {"a column of decimals has one scale, here 30 digits", kDecimal};
  for (const char* name : {"timestamp_tz_first", "timestamp_tz_before_epoch", "timestamp_tz_last"})
    quirks.without_values[name] = {"a TIMESTAMP is between 1970 and 2038", kTimestamp};
  for (const char* name :
       {"float32_infinity", "float32_nan", "float64_infinity", "float64_minus_infinity", "float64_nan"})
    quirks.without_values[name] = {"numbers are finite", kFloats};
  quirks.without_values["float64_minus_zero"] = {"a zero that is stored has no sign", kFloats};
  quirks.qualified_by_physical_names = true;  // statements name databases, as the server does
  quirks.a_stop_ends_the_session = true;      // docs/mysql.md: a kill must not reach the next query
  quirks.attacks = mysql_attacks();
  quirks.leaks = mysql_leaks();
  quirks.two_statements = "SELECT 1; SELECT 2";
  quirks.minimum_executed = 409;
  return quirks;
}

}  // namespace

Engine mysql_engine() {
  return {.name = "mysql",
          .type = "mysql",
          .quirks = quirks(),
          .language = std::make_shared<MysqlLanguage>(),
          .deploy = [](const std::vector<std::string>& databases) -> std::unique_ptr<Deployment> {
            return std::make_unique<MysqlDeployment>(databases);
          },
          .missing = MariadbServer::missing()};
}

}  // namespace penstock::conformance
