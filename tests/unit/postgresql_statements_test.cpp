// The cache of prepared statements.
#include <gtest/gtest.h>

#include "datasources/postgresql/statement_cache.hpp"

namespace penstock::postgresql {
namespace {

PreparedStatementPtr prepared(const std::string& name, std::vector<Field> columns = {}) {
  auto statement = std::make_shared<PreparedStatement>();
  statement->name = name;
  statement->schema = std::make_shared<const Schema>(std::move(columns));
  return statement;
}

TEST(PostgresqlStatements, AreFoundByDatabaseAndText) {
  StatementCache cache;
  cache.insert({"a", {}, "SELECT 1"}, prepared("one"));
  cache.insert({"b", {}, "SELECT 1"}, prepared("two"));
  EXPECT_EQ(cache.find({"a", {}, "SELECT 1"})->name, "one");
  EXPECT_EQ(cache.find({"b", {}, "SELECT 1"})->name, "two");
  EXPECT_EQ(cache.find({"c", {}, "SELECT 1"}), nullptr);
  EXPECT_EQ(cache.find({"a", "reader", "SELECT 1"}), nullptr);
  cache.clear();
  EXPECT_EQ(cache.find({"a", {}, "SELECT 1"}), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(PostgresqlStatements, AreBoundedByTheirNumber) {
  StatementCache cache({.statements = 2, .bytes = 1 << 20});
  cache.insert({"a", {}, "SELECT 1"}, prepared("one"));
  cache.insert({"a", {}, "SELECT 2"}, prepared("two"));
  EXPECT_NE(cache.find({"a", {}, "SELECT 1"}), nullptr);
  cache.insert({"a", {}, "SELECT 3"}, prepared("three"));
  EXPECT_EQ(cache.find({"a", {}, "SELECT 2"}), nullptr) << "the least recently used falls out";
  EXPECT_NE(cache.find({"a", {}, "SELECT 1"}), nullptr);
  EXPECT_EQ(cache.take_dropped(), std::vector<std::string>{"two"}) << "to be forgotten at the server too";
  EXPECT_TRUE(cache.take_dropped().empty());
}

TEST(PostgresqlStatements, AreBoundedByTheirBytes) {
  StatementCache cache({.statements = 100, .bytes = 1 << 20});
  for (int i = 0; i < 50; ++i)
    cache.insert({"a", {}, std::string(100'000, 'x') + std::to_string(i)}, prepared(std::to_string(i)));
  EXPECT_LE(cache.bytes(), std::size_t{1} << 20);
  EXPECT_EQ(cache.size(), 10U);
  const std::string large(2 << 20, 'y');
  cache.insert({"a", {}, large}, prepared("large"));
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_NE(cache.find({"a", {}, large}), nullptr) << "the newest is kept whatever it takes";
  cache.insert({"a", {}, "SELECT 1"}, prepared("small"));
  EXPECT_EQ(cache.find({"a", {}, large}), nullptr);
  cache.erase({"a", {}, "SELECT 1"});
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(PostgresqlStatements, CountTheNamesOfTheirColumns) {
  StatementCache cache({.statements = 100, .bytes = 1 << 20});
  for (int i = 0; i < 50; ++i) {
    std::vector<Field> columns(1'600, Field{std::string(63, 'c'), TypeId::string, true, ""});
    cache.insert({"a", {}, std::to_string(i)}, prepared(std::to_string(i), std::move(columns)));
  }
  EXPECT_LE(cache.bytes(), std::size_t{1} << 20);
  EXPECT_LT(cache.size(), 10U);
}

TEST(PostgresqlStatements, AreReplacedByTheSameTextReadInAnotherWay) {
  StatementCache cache;
  cache.insert({"a", {}, "SELECT 1"}, prepared("one", {Field{"c", TypeId::int64, true, ""}}));
  cache.insert({"a", {}, "SELECT 1"}, prepared("one", {Field{"c", TypeId::string, true, ""}}));
  EXPECT_TRUE(cache.take_dropped().empty()) << "it is the same statement at the server";
  EXPECT_EQ(cache.find({"a", {}, "SELECT 1"})->schema->fields().front().type, TypeId::string);
  cache.insert({"a", {}, "SELECT 1"}, prepared("two"));
  EXPECT_EQ(cache.take_dropped(), std::vector<std::string>{"one"});
}

}  // namespace
}  // namespace penstock::postgresql
