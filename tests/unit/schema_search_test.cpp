// Searching a schema, and remembering it a short while.
#include "server/schema_search.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/schema_cache.hpp"
#include "unit/manager_fixture.hpp"
#include "unit/rest_fixture.hpp"

namespace penstock::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::shared_ptr<const DatabaseSchema> bank() {
  DatabaseSchema schema;
  schema.database = "customer_db";
  schema.datasource = "demo_bank";
  TableInfo accounts{.name = "accounts"};
  accounts.columns = {
      {.name = "account_id", .native_type = "TEXT", .type = TypeId::string, .nullable = false},
      {.name = "Customer_ID", .native_type = "TEXT", .type = TypeId::string},
      {.name = "balance", .native_type = "DECIMAL(12,2)", .type = TypeId::decimal, .comment = "in euro"}};
  accounts.primary_key = {"account_id"};
  accounts.foreign_keys = {
      {.columns = {"Customer_ID"}, .referenced_table = "customers", .referenced_columns = {"id"}}};
  accounts.indexes = {{.name = "by_balance", .columns = {"balance"}, .predicate = "balance > 0"}};
  TableInfo customers{.name = "customers", .comment = "Who banks here\nDROP TABLE", .estimated_rows = 20'000};
  customers.columns = {{.name = "id", .native_type = "TEXT", .type = TypeId::string}};
  TableInfo view{.name = "v_customers", .kind = TableKind::view};
  view.columns = {{.name = "id", .type = TypeId::string}};
  schema.tables = {accounts, customers, view};
  return std::make_shared<const DatabaseSchema>(std::move(schema));
}

std::vector<std::string> found(const SchemaSearch& search) {
  const SchemaPage page = search_schema(bank(), search, SchemaForm::json);
  std::vector<std::string> names;
  for (const SchemaFinding& finding : page.tables)
    names.push_back(finding.table->name);
  return names;
}

TEST(SchemaSearch, FindsPartsOfNamesInAnyCase) {
  EXPECT_THAT(found({}), ElementsAre("accounts", "customers", "v_customers"));
  EXPECT_THAT(found({.pattern = "CUSTOMER"}), ElementsAre("accounts", "customers", "v_customers"));
  EXPECT_THAT(found({.pattern = "customer", .in_columns = false}), ElementsAre("customers", "v_customers"));
  EXPECT_THAT(found({.pattern = "euro"}), ElementsAre("accounts"));
  EXPECT_THAT(found({.pattern = "euro", .in_comments = false}), IsEmpty());
  EXPECT_THAT(found({.pattern = "nothing"}), IsEmpty());
}

TEST(SchemaSearch, TakesAStarForTheRestOfAName) {
  EXPECT_THAT(found({.pattern = "cust*", .in_columns = false}), ElementsAre("customers"));
  EXPECT_THAT(found({.pattern = "*_customer?", .in_columns = false}), ElementsAre("v_customers"));
  EXPECT_THAT(found({.pattern = "account"}), ElementsAre("accounts"));
  EXPECT_THAT(found({.pattern = "?ccounts"}), ElementsAre("accounts"));
  EXPECT_THAT(found({.pattern = "*a*a*a*a*a*a*a*a*b"}), IsEmpty());
}

TEST(SchemaSearch, WantsEveryWordSomewhereInTheTable) {
  EXPECT_THAT(found({.pattern = " accounts  euro "}), ElementsAre("accounts"));
  EXPECT_THAT(found({.pattern = "customers euro"}), IsEmpty());
}

TEST(SchemaSearch, FiltersByKind) {
  EXPECT_THAT(found({.kinds = {TableKind::view}}), ElementsAre("v_customers"));
}

TEST(SchemaSearch, SaysWhichColumnsMatched) {
  const SchemaPage page = search_schema(bank(), {.pattern = "euro"}, SchemaForm::json);
  EXPECT_THAT(page.tables.at(0).matched_columns, ElementsAre("balance"));
}

TEST(SchemaSearch, GoesThroughPagesAndSaysWhatIsLeft) {
  SchemaSearch search{.limit = 2};
  const SchemaPage first = search_schema(bank(), search, SchemaForm::json);
  EXPECT_EQ(first.tables.size(), 2U);
  EXPECT_EQ(first.found, 3U);
  EXPECT_EQ(first.next_offset, 2U);
  EXPECT_THAT(first.notice,
              HasSubstr("2 of 3 tables, from 0 on. For the next ones, ask again with offset 2"));
  search.offset = 2;
  const SchemaPage second = search_schema(bank(), search, SchemaForm::json);
  EXPECT_EQ(second.tables.size(), 1U);
  EXPECT_EQ(second.next_offset, std::nullopt);
  EXPECT_EQ(second.notice, "");
  search.offset = 9;
  EXPECT_THAT(search_schema(bank(), search, SchemaForm::json).tables, IsEmpty());
}

TEST(SchemaSearch, KeepsToItsBytesAndStillComesToAnEnd) {
  for (const SchemaForm form : {SchemaForm::json, SchemaForm::text}) {
    for (std::size_t bytes = 0; bytes < 2'000; bytes += 50) {
      std::vector<std::string> names;
      SchemaSearch search{.detail = SchemaDetail::full, .max_bytes = bytes};
      for (std::optional<std::size_t> offset = 0; offset;) {
        search.offset = *offset;
        const SchemaPage page = search_schema(bank(), search, form);
        std::size_t written = 0;
        for (const SchemaFinding& finding : page.tables) {
          names.push_back(finding.table->name);
          written += finding.written.size() + 1;
        }
        ASSERT_FALSE(page.tables.empty());
        EXPECT_TRUE(written <= bytes + 1 || page.tables.front().detail == SchemaDetail::names) << bytes;
        EXPECT_EQ(page.notice.empty(), !page.next_offset && page.tables.front().detail == SchemaDetail::full);
        offset = page.next_offset;
      }
      EXPECT_THAT(names, ElementsAre("accounts", "customers", "v_customers")) << bytes;
    }
  }
}

TEST(SchemaSearch, WritesTablesForPrograms) {
  const auto schema = bank();
  const auto written = [&](std::size_t table, SchemaDetail detail) {
    return write_table(schema->tables[table], "customer_db", detail, SchemaForm::json);
  };
  EXPECT_EQ(written(2, SchemaDetail::names), R"({"name":"v_customers","kind":"view"})");
  EXPECT_EQ(
      written(0, SchemaDetail::summary),
      R"({"name":"accounts","kind":"table","estimated_rows":null,"columns":[)"
      R"({"name":"account_id","type":"string","nullable":false},)"
      R"({"name":"Customer_ID","type":"string","nullable":true},)"
      R"({"name":"balance","type":"decimal","nullable":true,"comment":"in euro"}],)"
      R"("primary_key":["account_id"],"foreign_keys":[{"columns":["Customer_ID"],)"
      R"("referenced_database":"customer_db","referenced_table":"customers","referenced_columns":["id"]}]})");
  EXPECT_THAT(written(0, SchemaDetail::full), HasSubstr(R"("indexes":[{"name":"by_balance")"));
}

TEST(SchemaSearch, WritesTablesForAModelOnLinesThatCommentsCannotBreak) {
  const auto schema = bank();
  EXPECT_EQ(write_table(schema->tables[0], "customer_db", SchemaDetail::full, SchemaForm::text),
            "accounts\n"
            "  account_id string (TEXT) not null\n"
            "  Customer_ID string (TEXT)\n"
            "  balance decimal (DECIMAL(12,2)) -- in euro\n"
            "  primary key (account_id)\n"
            "  (Customer_ID) refers to customers (id)\n"
            "  index by_balance (balance) where balance > 0");
  EXPECT_EQ(write_table(schema->tables[1], "customer_db", SchemaDetail::summary, SchemaForm::text),
            "customers (about 20000 rows) -- Who banks here DROP TABLE\n  id string");
}

class Cache : public Manager {
 protected:
  Cache() {
    load();
    script_->on_introspect = [this] {
      ++asked_;
      if (on_ask_) on_ask_();
    };
    executor_ = std::make_unique<test::ThreadExecutor>(*manager_, 4);
  }
  std::future<Result<SchemaCache::Schema>> get(SchemaCache& cache, std::string_view database = "customer_db",
                                               const PrincipalPtr& principal = Principal::anonymous()) {
    auto answer = std::make_shared<std::promise<Result<SchemaCache::Schema>>>();
    cache.get(database, principal,
              [answer](Result<SchemaCache::Schema> schema) { answer->set_value(std::move(schema)); });
    return answer->get_future();
  }

