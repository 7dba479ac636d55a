// A folder with a small bank in SQLite and a configuration for it, for tests of the command.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "integration/cli_process.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {

/// Never ends by itself, and returns no row before its end.
inline constexpr const char* kRunaway =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0";
/// A billion rows, one after the other.
inline constexpr const char* kEndless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 'row ' || i AS text FROM n "
    "LIMIT 1000000000";

/// `bank` holds customer_db (customers, orders and a view) and accounts_db; `other` holds rates_db;
/// `archive`, with old_db, is disabled.
class CliTest : public testing::Test {
 protected:
  CliTest();

  /// Runs the command in the folder.
  [[nodiscard]] Finished penstock(const std::vector<std::string>& arguments,
                                  const std::string& input = {}) const;
  [[nodiscard]] Surroundings surroundings(const std::string& input = {}) const {
    return {folder_.path(), input, {}};
  }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_.path(); }
  void write_file(const std::string& name, const std::string& content) const;
  [[nodiscard]] std::string read_file(const std::string& name) const;
  /// Runs statements on an SQLite file, which is made when it is not there.
  void run_sqlite(const std::string& name, const std::string& sql) const;

 private:
  TemporaryFolder folder_;
};

}  // namespace penstock::test
