#include "demo/postgresql_schema.hpp"

#include <stdexcept>

namespace penstock::demo {

namespace {

constexpr std::string_view kCannotConnect = "cannot connect to PostgreSQL";
// COPY takes a message of any length; this many bytes make the calls few.
constexpr std::size_t kCopyBytes = 64 << 10;

struct ClearResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

[[noreturn]] void throw_error(PGconn* server, std::string_view what) {
  throw std::runtime_error(std::string(what) + ": " + PQerrorMessage(server));
}

ResultPtr run(PGconn* server, const std::string& sql) {
  ResultPtr result{PQexec(server, sql.c_str())};
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN)
    throw_error(server, sql);
  return result;
}

std::string literal_of(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'') literal += c;
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

/// Feeds rows to the COPY of one table, in COPY's text format.
class CopySink : public RowSink {
 public:
  CopySink(PGconn* server, const Table& table) : server_(server), width_(table.columns.size()) {
    run(server_, "COPY " + table.name + " FROM STDIN");
  }

  using RowSink::add;
  void add(std::span<const Value> row) override {
    if (row.size() != width_) throw std::logic_error("a row of another width than its table");
    for (const char* separator = ""; const Value& value : row) {
      text_ += separator;
      append(value);
      separator = "\t";
    }
    text_ += '\n';
    ++count_;
    if (text_.size() >= kCopyBytes) flush();
  }

  /// Ends the COPY; the number of rows.
  std::int64_t finish() {
    flush();
    if (PQputCopyEnd(server_, nullptr) != 1) throw_error(server_, "COPY");
    const ResultPtr result{PQgetResult(server_)};
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw_error(server_, "COPY");
    while (const ResultPtr more{PQgetResult(server_)})
      continue;
    return count_;
  }

 private:
  void append(const Value& value) {
    if (value.is_null()) {
      text_ += "\\N";
      return;
    }
    for (const char c : value.to_text()) {
      switch (c) {
        case '\\':
          text_ += "\\\\";
          break;
        case '\n':
          text_ += "\\n";
          break;
        case '\r':
          text_ += "\\r";
          break;
        case '\t':
          text_ += "\\t";
          break;
        default:
          text_ += c;
      }
    }
  }

  void flush() {
    if (PQputCopyData(server_, text_.data(), static_cast<int>(text_.size())) != 1)
      throw_error(server_, "COPY");
    text_.clear();
  }

  PGconn* server_;
  std::size_t width_;
  std::string text_;
  std::int64_t count_ = 0;
};

void create_table(PGconn* server, const Table& table) {
  std::string sql = "CREATE TABLE " + table.name + " (\n";
  for (const Column& column : table.columns) {
    sql += "  " + column.name + " " + column.type.sql;
    if (!column.nullable) sql += " NOT NULL";
    if (!column.check.empty()) sql += " CHECK (" + column.check + ")";
    sql += ",\n";
  }
  run(server, sql + "  PRIMARY KEY (" + joined(table.primary_key) + ")\n)");
  run(server, "COMMENT ON TABLE " + table.name + " IS " + literal_of(table.comment));
  for (const Column& column : table.columns) {
    run(server, "COMMENT ON COLUMN " + table.name + "." + column.name + " IS " + literal_of(column.comment));
  }
}

/// What is faster made after the rows than kept up to date.
void create_keys(PGconn* server, const Table& table) {
  for (const ForeignKey& key : table.foreign_keys) {
    run(server, "ALTER TABLE " + table.name + " ADD FOREIGN KEY (" + key.column + ") REFERENCES " +
                    key.table + " (" + key.referenced + ")");
  }
  for (const Index& index : table.indexes) {
    run(server, std::string("CREATE ") + (index.unique ? "UNIQUE " : "") + "INDEX ON " + table.name + " (" +
                    joined(index.columns) + ")");
  }
  run(server, "ANALYZE " + table.name);
}

RowCounts write_content(PGconn* server, const Database& database) {
  RowCounts counts;
  for (const Table& table : database.tables) {
    create_table(server, table);
    CopySink sink(server, table);
    table.rows(sink);
    counts.emplace_back(table.name, sink.finish());
  }
  for (const Table& table : database.tables)
    create_keys(server, table);
  for (const View& view : database.views) {
    run(server, "CREATE VIEW " + view.name + " AS " + view.query);
    run(server, "COMMENT ON VIEW " + view.name + " IS " + literal_of(view.comment));
  }
  return counts;
}

}  // namespace

ServerPtr connect_postgresql(const std::string& conninfo) {
  ServerPtr server{PQconnectdb(conninfo.c_str())};
  if (server == nullptr) throw std::runtime_error(std::string(kCannotConnect));
  if (PQstatus(server.get()) != CONNECTION_OK) throw_error(server.get(), kCannotConnect);
  // What the writer relies on, and no notices about what it drops.
  run(server.get(),
      "SET standard_conforming_strings = on; SET client_encoding = 'UTF8'; SET client_min_messages = "
      "warning");
  return server;
}

RowCounts write_postgresql_schema(const Database& database, PGconn* server, int version) {
  // Left open by a writer that threw.
  if (PQtransactionStatus(server) != PQTRANS_IDLE) run(server, "ROLLBACK");
  run(server, "BEGIN");
  run(server, "DROP SCHEMA IF EXISTS " + database.name + " CASCADE");
  run(server, "CREATE SCHEMA " + database.name);
  run(server, "SET LOCAL search_path = " + database.name);
  const RowCounts counts = write_content(server, database);
  run(server, "COMMENT ON SCHEMA " + database.name + " IS " + literal_of(version_comment(version)));
  run(server, "COMMIT");
  return counts;
}

bool has_version(PGconn* server, std::string_view schema, int version) {
  const ResultPtr result = run(
      server,
      "SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = " +
          literal_of(schema));
  return PQntuples(result.get()) == 1 && version_comment(version) == PQgetvalue(result.get(), 0, 0);
}

}  // namespace penstock::demo
