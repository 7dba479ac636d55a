#include "penstock/manager.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manager_fixture.hpp"

namespace penstock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::numbers;
using ::testing::StartsWith;

TEST_F(Manager, AnswersFromTheDatasourceThatHoldsTheDatabase) {
  load();
  answer({numbers(1, 2), numbers(3, 1)});
  const QueryResult result = run();
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_THAT(result.columns, ElementsAre("n"));
  EXPECT_EQ(result.row_count, 3);
  EXPECT_EQ(result.data[2]["n"].as<int>(), 3);
  EXPECT_EQ(result.datasource, "bank");
  EXPECT_EQ(result.node, "primary");
  EXPECT_FALSE(result.truncated);
  EXPECT_FALSE(result.affected_rows);
}

TEST_F(Manager, NamesTheNearestOfUnknownDatabases) {
  load();
  const QueryResult result = run({}, "custmer_db");
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.code, ErrorCode::not_found);
  EXPECT_EQ(result.error, "Database 'custmer_db' not found in any datasource");
  EXPECT_EQ(result.hint, "Did you mean 'customer_db'?");
  EXPECT_THAT(run({}, "zzz").hint, HasSubstr("rates_db"));
}

TEST_F(Manager, SaysThatADatabaseIsDisabled) {
  load();
  const QueryResult result = run({}, "old_db");
  EXPECT_EQ(result.code, ErrorCode::unavailable);
  EXPECT_THAT(result.error, HasSubstr("Datasource 'attic' for database 'old_db' is not available"));
  const auto databases = manager_->databases();
  ASSERT_EQ(databases.size(), 4U);
  EXPECT_FALSE(databases[3].available);
  EXPECT_EQ(manager_->datasources()[2].state, DataSourceState::disabled);
}

TEST_F(Manager, ValidatesDatabasesOfOneDatasource) {
  load();
  const DatabaseValidation valid = manager_->validate_databases({"customer_db", "accounts_db"});
  EXPECT_TRUE(valid.valid);
  EXPECT_EQ(valid.datasource, "bank");
  const DatabaseValidation spread = manager_->validate_databases({"customer_db", "rates_db"});
  EXPECT_FALSE(spread.valid);
  EXPECT_EQ(spread.code, ErrorCode::cross_datasource);
  EXPECT_THAT(spread.error, StartsWith("Cannot query across different datasources"));
  EXPECT_THAT(spread.error, HasSubstr("'customer_db' is in 'bank', 'rates_db' is in 'market'"));
  EXPECT_EQ(manager_->validate_databases({}).error, "No databases specified");
  EXPECT_THAT(manager_->validate_databases({"rates_bd"}).error, HasSubstr("'rates_db'"));
  EXPECT_EQ(manager_->validate_databases({"old_db"}).code, ErrorCode::unavailable);
}

TEST_F(Manager, ValidatesDatabasesThatThisBuildHasNoDriverFor) {
  folder_ = std::make_unique<testing::ConfigurationFolder>(
      "datasources: {far: {type: driverless, databases: [one_db, two_db]}}");
  ManagerOptions options = testing::scripted_options(script_);
  DataSourceType driverless;
  driverless.spec.name = "driverless";
  driverless.missing_driver = "this build has no driver for it";
  ASSERT_TRUE(options.registry.add(std::move(driverless)));
  auto manager = DataSourceManager::load(folder_->path(), std::move(options));
  ASSERT_TRUE(manager) << manager.error().message;
  EXPECT_TRUE((*manager)->validate_databases({"one_db", "two_db"}).valid);
  EXPECT_EQ((*manager)->execute_query("SELECT", "one_db").code, ErrorCode::unsupported);
}

