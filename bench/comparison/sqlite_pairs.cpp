#include <memory>
#include <string_view>

#include <sqlite3.h>

#include "penstock/batch.hpp"

#include "comparison/bank.hpp"
#include "comparison/checksum.hpp"
#include "comparison/comparison.hpp"

namespace comparison {

namespace {

constexpr int kPointQueries = 50'000;

struct Closer {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Closer>;
using Statement = std::unique_ptr<sqlite3_stmt, Closer>;

std::string_view text_of(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

Database open_bare(const std::string& directory) {
  sqlite3* database = nullptr;
  if (sqlite3_open_v2((directory + "/bench.sqlite").c_str(), &database,
                      SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) {
    give_up("cannot open the database");
  }
  return Database(database);
}

Statement prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    give_up(sqlite3_errmsg(database));
  }
  return Statement(statement);
}

Side bare_point_queries(const std::string& directory) {
  auto database = std::make_shared<Database>(open_bare(directory));
  auto statement = std::make_shared<Statement>(prepare(database->get(), kPointQuery));
  return [database, statement] {
    Keys keys;
    Checksum checksum;
    for (int i = 0; i < kPointQueries; ++i) {
      sqlite3_bind_int64(statement->get(), 1, keys.next());
      while (sqlite3_step(statement->get()) == SQLITE_ROW) {
        checksum.add(static_cast<std::int64_t>(sqlite3_column_int64(statement->get(), 0)));
        checksum.add(text_of(statement->get(), 1));
        checksum.add(sqlite3_column_double(statement->get(), 2));
      }
      sqlite3_reset(statement->get());
    }
    return checksum.sum;
  };
}

Side bare_all_rows(const std::string& directory) {
  auto database = std::make_shared<Database>(open_bare(directory));
  auto statement = std::make_shared<Statement>(prepare(database->get(), kAllRows));
  return [database, statement] {
    sqlite3_stmt* at = statement->get();
    Checksum checksum;
    while (sqlite3_step(at) == SQLITE_ROW) {
      for (int column = 0; column < 6; ++column) {
        switch (sqlite3_column_type(at, column)) {
          case SQLITE_INTEGER:
            checksum.add(static_cast<std::int64_t>(sqlite3_column_int64(at, column)));
            break;
          case SQLITE_FLOAT:
            checksum.add(sqlite3_column_double(at, column));
            break;
          case SQLITE_TEXT:
            checksum.add(text_of(at, column));
            break;
          default:
            checksum.add_null();
        }
      }
    }
    sqlite3_reset(at);
    return checksum.sum;
  };
}

}  // namespace

std::vector<Pair> sqlite_pairs(const std::string& directory) {
  const std::shared_ptr<penstock::DataSourceManager> manager = open_manager(directory);
  return {
      {"SQLite: point query by key, pooled, read-only enforced", "bare C API, statement prepared once",
       "query", kPointQueries, 0.7, bare_point_queries(directory),
       penstock_point_queries(manager, kPointQuery, kPointQueries)},
      {"SQLite: 1,000,000 rows x 6 columns to batches", "bare C API, every value read", "row",
       static_cast<double>(kRows), 0.8, bare_all_rows(directory), penstock_all_rows(manager)},
  };
}

}  // namespace comparison
