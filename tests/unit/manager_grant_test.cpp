// What the manager answers of what a caller may reach.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manager_fixture.hpp"

namespace penstock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::numbers;

class Granted : public Manager {
 protected:
  static QueryOptions options(std::vector<std::string> databases, Access access = Access::read_write) {
    QueryOptions made;
    made.grant = std::make_shared<const Grant>(Grant{NameSet(std::move(databases)), access});
    return made;
  }
  static std::vector<std::string> ids(const std::vector<DatabaseInfo>& databases) {
    std::vector<std::string> all;
    for (const DatabaseInfo& database : databases)
      all.push_back(database.id);
    return all;
  }
};

TEST_F(Granted, ADatabaseBeyondTheGrantIsOneThatDoesNotExist) {
  load();
  answer({numbers(1, 1)});
  const QueryOptions some = options({"customer_db"});
  EXPECT_TRUE(run(some).success);
  const QueryResult hidden = run(some, "accounts_db");
  const QueryResult missing = run(some, "accounts_dc");
  EXPECT_EQ(hidden.code, ErrorCode::not_found);
  EXPECT_EQ(hidden.error, "Database 'accounts_db' not found in any datasource");
  EXPECT_EQ(hidden.hint, missing.hint);
  EXPECT_THAT(hidden.hint, Not(HasSubstr("accounts_db")));
  EXPECT_EQ(run(some, "old_db").code, ErrorCode::not_found);  // and not `unavailable`
  EXPECT_EQ(manager_->schema("accounts_db", {}, some).error().hint, missing.hint);
  EXPECT_EQ(manager_->explain_statement("SELECT", "accounts_db", {}, some.grant.get()).error().hint,
            missing.hint);
  EXPECT_FALSE(manager_->placement("SELECT", "accounts_db", some));
  EXPECT_THAT(
      manager_->validate_databases(std::vector<std::string_view>{"accounts_db"}, some.grant.get()).error,
      Not(HasSubstr("bank")));
}

TEST_F(Granted, ListsHoldWhatIsGranted) {
  load();
  const QueryOptions some = options({"*s_db"}, Access::read_only);
  EXPECT_THAT(ids(manager_->databases(some.grant.get())), ElementsAre("accounts_db", "rates_db"));
  const auto sources = manager_->datasources(some.grant.get());
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_THAT(sources[0].databases, ElementsAre("accounts_db"));
  EXPECT_EQ(manager_->databases().size(), 4U);
  EXPECT_EQ(manager_->datasources().size(), 3U);
}

TEST_F(Granted, NamesInAStatementCountToo) {
  load();
  answer({numbers(1, 1)});
  script_->analyze = [](const AnalysisRequest&) {
    return Result<Analysis>(Analysis{.kind = StatementKind::select,
                                     .may_write = false,
                                     .qualifiers = {"Accounts_DB"},
                                     .qualifiers_are_certain = true});
  };
  EXPECT_TRUE(run(options({"*"})).success);
  const QueryResult refused = run(options({"customer_db"}));
  EXPECT_EQ(refused.code, ErrorCode::forbidden);
  EXPECT_EQ(
      refused.error,
      "'Accounts_DB' is not a logical database; qualify tables by the names that are listed as databases");
}

// Where a name may be an alias, the driver is told of no database that is not granted.
TEST_F(Granted, AnUncertainNameLeadsNowhere) {
  load();
  named_in_statement({"accounts_db"});
  std::vector<std::string> named{"unset"};
  script_->execute = [&](const Execution& execution) {
    named = execution.also_named;
    return Result<std::vector<RecordBatch>>({numbers(1, 1)});
  };
  EXPECT_TRUE(run(options({"customer_db"})).success);
  EXPECT_THAT(named, ElementsAre());
  EXPECT_TRUE(run().success);
  EXPECT_THAT(named, ElementsAre("accounts_db"));
}

TEST_F(Granted, AReaderReadsWhoeverWroteTheSameBefore) {
  load(R"(
datasources:
  bank: {type: scripted, access: read_write, databases: [customer_db]}
)");
  std::vector<Access> analysed;
  std::vector<Access> executed;
  script_->analyze = [&](const AnalysisRequest& request) -> Result<Analysis> {
    analysed.push_back(request.access);
    const bool writes = request.access == Access::read_write;
    return Analysis{.kind = writes ? StatementKind::insert : StatementKind::select, .may_write = writes};
  };
  script_->execute = [&](const Execution& execution) {
    executed.push_back(execution.access);
    return Result<std::vector<RecordBatch>>({numbers(1, 1)});
  };
  EXPECT_TRUE(run().success);
  EXPECT_TRUE(run(options({"*"}, Access::read_only)).success);
  EXPECT_TRUE(run(options({"*"}, Access::read_write)).success);
  EXPECT_TRUE(run(options({"*"}, Access::read_only)).success);
  EXPECT_THAT(analysed, ElementsAre(Access::read_write, Access::read_only));
  EXPECT_THAT(executed,
              ElementsAre(Access::read_write, Access::read_only, Access::read_write, Access::read_only));
  EXPECT_EQ(manager_->databases(options({"*"}, Access::read_only).grant.get()).front().access,
            Access::read_only);
  // Whatever a driver says.
  script_->analyze = [](const AnalysisRequest&) {
    return Result<Analysis>(Analysis{.kind = StatementKind::insert, .may_write = true});
  };
  load(R"(
datasources:
  bank: {type: scripted, access: read_write, databases: [customer_db]}
)");
  EXPECT_EQ(run(options({"*"}, Access::read_only)).code, ErrorCode::read_only);
  EXPECT_TRUE(run().success);
}

TEST_F(Granted, TheCatalogueIsForWhoMayKnowOfAll) {
  load();
  answer({numbers(1, 1)});
  script_->analyze = [](const AnalysisRequest&) {
    return Result<Analysis>(
        Analysis{.kind = StatementKind::select, .may_write = false, .reads_catalogue = true});
  };
  EXPECT_EQ(run(options({"customer_db"})).code, ErrorCode::forbidden);
  EXPECT_TRUE(run(options({"customer_db", "accounts_db"})).success);
  EXPECT_TRUE(run().success);
}

}  // namespace
}  // namespace penstock