TEST_F(Manager, FindsTheOtherDatabasesOfAStatement) {
  load();
  answer({numbers(1, 1)});
  named_in_statement({"ACCOUNTS_DB", "customer_db", "some_alias"});
  ASSERT_TRUE(run().success);
  EXPECT_THAT(script_->last_also_named, ElementsAre("accounts_db"));
  named_in_statement({"rates_db"});
  const QueryResult refused = manager_->execute_query("SELECT 2", "customer_db");
  EXPECT_EQ(refused.code, ErrorCode::cross_datasource);
  EXPECT_THAT(refused.error, StartsWith("Cannot query across different datasources"));
  EXPECT_EQ(script_->executions, 1);
}

TEST_F(Manager, ForbidsADatabaseOfTheEngineThatNoLogicalNameMapsTo) {
  load();
  answer({numbers(1, 1)});
  script_->analyze = [](const AnalysisRequest&) {
    return Result<Analysis>(Analysis{.kind = StatementKind::select,
                                     .may_write = false,
                                     .qualifiers = {"accounts_db", "payroll"},
                                     .qualifiers_are_certain = true});
  };
  const QueryResult refused = run();
  EXPECT_EQ(refused.code, ErrorCode::forbidden);
  EXPECT_THAT(refused.error, HasSubstr("'payroll'"));
}

TEST_F(Manager, RemembersAnalysesByTextAndDatabase) {
  load();
  answer({numbers(1, 1)});
  ASSERT_TRUE(run().success);
  ASSERT_TRUE(run().success);
  EXPECT_EQ(script_->analyses, 1);
  ASSERT_TRUE(run({}, "accounts_db").success);
  EXPECT_EQ(script_->analyses, 2);
}

TEST_F(Manager, RefusesAWriteEvenWhenTheDriverLetsItPass) {
  load();
  script_->analyze = [](const AnalysisRequest&) {
    return Result<Analysis>(Analysis{.kind = StatementKind::other});
  };
  EXPECT_EQ(run().code, ErrorCode::read_only);
  EXPECT_EQ(script_->executions, 0);
}

TEST_F(Manager, CutsAtMaxRowsAndSaysSoOnlyWhenThereIsMore) {
  load();
  answer({numbers(1, 3), numbers(4, 3)});
  const QueryResult exact = run({.max_rows = 6});
  EXPECT_EQ(exact.row_count, 6);
  EXPECT_FALSE(exact.truncated);
  const QueryResult within_batch = run({.max_rows = 4});
  EXPECT_EQ(within_batch.row_count, 4);
  EXPECT_TRUE(within_batch.truncated);
  const QueryResult at_batch = run({.max_rows = 3});
  EXPECT_EQ(at_batch.row_count, 3);
  EXPECT_TRUE(at_batch.truncated);
  const QueryResult none = run({.max_rows = 0});
  EXPECT_TRUE(none.success);
  EXPECT_EQ(none.row_count, 0);
  EXPECT_TRUE(none.truncated);
  EXPECT_THAT(none.columns, ElementsAre("n"));
  EXPECT_EQ(script_->open_readers, 0);
}

TEST_F(Manager, CutsAtMaxBytes) {
  load();
  answer({numbers(1, 10)});
  const QueryResult cut = run({.max_bytes = 24});
  EXPECT_EQ(cut.row_count, 3);
  EXPECT_TRUE(cut.truncated);
  EXPECT_FALSE(run({.max_bytes = 80}).truncated);
}

TEST_F(Manager, LetsAQueryOnlyTightenTheLimitsOfItsDatasource) {
  load("datasources: {bank: {type: scripted, limits: {max_rows: 2}, databases: [customer_db]}}");
  answer({numbers(1, 5)});
  EXPECT_EQ(run().row_count, 2);
  EXPECT_EQ(run({.max_rows = 5}).row_count, 2);
  EXPECT_EQ(run({.max_rows = 1}).row_count, 1);
}

TEST_F(Manager, RefusesOptionsThatMakeNoSense) {
  load();
  EXPECT_EQ(run({.max_rows = -1}).code, ErrorCode::invalid_argument);
  EXPECT_EQ(run({.timeout = std::chrono::milliseconds(0)}).code, ErrorCode::invalid_argument);
  EXPECT_EQ(manager_->schema("customer_db", {}, {.timeout = std::chrono::milliseconds(0)}).error().code,
            ErrorCode::invalid_argument);
}

