#include "conformance/postgresql_quirks.hpp"

#include "conformance/postgresql_attacks.hpp"
#include "conformance/sql_language.hpp"
#include "servers/postgresql_cluster.hpp"

namespace penstock::conformance {

namespace {

using test::PostgresqlCluster;

std::string quoted_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text)
    out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

class PostgresqlLanguage final : public SqlLanguage {
 protected:
  [[nodiscard]] std::optional<std::string> column_type(TypeId type) const override {
    switch (type) {
      case TypeId::boolean:
        return "boolean";
      case TypeId::int64:
        return "bigint";
      case TypeId::uint64:
        return "xid8";
      case TypeId::float32:
        return "real";
      case TypeId::float64:
        return "double precision";
      case TypeId::decimal:
        return "numeric";
      case TypeId::string:
        return "text";
      case TypeId::bytes:
        return "bytea";
      case TypeId::date:
        return "date";
      case TypeId::time:
        return "time";
      case TypeId::timestamp:
        return "timestamp";
      case TypeId::timestamp_tz:
        return "timestamptz";
      case TypeId::interval:
        return "interval";
      case TypeId::uuid:
        return "uuid";
      case TypeId::json:
        return "json";
      case TypeId::list:
        return "text[]";
      default:
        return std::nullopt;
    }
  }
  // In quotes, what becomes of a literal is for its column to say.
  [[nodiscard]] std::string literal(const Value& value) const override {
    if (value.is_null()) return "NULL";
    if (const auto* list = value.get_if<Value::List>()) {
      std::string out;
      for (const Value& element : *list)
        out += (out.empty() ? "" : ", ") + literal(element);
      return "ARRAY[" + out + "]::text[]";
    }
    return quoted_text(value.to_text());
  }
  [[nodiscard]] std::string placeholder(std::size_t index) const override {
    return "$" + std::to_string(index);
  }
  [[nodiscard]] std::vector<std::string> comment_statements(const TableSpec& table) const override {
    std::vector<std::string> out;
    if (!table.comment.empty()) {
      out.push_back("COMMENT ON TABLE " + quoted(table.name) + " IS " + quoted_text(table.comment));
    }
    for (const ColumnSpec& column : table.columns) {
      if (column.comment.empty()) continue;
      out.push_back("COMMENT ON COLUMN " + quoted(table.name) + "." + quoted(column.name) + " IS " +
                    quoted_text(column.comment));
    }
    return out;
  }
};

const PostgresqlLanguage& sql() {
  static const PostgresqlLanguage language;
  return language;
}

// One server for all tests of a process; each has databases of its own in it.
PostgresqlCluster& cluster() {
  static PostgresqlCluster server({.settings = {{"synchronize_seqscans", "off"}, {"max_connections", "60"}}});
  return server;
}

class PostgresqlDeployment final : public Deployment {
 public:
  explicit PostgresqlDeployment(const std::vector<std::string>& databases) : databases_(databases) {}
  PostgresqlDeployment(const PostgresqlDeployment&) = delete;
  PostgresqlDeployment& operator=(const PostgresqlDeployment&) = delete;
  ~PostgresqlDeployment() override {
    if (!exists_) return;
    try {
      if (!made_ || is_cleared()) {
        spares().push_back(name_);
        return;
      }
    } catch (const std::exception&) {
      // No longer to be reached, perhaps.
    }
    try {
      cluster().run("DROP DATABASE " + name_ + " WITH (FORCE)");
    } catch (const std::exception&) {
      // It goes with its server.
    }
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection() const override {
    return {{"host", "127.0.0.1"},
            {"port", std::to_string(cluster().port())},
            {"database", name_},
            {"user", "postgres"}};
  }
  void create_table(std::string_view database, const TableSpec& table) override {
    std::string statements;
    for (const std::string& statement : sql().create_table(table))
      statements += statement + ";\n";
    run(database, statements);
  }
  void create_view(std::string_view database, std::string_view name, std::string_view table) override {
    run(database, "CREATE VIEW " + sql().quoted(name) + " AS " + sql().rows(table));
  }
  void create_numbers(std::string_view database, std::string_view table, std::int64_t rows,
                      int width) override {
    const std::string size = std::to_string(width);
    run(database, "CREATE TABLE " + sql().quoted(table) + " (n text, filling text); INSERT INTO " +
                      sql().quoted(table) + " SELECT lpad(i::text, 8, '0'), left(repeat('xy', (" + size +
                      " + 1) / 2), " + size + ") FROM generate_series(1, " + std::to_string(rows) + ") AS i");
  }
  [[nodiscard]] Statement endless_rows(std::string_view) override {
    return {"SELECT generate_series(1, 9223372036854775807) AS n"};
  }
  [[nodiscard]] Statement endless_silence(std::string_view) override {
    return {"SELECT count(*) FROM (SELECT generate_series(1, 9223372036854775807)) AS s"};
  }

  [[nodiscard]] std::string checksum() override {
    make();
    std::string out = state();
    std::string rows;
    for (const auto& row : cluster().run(std::string(kTablesQuery), name_)) {
      const std::string table = row[0].value_or("");
      rows += (rows.empty() ? "SELECT '" : " UNION ALL SELECT '") + table +
              " ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM " + table + " t";
    }
    if (rows.empty()) return out;
    for (const auto& row : cluster().run(rows, name_))
      out += row[0].value_or("") + "\n";
    return out;
  }
  [[nodiscard]] std::int64_t open_connections() override {
    return std::stoll(
        cluster().value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'penstock' "
                        "AND datname = '" +
                        name_ + "'"));
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection_without(
      std::string_view database, std::string_view table) override {
    reader_ = name_ + "_reader";
    const std::string schema = sql().quoted(database);
    run(database, "CREATE ROLE " + reader_ + " LOGIN; GRANT USAGE ON SCHEMA " + schema + " TO " + reader_ +
                      "; GRANT SELECT ON ALL TABLES IN SCHEMA " + schema + " TO " + reader_ +
                      "; REVOKE SELECT ON " + sql().quoted(table) + " FROM " + reader_);
    return {{"user", reader_}};
  }
  void end_sessions() override {
    cluster().run("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '" + name_ +
                  "' AND pid <> pg_backend_pid()");
  }
  void crash() override {
    cluster().run("CHECKPOINT");  // the fixture's server writes later than it commits
    cluster().kill();
    cluster().start();
  }
  void go_away() override {
    make();
    cluster().run("ALTER DATABASE " + name_ + " ALLOW_CONNECTIONS false");
    end_sessions();
  }
  void come_back() override { cluster().run("ALTER DATABASE " + name_ + " ALLOW_CONNECTIONS true"); }

 private:
  // Whatever a statement could change beside rows: definitions, rights, settings, roles, large objects,
  // sequences, locks, prepared transactions.
  static constexpr std::string_view kStateQuery =
      "SELECT 'class', n.nspname, c.relname, c.relkind::text, c.relacl::text, c.reloptions::text FROM "
      "pg_class c "
      "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_toast' AND n.nspname !~ "
      "'^pg_temp' "
      "UNION ALL SELECT 'column', attrelid::regclass::text, attname, atttypid::regtype::text, attacl::text, "
      "'' "
      "FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0 "
      "UNION ALL SELECT 'proc', p.proname, md5(p.prosrc), p.proacl::text, '', '' FROM pg_proc p WHERE oid >= "
      "16384 "
      "UNION ALL SELECT 'trigger', tgname, tgenabled::text, '', '', '' FROM pg_trigger "
      "UNION ALL SELECT 'rule', rulename, ev_class::regclass::text, '', '', '' FROM pg_rewrite WHERE oid >= "
      "16384 "
      "UNION ALL SELECT 'object', loid::text, md5(data), '', '', '' FROM pg_largeobject "
      "UNION ALL SELECT 'owner', oid::text, '', '', '', '' FROM pg_largeobject_metadata "
      "UNION ALL SELECT 'role', rolname, rolsuper::text, rolcanlogin::text, rolbypassrls::text, rolpassword "
      "FROM pg_authid "
      "UNION ALL SELECT 'setting', setdatabase::text, setrole::text, setconfig::text, '', '' FROM "
      "pg_db_role_setting "
      "UNION ALL SELECT 'schema', nspname, nspacl::text, '', '', '' FROM pg_namespace WHERE nspname !~ "
      "'^pg_t' "
      "UNION ALL SELECT 'extension', extname, '', '', '', '' FROM pg_extension "
      "UNION ALL SELECT 'file', name, setting, '', '', '' FROM pg_file_settings "
      "UNION ALL SELECT 'prepared', gid, '', '', '', '' FROM pg_prepared_xacts "
      "UNION ALL SELECT 'lock', objid::text, mode, '', '', '' FROM pg_locks WHERE locktype = 'advisory' "
      "UNION ALL SELECT 'sequence', sequencename, last_value::text, '', '', '' FROM pg_sequences "
      "ORDER BY 1, 2, 3, 4, 5, 6";
  static constexpr std::string_view kTablesQuery =
      "SELECT oid::regclass FROM pg_class WHERE relkind IN ('r', 'm') AND oid >= 16384 "
      "AND relpersistence = 'p' AND relnamespace <> 'pg_toast'::regnamespace ORDER BY 1::text";

  // At the first use: many tests never look at the second deployment, and a database takes its time.
  void make() {
    if (std::exchange(made_, true)) return;
    if (!std::exchange(exists_, true)) {
      cluster().run("CREATE DATABASE " + name_ + " STRATEGY file_copy");
      if (state_of_a_new_one().empty()) state_of_a_new_one() = state();
    }
    std::string schemas;
    for (const std::string& database : databases_)
      schemas += "CREATE SCHEMA " + sql().quoted(database) + ";";
    cluster().run(schemas, name_);
  }
  // What is made for one test and is again as it was new serves another: to make one takes longer than most
  // tests do.
  static std::vector<std::string>& spares() {
    static std::vector<std::string> names;
    return names;
  }
  static std::string& state_of_a_new_one() {
    static std::string state;
    return state;
  }
  bool take_spare() {
    if (spares().empty()) return false;
    name_ = std::move(spares().back());
    spares().pop_back();
    return true;
  }
  static std::string new_name() {
    static int last = 0;
    return "deployment_" + std::to_string(++last);
  }
  [[nodiscard]] std::string state() const {
    std::string out;
    for (const auto& row : cluster().run(std::string(kStateQuery), name_)) {
      for (const auto& cell : row)
        out += cell.value_or("NULL") + "\t";
      out += "\n";
    }
    return out;
  }
  // Whether nothing of the test is left, once its schemas and sessions are gone.
  [[nodiscard]] bool is_cleared() {
    end_sessions();
    std::string schemas = "SET client_min_messages = warning;";
    for (const std::string& database : databases_)
      schemas += "DROP SCHEMA IF EXISTS " + sql().quoted(database) + " CASCADE;";
    if (!reader_.empty()) schemas += "DROP ROLE " + reader_ + ";";
    cluster().run(schemas, name_);
    return state() == state_of_a_new_one();
  }
  void run(std::string_view database, const std::string& statements) {
    make();
    cluster().run("SET search_path = " + sql().quoted(database) + "; " + statements, name_);
  }

  std::string name_ = new_name();
  std::string reader_{};  // of connection_without()
  const std::vector<std::string> databases_;
  bool exists_ = take_spare();  // the database
  bool made_ = false;           // and what belongs into it
};

Quirks quirks() {
  Quirks quirks;
  quirks.without[Feature::named_parameters] = {"parameters are numbered ($1)",
                                               "https://www.postgresql.org/docs/15/sql-expressions.html"};
  quirks.without[Feature::invalid_text] = {
      "a database refuses text that is not of its encoding; one without an encoding (SQL_ASCII) is tested in "
      "tests/integration/postgresql_types_test.cpp",
      "https://www.postgresql.org/docs/15/multibyte.html"};
  quirks.qualified_by_physical_names = true;  // statements name schemas, as the server does
  quirks.a_stop_ends_the_session = true;      // docs/postgresql.md: a cancel must not reach the next query
  quirks.attacks = postgresql_attacks();
  quirks.leaks = postgresql_leaks();
  quirks.two_statements = "SELECT 1; SELECT 2";
  quirks.minimum_executed = 414;
  return quirks;
}

}  // namespace

Engine postgresql_engine() {
  return {.name = "postgresql",
          .type = "postgresql",
          .quirks = quirks(),
          .language = std::make_shared<PostgresqlLanguage>(),
          .deploy = [](const std::vector<std::string>& databases) -> std::unique_ptr<Deployment> {
            return std::make_unique<PostgresqlDeployment>(databases);
          },
          .missing = PostgresqlCluster::missing()};
}

}  // namespace penstock::conformance