  std::atomic<int> asked_ = 0;
  std::function<void()> on_ask_;
  std::unique_ptr<test::ThreadExecutor> executor_;
};

TEST_F(Cache, AsksADatabaseOnceUntilItIsCleared) {
  SchemaCache cache(*manager_, *executor_);
  const auto first = get(cache).get();
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)->database, "customer_db");
  EXPECT_EQ(get(cache).get(), first);
  EXPECT_EQ(asked_, 1);
  EXPECT_TRUE(get(cache, "rates_db").get());
  EXPECT_EQ(asked_, 2);
  cache.clear();
  EXPECT_TRUE(get(cache).get());
  EXPECT_EQ(asked_, 3);
}

TEST_F(Cache, KnowsNothingOfWhatIsNotGranted) {
  SchemaCache cache(*manager_, *executor_);
  auto principal = std::make_shared<Principal>();
  principal->grant.databases = NameSet({"customer_db"});
  ASSERT_TRUE(get(cache, "accounts_db").get());
  ASSERT_TRUE(get(cache, "customer_db", principal).get());
  const auto hidden = get(cache, "accounts_db", principal).get();
  const auto missing = get(cache, "accounts_dc", principal).get();
  ASSERT_FALSE(hidden);
  ASSERT_FALSE(missing);
  EXPECT_EQ(hidden.error().code, ErrorCode::not_found);
  EXPECT_EQ(hidden.error().hint, missing.error().hint);
  EXPECT_EQ(hidden.error().hint.find("accounts_db"), std::string::npos) << hidden.error().hint;
}