TEST_F(Manager, TakesATimeoutBeyondTheClockForNone) {
  load();
  answer({numbers(1, 1)});
  const QueryOptions patient{.timeout = std::chrono::milliseconds::max()};
  const QueryResult result = run(patient);
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_TRUE(manager_->schema("customer_db", {}, patient));
  EXPECT_EQ(manager_->health(std::chrono::milliseconds::max())[0].state, DataSourceState::up);
}

TEST_F(Manager, StopsWhenAskedAndWhenLate) {
  load();
  answer({numbers(1, 1)});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(run({.stop = stop.get_token()}).code, ErrorCode::cancelled);
  constexpr std::chrono::milliseconds kTimeout(50);
  auto stream = manager_->stream_query("SELECT", "customer_db", {}, {.timeout = kTimeout});
  ASSERT_TRUE(stream) << stream.error().message;
  const Deadline passed = Deadline::after(kTimeout);
  while (!passed.expired())
    std::this_thread::yield();
  EXPECT_EQ(stream->next().error().code, ErrorCode::timeout);
  EXPECT_EQ(script_->open_readers, 0);
}

TEST_F(Manager, RunsAReadAgainOnceWhenItsConnectionWasLost) {
  load();
  answer({numbers(1, 1)});
  script_->connections_to_lose = 1;
  EXPECT_TRUE(run().success);
  EXPECT_EQ(script_->executions, 2);
  script_->connections_to_lose = 2;
  EXPECT_EQ(run().code, ErrorCode::unavailable);
}

TEST_F(Manager, TheWaitForAnotherConnectionBeginsWhenTheFirstIsLost) {
  load(
      "datasources: {bank: {type: scripted, connection: {acquire_timeout: 500ms}, "
      "databases: [customer_db]}}");
  answer({numbers(1, 1)});
  script_->connections_to_lose = 1;
  script_->on_lose = [] {
    const Deadline passed = Deadline::after(std::chrono::milliseconds(500));
    while (!passed.expired())
      std::this_thread::yield();
  };
  const QueryResult result = run();
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_EQ(script_->executions, 2);
}

TEST_F(Manager, NeverSendsAWriteTwice) {
  load("datasources: {bank: {type: scripted, access: read_write, databases: [customer_db]}}");
  script_->analyze = [](const AnalysisRequest&) {
    return Result<Analysis>(Analysis{.kind = StatementKind::update, .may_write = true});
  };
  script_->affected_rows = 5;
  answer({});
  EXPECT_EQ(run().affected_rows, 5);
  script_->connections_to_lose = 1;
  EXPECT_EQ(run().code, ErrorCode::unavailable);
  EXPECT_EQ(script_->executions, 2);
}

TEST_F(Manager, TellsABrokenResultFromAnEndedOne) {
  load();
  answer({numbers(1, 2)});
  script_->final_error = fail(ErrorCode::unavailable, "the server went away").error();
  auto stream = manager_->stream_query("SELECT", "customer_db");
  ASSERT_TRUE(stream);
  EXPECT_EQ((*stream->next())->num_rows(), 2);
  EXPECT_EQ(stream->next().error().message, "the server went away");
  EXPECT_EQ(stream->next().error().message, "the server went away");
  const QueryResult result = run();
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.row_count, 0);
}

TEST_F(Manager, GivesTheConnectionBackAtTheEndAndWhenAStreamIsDropped) {
  load();
  answer({numbers(1, 2)});
  auto ended = manager_->stream_query("SELECT", "customer_db");
  ASSERT_TRUE(ended);
  while (*ended->next()) {
  }
  EXPECT_EQ(manager_->datasources()[0].pools[0].second.leased, 0);
  EXPECT_EQ(ended->summary().row_count, 2);
  {
    auto dropped = manager_->stream_query("SELECT", "customer_db");
    ASSERT_TRUE(dropped);
    EXPECT_EQ(manager_->datasources()[0].pools[0].second.leased, 1);
  }
  EXPECT_EQ(manager_->datasources()[0].pools[0].second.leased, 0);
  EXPECT_EQ(script_->open_readers, 0);
}

