// The driver by itself, as data_source.hpp describes it, without pool or manager to make good what it gets
// wrong.
#include <thread>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class ContractTest : public ConformanceTest {
 protected:
  ContractTest() : driver_(site().driver()) {}

  [[nodiscard]] Result<Analysis> analyze(std::string_view sql, Access access = Access::read_only) const {
    return driver_->analyze({.sql = sql, .database = "customer_db", .access = access});
  }
  [[nodiscard]] std::unique_ptr<Connection> connect() {
    auto connection = driver_->connect(driver_->nodes().front(), Deadline::after(std::chrono::seconds(10)));
    if (!connection) throw std::runtime_error(connection.error().message);
    return std::move(*connection);
  }
  // Statement, parameters and analysis of one execution, which must outlive its reader.
  struct Prepared {
    std::string sql;
    Params params;
    Analysis analysis;
    [[nodiscard]] Execution execution(Deadline deadline = Deadline::never()) const {
      return {.sql = sql,
              .database = "customer_db",
              .params = params,
              .analysis = analysis,
              .also_named = {},
              .deadline = deadline,
              .stop = {},
              .row_limit = {}};
    }
  };
  [[nodiscard]] Prepared prepare(Statement statement) const {
    auto analysis = analyze(statement.sql);
    if (!analysis) throw std::runtime_error(analysis.error().message);
    return {std::move(statement.sql), std::move(statement.params), std::move(*analysis)};
  }
  // Rows of `people` over this very connection; -1 when it fails.
  [[nodiscard]] std::int64_t count_people(Connection& connection) const {
    const Prepared prepared = prepare({language().rows("people")});
    auto reader = connection.execute(prepared.execution());
    if (!reader) return -1;
    std::int64_t rows = 0;
    while (true) {
      const auto batch = (*reader)->next();
      if (!batch) return -1;
      if (!*batch) return rows;
      rows += (*batch)->num_rows();
    }
  }

  std::unique_ptr<DataSource> driver_;
};

TEST_P(ContractTest, ThePrimaryIsTheFirstNode) {
  ASSERT_FALSE(driver_->nodes().empty());
  EXPECT_EQ(driver_->nodes().front().name, "primary");
}

TEST_P(ContractTest, AnalysisOfAReadSaysThatItReads) {
  for (const Access access : {Access::read_only, Access::read_write}) {
    const auto analysis = analyze(language().rows("people"), access);
    ASSERT_TRUE(analysis) << analysis.error().message;
    EXPECT_EQ(analysis->kind, StatementKind::select);
    EXPECT_FALSE(analysis->may_write);
    EXPECT_TRUE(analysis->qualifiers.empty());
  }
}

TEST_P(ContractTest, AnalysisNamesTheQualifiersOnce) {
  const auto analysis = analyze(language().rows("accounts", "accounts_db"));
  ASSERT_TRUE(analysis) << analysis.error().message;
  EXPECT_EQ(analysis->qualifiers, std::vector<std::string>{"accounts_db"});
  if (!has(Feature::joins)) return;
  const auto join = analyze(language().join("people", "accounts_db", "accounts", "id"));
  ASSERT_TRUE(join) << join.error().message;
  EXPECT_EQ(join->qualifiers, std::vector<std::string>{"accounts_db"});
}

TEST_P(ContractTest, AnalysisRefusesWritesUnderReadOnlyAccess) {
  PENSTOCK_NEEDS(Feature::writes);
  const auto refused = analyze(language().insert("people", 3));
  EXPECT_TRUE(!refused ? refused.error().code == ErrorCode::read_only : refused->may_write);
  configure({.access = Access::read_write});
  driver_ = site().driver();
  const auto allowed = analyze(language().insert("people", 3), Access::read_write);
  ASSERT_TRUE(allowed) << allowed.error().message;
  EXPECT_EQ(allowed->kind, StatementKind::insert);
  EXPECT_TRUE(allowed->may_write);
}

TEST_P(ContractTest, AnalysisNeedsNoServer) {
  here().go_away();
  EXPECT_TRUE(analyze(language().rows("people")));
  here().come_back();
}

TEST_P(ContractTest, SchemaIsThereBeforeAndAfterTheRows) {
  const auto connection = connect();
  const Prepared prepared = prepare({language().rows("people")});
  auto reader = connection->execute(prepared.execution());
  ASSERT_TRUE(reader) << reader.error().message;
  ASSERT_NE((*reader)->schema(), nullptr);
  EXPECT_EQ((*reader)->schema()->size(), 3U);
  while (true) {
    const auto batch = (*reader)->next();
    ASSERT_TRUE(batch) << batch.error().message;
    if (!*batch) break;
    EXPECT_GT((*batch)->num_rows(), 0);
    EXPECT_EQ((*batch)->num_columns(), 3U);
  }
  EXPECT_EQ((*reader)->schema()->size(), 3U);
  EXPECT_EQ((*reader)->affected_rows(), std::nullopt);
  for (int i = 0; i < 2; ++i) {
    const auto after = (*reader)->next();
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_FALSE(*after);
  }
}

