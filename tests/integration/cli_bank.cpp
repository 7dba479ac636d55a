#include "integration/cli_bank.hpp"

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include <sqlite3.h>

namespace penstock::test {

namespace {

constexpr const char* kDatasources = R"(
datasources:
  bank:
    type: sqlite
    description: A small bank
    connection: {path: ../bank}
    databases: [customer_db, accounts_db]
  other:
    type: sqlite
    connection: {path: ../rates.sqlite}
    databases: [rates_db]
  archive:
    type: sqlite
    enabled: false
    connection: {path: ../archive}
    databases: [old_db]
)";

constexpr const char* kSummary = R"(
data_sources:
  - id: customer_db
    name: Customers
    datasource: bank
    description: Who they are
    owner: Front Office
)";

constexpr const char* kCustomers = R"(
CREATE TABLE customers (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, email VARCHAR(80), zip TEXT DEFAULT '00000', balance REAL);
CREATE UNIQUE INDEX customers_email ON customers (email);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE, total NUMERIC);
CREATE VIEW rich AS SELECT name FROM customers WHERE balance > 100;
INSERT INTO customers VALUES
  (1, 'Ada Lovelace', 'ada@example.com', '01067', 120.5),
  (2, 'Grace Hopper', NULL, '10115', 99.25),
  (3, 'Zoë Müller', 'zoe@example.com', '', 7.0);
INSERT INTO orders VALUES (1, 1, 10), (2, 1, 20), (3, 2, 30);
)";

}  // namespace

CliTest::CliTest() {
  std::filesystem::create_directories(folder_ / "bank");
  std::filesystem::create_directories(folder_ / "config");
  write_file("config/datasources.yaml", kDatasources);
  write_file("config/summary.yaml", kSummary);
  run_sqlite("bank/customer_db.sqlite", kCustomers);
  run_sqlite("bank/accounts_db.sqlite",
             "CREATE TABLE accounts (id INTEGER PRIMARY KEY, customer_id INTEGER, iban TEXT);"
             "INSERT INTO accounts VALUES (10, 1, 'DE1'), (11, 2, 'DE2')");
  run_sqlite("rates.sqlite",
             "CREATE TABLE rates (day TEXT, rate REAL); INSERT INTO rates VALUES ('2025-01-02', 1.5)");
}

Finished CliTest::penstock(const std::vector<std::string>& arguments, const std::string& input) const {
  return run_penstock(arguments, surroundings(input));
}

void CliTest::write_file(const std::string& name, const std::string& content) const {
  test::write_file(folder_ / name, content);
}

std::string CliTest::read_file(const std::string& name) const {
  return test::read_file(folder_ / name);
}

void CliTest::run_sqlite(const std::string& name, const std::string& sql) const {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open((folder_ / name).c_str(), &opened);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened, sqlite3_close);
  if (result != SQLITE_OK || sqlite3_exec(opened, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(opened));
  }
}

}  // namespace penstock::test
