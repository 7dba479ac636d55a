// The cache of prepared statements.
#include <gtest/gtest.h>

#include "datasources/sqlite/statement.hpp"

namespace penstock::sqlite {
namespace {

class SqliteStatements : public ::testing::Test {
 protected:
  SqliteStatements() {
    sqlite3* raw = nullptr;
    sqlite3_open(":memory:", &raw);
    handle_.reset(raw);
  }
  [[nodiscard]] PreparedStatement prepared(const std::string& sql) const {
    PreparedStatement statement;
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &raw, nullptr);
    statement.handle.reset(raw);
    statement.sql = sql;
    return statement;
  }
  DatabaseHandle handle_;
};

TEST_F(SqliteStatements, AreBoundedByTheirBytes) {
  StatementCache cache({.statements = 100, .bytes = 1 << 20});
  for (int i = 0; i < 50; ++i)
    cache.insert(prepared("SELECT '" + std::string(100'000, 'x') + "', " + std::to_string(i)));
  EXPECT_LE(cache.bytes(), std::size_t{1} << 20);
  EXPECT_GT(cache.size(), 1U);
  EXPECT_LT(cache.size(), 6U) << "the text is kept twice, and in the program too";
  const std::string large = "SELECT '" + std::string(900'000, 'y') + "'";
  cache.insert(prepared(large));
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_NE(cache.find(large), nullptr) << "the newest is kept whatever it takes";
  cache.insert(prepared("SELECT 1"));
  EXPECT_EQ(cache.find(large), nullptr);
  cache.erase(*cache.find("SELECT 1"));
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST_F(SqliteStatements, AreBoundedByTheirNumber) {
  StatementCache cache({.statements = 2, .bytes = 1 << 20});
  for (const char* sql : {"SELECT 1", "SELECT 2", "SELECT 3"})
    cache.insert(prepared(sql));
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.find("SELECT 1"), nullptr);
}

}  // namespace
}  // namespace penstock::sqlite