TEST_P(ContractTest, ReaderDroppedEarlyLeavesTheConnectionFit) {
  const auto connection = connect();
  for (int i = 0; i < 3; ++i) {
    const Prepared prepared = prepare(here().endless_rows("customer_db"));
    auto reader = connection->execute(prepared.execution());
    ASSERT_TRUE(reader) << reader.error().message;
    ASSERT_TRUE((*reader)->next());
    reader->reset();
    if (connection->broken()) return;  // the other way that the contract allows
    ASSERT_EQ(count_people(*connection), 3);
  }
}

TEST_P(ContractTest, CancelWithNothingRunningDoesNothing) {
  const auto connection = connect();
  for (int i = 0; i < 3; ++i) {
    connection->cancel();
    EXPECT_EQ(count_people(*connection), 3);
  }
  EXPECT_FALSE(connection->broken());
}

TEST_P(ContractTest, CancelFromAnotherThreadStopsNext) {
  const auto connection = connect();
  const Prepared prepared = prepare(here().endless_rows("customer_db"));
  auto reader = connection->execute(prepared.execution(Deadline::after(std::chrono::seconds(20))));
  ASSERT_TRUE(reader) << reader.error().message;
  ASSERT_TRUE((*reader)->next());
  std::jthread canceller([&] { connection->cancel(); });
  std::optional<Error> error;
  while (!error) {
    const auto batch = (*reader)->next();
    if (batch) {
      ASSERT_TRUE(*batch);
    } else {
      error = batch.error();
    }
  }
  EXPECT_EQ(error->code, ErrorCode::cancelled) << error->message;
  canceller.join();
  reader->reset();
  if (!connection->broken()) {
    EXPECT_EQ(count_people(*connection), 3);
  }
}

TEST_P(ContractTest, DeadlineThatHasPassedRunsNothing) {
  const auto connection = connect();
  const Prepared prepared = prepare(here().endless_silence("customer_db"));
  auto reader = connection->execute(prepared.execution(Deadline::after(std::chrono::nanoseconds(1))));
  std::optional<Error> error;
  if (!reader) {
    error = reader.error();
  } else if (const auto batch = (*reader)->next(); !batch) {
    error = batch.error();
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::timeout) << error->message;
}

TEST_P(ContractTest, ProbeAndServerInfoAnswer) {
  const auto connection = connect();
  const Deadline deadline = Deadline::after(std::chrono::seconds(10));
  const auto alive = connection->probe(deadline);
  EXPECT_TRUE(alive) << alive.error().message;
  const auto info = connection->server_info(deadline);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_FALSE(info->product.empty());
  EXPECT_FALSE(info->version.empty());
  EXPECT_EQ(count_people(*connection), 3);
}

TEST_P(ContractTest, ConnectToWhatIsAwayIsUnavailable) {
  here().go_away();
  const auto connection =
      driver_->connect(driver_->nodes().front(), Deadline::after(std::chrono::seconds(10)));
  if (!connection) {
    EXPECT_EQ(connection.error().code, ErrorCode::unavailable) << connection.error().message;
  } else {
    // An engine without a server may notice when asked.
    const auto alive = (*connection)->probe(Deadline::after(std::chrono::seconds(10)));
    ASSERT_FALSE(alive);
    EXPECT_EQ(alive.error().code, ErrorCode::unavailable) << alive.error().message;
  }
  here().come_back();
  EXPECT_EQ(count_people(*connect()), 3);
}

TEST_P(ContractTest, ParametersAndColumnsOfOneExecutionAreNotTheNexts) {
  const auto connection = connect();
  const Prepared by_id = prepare({language().rows_equal("people", "id"), {"p1"}});
  const Prepared by_name = prepare({language().rows_equal("people", "name"), {"Grace"}});
  for (const Prepared* prepared : {&by_id, &by_name, &by_id}) {
    auto reader = connection->execute(prepared->execution());
    ASSERT_TRUE(reader) << reader.error().message;
    const auto batch = (*reader)->next();
    ASSERT_TRUE(batch) << batch.error().message;
    ASSERT_TRUE(*batch);
    EXPECT_EQ((*batch)->row(0)["id"].as<std::string_view>(), prepared == &by_name ? "p2" : "p1");
  }
}

PENSTOCK_CONFORMANCE_SUITE(ContractTest);

}  // namespace
}  // namespace penstock::conformance