TEST_F(Manager, MakesBatchesOfOneResultAgreeOnTheirTypes) {
  load();
  BatchBuilder wide(std::make_shared<const Schema>(std::vector<Field>{{"n", TypeId::variant}}));
  ASSERT_TRUE(wide.column(0).append("ten"));
  answer({numbers(9, 1), wide.finish()});
  const QueryResult result = run();
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.schema->field(0).type, DataType(TypeId::variant));
  EXPECT_EQ(result.data[0]["n"].as<int>(), 9);
  EXPECT_EQ(result.data[1]["n"].as<std::string_view>(), "ten");
}

TEST_F(Manager, ReloadsWholeOrNotAtAll) {
  load();
  answer({numbers(1, 1)});
  ASSERT_TRUE(run().success);
  EXPECT_EQ(script_->connects, 1);
  folder_->write("datasources.yaml",
                 "datasources: {bank: {type: scripted, databases: [customer_db, accounts_db]}, "
                 "market: {type: scriptd, databases: [rates_db]}}");
  const auto refused = manager_->reload();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("datasources.yaml:1:"));
  EXPECT_EQ(manager_->databases().size(), 4U);
  folder_->write("datasources.yaml",
                 "datasources: {bank: {type: scripted, databases: [customer_db, accounts_db]}, "
                 "extra: {type: scripted, databases: [extra_db]}}");
  ASSERT_TRUE(manager_->reload());
  EXPECT_TRUE(run({}, "extra_db").success);
  EXPECT_EQ(run({}, "rates_db").code, ErrorCode::not_found);
  ASSERT_TRUE(run().success);
  EXPECT_EQ(script_->connects, 2) << "the datasource that did not change keeps its connection";
}

TEST_F(Manager, LetsAStreamEndOnTheConfigurationItBeganWith) {
  load();
  answer({numbers(1, 1), numbers(2, 1)});
  auto stream = manager_->stream_query("SELECT", "rates_db");
  ASSERT_TRUE(stream);
  folder_->write("datasources.yaml", "datasources: {bank: {type: scripted, databases: [customer_db]}}");
  ASSERT_TRUE(manager_->reload());
  EXPECT_EQ((*stream->next())->num_rows(), 1);
  EXPECT_EQ((*stream->next())->num_rows(), 1);
  EXPECT_FALSE(*stream->next());
  EXPECT_EQ(stream->summary().row_count, 2);
}

TEST_F(Manager, AnswersUnavailableOnceClosed) {
  load();
  answer({numbers(1, 1)});
  auto stream = manager_->stream_query("SELECT", "customer_db");
  manager_->close();
  manager_->close();
  EXPECT_EQ(run().code, ErrorCode::unavailable);
  EXPECT_EQ(manager_->validate_databases({"customer_db"}).code, ErrorCode::unavailable);
  EXPECT_TRUE(manager_->databases().empty());
  EXPECT_EQ(manager_->reload().error().code, ErrorCode::unavailable);
  manager_.reset();
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->next().error().code, ErrorCode::cancelled) << "a stream owns what it reads from";
}

TEST_F(Manager, ReportsHealthAndSchema) {
  load();
  const auto reports = manager_->health();
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].datasource, "bank");
  EXPECT_EQ(reports[0].state, DataSourceState::up);
  EXPECT_EQ(reports[0].server.product, "Scripted");
  const auto schema = manager_->schema("rates_db");
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->database, "rates_db");
  EXPECT_EQ(schema->datasource, "market");
  EXPECT_EQ(manager_->schema("rate_db").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace penstock
