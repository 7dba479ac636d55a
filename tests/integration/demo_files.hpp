// The demo bank as files in a temporary folder, and a plain SQLite connection to look at it without Penstock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

namespace penstock::demo_test {

/// Writes the six databases of the bank to `folder`/data and rates_db to `folder`/market.
void write_bank(const std::filesystem::path& folder);

/// A read-only connection by SQLite's own interface. Throws std::runtime_error.
class PlainFile {
 public:
  explicit PlainFile(const std::filesystem::path& file);
  void attach(const std::filesystem::path& file, const std::string& name);
  /// The rows, their values as text, "NULL" for null.
  [[nodiscard]] std::vector<std::vector<std::string>> rows(const std::string& sql);
  /// The single value of a query that returns one.
  [[nodiscard]] std::string value(const std::string& sql);

 private:
  struct Close {
    void operator()(sqlite3* file) const noexcept { sqlite3_close(file); }
  };
  std::unique_ptr<sqlite3, Close> file_;
};

inline constexpr std::string_view kBankDatabases[] = {"customer_db",  "accounts_db",   "loans_db",
                                                      "insurance_db", "compliance_db", "employees_db"};

}  // namespace penstock::demo_test