TEST_F(Cache, GivesOneAnswerToAllWhoAskMeanwhile) {
  SchemaCache cache(*manager_, *executor_);
  std::promise<void> go;
  on_ask_ = [turn = go.get_future().share()] { turn.wait(); };
  std::vector<std::future<Result<SchemaCache::Schema>>> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(get(cache));
  go.set_value();
  for (auto& answer : answers)
    EXPECT_TRUE(answer.get());
  EXPECT_EQ(asked_, 1);
}

TEST_F(Cache, KeepsNoFailureAndNothingThatAReloadOvertook) {
  SchemaCache cache(*manager_, *executor_);
  for (int i = 0; i < 2; ++i) {
    const auto unknown = get(cache, "nowhere").get();
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
  }
  std::promise<void> go;
  on_ask_ = [turn = go.get_future().share()] { turn.wait(); };
  auto old = get(cache);
  cache.clear();
  go.set_value();
  EXPECT_TRUE(old.get());
  EXPECT_TRUE(get(cache).get());
  EXPECT_EQ(asked_, 2);
}

TEST_F(Cache, WhoAsksAfterAReloadWaitsForNoAnswerOfBeforeIt) {
  SchemaCache cache(*manager_, *executor_);
  std::promise<void> begun;
  std::promise<void> go;
  on_ask_ = [&, turn = go.get_future().share()] {
    if (asked_ > 1) return;
    begun.set_value();
    turn.wait();
  };
  auto old = get(cache);
  begun.get_future().wait();
  cache.clear();
  auto fresh = get(cache);
  const bool was_answered = fresh.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
  go.set_value();
  EXPECT_TRUE(was_answered);
  const auto of_before = old.get();
  const auto of_after = fresh.get();
  ASSERT_TRUE(of_before && of_after);
  EXPECT_NE(*of_before, *of_after);
  EXPECT_EQ(*get(cache).get(), *of_after);
  EXPECT_EQ(asked_, 2);
}

TEST_F(Cache, MakesRoom) {
  SchemaCache cache(*manager_, *executor_, {.max_entries = 1});
  EXPECT_TRUE(get(cache).get());
  EXPECT_TRUE(get(cache, "rates_db").get());
  EXPECT_TRUE(get(cache).get());
  EXPECT_EQ(asked_, 3);
  SchemaCache small(*manager_, *executor_, {.max_bytes = 10});
  EXPECT_TRUE(get(small).get());
  EXPECT_TRUE(get(small).get());
  EXPECT_EQ(asked_, 5);
}

}  // namespace
}  // namespace penstock::server
