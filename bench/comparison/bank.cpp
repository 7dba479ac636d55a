#include "comparison/bank.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <sqlite3.h>

namespace comparison {

void give_up(const std::string& why) {
  std::fprintf(stderr, "comparison: %s\n", why.c_str());
  std::exit(1);
}

void make_bank(const std::string& directory) {
  sqlite3* database = nullptr;
  if (sqlite3_open((directory + "/bench.sqlite").c_str(), &database) != SQLITE_OK)
    give_up("cannot make the database");
  // The arithmetic only has to give values that differ; a fifth of the notes are null.
  const char* script = R"(
    PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF;
    CREATE TABLE entries (id INTEGER PRIMARY KEY, account INTEGER NOT NULL, amount REAL NOT NULL,
                          name TEXT NOT NULL, note TEXT, balance REAL NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
    INSERT INTO entries
    SELECT i, i * 7919 % 30011, (i * 104729 % 1000003) / 100.0, 'Customer ' || (i * 31 % 20011),
           CASE WHEN i % 5 = 0 THEN NULL ELSE 'payment of invoice ' || i END, (i * 15485863 % 10000019) / 100.0
    FROM n;)";
  char* message = nullptr;
  if (sqlite3_exec(database, script, nullptr, nullptr, &message) != SQLITE_OK) give_up(message);
  sqlite3_close(database);
  std::ofstream(directory + "/datasources.yaml")
      << "datasources:\n  bench:\n    type: sqlite\n    connection: {path: bench.sqlite}\n"
         "    statement_timeout: 10m\n    databases: [bench_db]\n";
}

std::unique_ptr<penstock::DataSourceManager> open_manager(const std::string& directory) {
  auto manager = penstock::DataSourceManager::load(directory);
  if (!manager) give_up(manager.error().message);
  return std::move(*manager);
}

}  // namespace comparison
