// A small bank in temporary SQLite files, so that each example runs by itself: customer_db and accounts_db in
// the datasource demo_bank, rates_db in market_data. With a configuration of your own you need none of this.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include <sqlite3.h>

namespace example {

class TemporaryBank {
 public:
  TemporaryBank() {
    std::string name = (std::filesystem::temp_directory_path() / "penstock-example-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    folder_ = name;
    write_configuration();
    create_customers();
    create_accounts();
    create_rates();
  }
  TemporaryBank(const TemporaryBank&) = delete;
  TemporaryBank& operator=(const TemporaryBank&) = delete;
  ~TemporaryBank() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // The configuration folder, as DataSourceManager::load() takes it.
  [[nodiscard]] const std::filesystem::path& config() const noexcept { return folder_; }

 private:
  void write_configuration() const {
    std::ofstream(folder_ / "datasources.yaml") << R"(
datasources:
  demo_bank:
    type: sqlite
    description: Demo bank
    connection:
      path: bank            # a folder, with a file for each logical database
    databases: [customer_db, accounts_db]
  market_data:
    type: sqlite
    connection:
      path: rates.sqlite    # one file
    databases: [rates_db]
)";
    std::ofstream(folder_ / "summary.yaml") << R"(
data_sources:
  - id: customer_db
    name: Customer DB
    datasource: demo_bank
)";
    std::filesystem::create_directory(folder_ / "bank");
  }

  void create_customers() const {
    run("bank/customer_db.sqlite", R"(
      CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, born DATE);
      INSERT INTO customers VALUES
        (1, 'Ada Lovelace', 'London', '1815-12-10'), (2, 'Grace Hopper', 'New York', '1906-12-09'),
        (3, 'Edsger Dijkstra', 'Rotterdam', '1930-05-11'), (4, 'Barbara Liskov', 'Los Angeles', '1939-11-07'),
        (5, 'Alan Turing', NULL, '1912-06-23'), (6, 'Radia Perlman', 'Portsmouth', '1951-12-18');
    )");
  }
  void create_accounts() const {
    run("bank/accounts_db.sqlite", R"(
      CREATE TABLE accounts (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, balance REAL NOT NULL);
      INSERT INTO accounts VALUES (10, 1, 1200.5), (11, 1, 80.25), (12, 2, 99.99), (13, 4, -15.75);
      CREATE TABLE transactions (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, amount REAL NOT NULL);
      WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 200000)
        INSERT INTO transactions SELECT n, 10 + n % 4, (n % 1000) / 4.0 FROM counter;
    )");
  }
  void create_rates() const {
    run("rates.sqlite", R"(
      CREATE TABLE rates (currency TEXT PRIMARY KEY, per_euro REAL NOT NULL);
      INSERT INTO rates VALUES ('USD', 1.25), ('GBP', 0.875);
    )");
  }

  void run(const char* file, const char* sql) const {
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open((folder_ / file).c_str(), &raw);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw, sqlite3_close);
    if (opened != SQLITE_OK || sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(raw));
    }
  }

  std::filesystem::path folder_;
};

}  // namespace example
