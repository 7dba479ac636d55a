// Drivers that throw, or answer what their contract forbids: an `internal` error that names the datasource.
#include <functional>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manager_fixture.hpp"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using testing::numbers;

class ManagerDrivers : public Manager {
 protected:
  static void boom() { throw std::runtime_error("boom"); }
  void expect_internal(const QueryResult& result) {
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.code, ErrorCode::internal) << result.error;
    EXPECT_THAT(result.error, HasSubstr("'bank'"));
  }
  void expect_load_refused() {
    folder_ = std::make_unique<testing::ConfigurationFolder>(
        "datasources: {bank: {type: scripted, databases: [customer_db]}}");
    const auto manager = DataSourceManager::load(folder_->path(), testing::scripted_options(script_));
    ASSERT_FALSE(manager);
    EXPECT_EQ(manager.error().code, ErrorCode::internal);
    EXPECT_THAT(manager.error().message, HasSubstr("bank"));
  }
};

TEST_F(ManagerDrivers, AnalysisThatThrows) {
  load();
  script_->analyze = [](const AnalysisRequest&) -> Result<Analysis> { throw std::runtime_error("boom"); };
  expect_internal(run());
}

TEST_F(ManagerDrivers, ExecutionThatThrowsLosesItsConnection) {
  load();
  script_->execute = [](const Execution&) -> Result<std::vector<RecordBatch>> { throw 7; };
  expect_internal(run());
  EXPECT_EQ(script_->open_connections, 0);
}

TEST_F(ManagerDrivers, RowsThatThrowLoseTheirConnection) {
  load();
  answer({numbers(1, 1)});
  script_->on_next = boom;
  expect_internal(run());
  EXPECT_EQ(script_->open_readers, 0);
  EXPECT_EQ(script_->open_connections, 0);
  script_->on_next = nullptr;
  EXPECT_TRUE(run().success);
}

TEST_F(ManagerDrivers, IntrospectionThatThrowsLosesItsConnection) {
  load();
  script_->on_introspect = boom;
  const auto schema = manager_->schema("customer_db");
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().code, ErrorCode::internal);
  EXPECT_THAT(schema.error().message, HasSubstr("'bank'"));
  EXPECT_EQ(schema.error().server_message, "boom");
  EXPECT_EQ(script_->open_connections, 0);
}

TEST_F(ManagerDrivers, HealthThatThrowsIsReported) {
  load();
  for (std::function<void()>* hook : {&script_->on_probe, &script_->on_server_info}) {
    *hook = boom;
    const auto reports = manager_->health();
    *hook = nullptr;
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_EQ(reports[0].state, DataSourceState::down);
    ASSERT_TRUE(reports[0].error);
    EXPECT_EQ(reports[0].error->code, ErrorCode::internal);
  }
}

TEST_F(ManagerDrivers, AFactoryThatThrowsOrMakesNothing) {
  script_->on_create = boom;
  expect_load_refused();
  script_->on_create = nullptr;
  script_->gives_no_source = true;
  expect_load_refused();
}

TEST_F(ManagerDrivers, NodesThatThrowOrAreNone) {
  script_->on_nodes = boom;
  expect_load_refused();
  script_->on_nodes = nullptr;
  script_->gives_no_nodes = true;
  expect_load_refused();
}

TEST_F(ManagerDrivers, NoReaderOrNoSchema) {
  load();
  answer({numbers(1, 1)});
  script_->gives_no_reader = true;
  expect_internal(run());
  script_->gives_no_reader = false;
  script_->gives_no_schema = true;
  expect_internal(run());
  EXPECT_EQ(script_->open_readers, 0);
}

TEST_F(ManagerDrivers, ABatchOfOtherColumnsThanItsReader) {
  load();
  BatchBuilder two(
      std::make_shared<const Schema>(std::vector<Field>{{"n", TypeId::int64}, {"m", TypeId::int64}}));
  two.column(0).append_int64(1);
  two.column(1).append_int64(1);
  answer({numbers(1, 1), two.finish()});
  expect_internal(run());
}

TEST_F(ManagerDrivers, AnEmptyBatchIsNotTheEnd) {
  load();
  answer({numbers(1, 2), numbers(3, 0), numbers(3, 1)});
  EXPECT_EQ(run().row_count, 3);
}

}  // namespace
}  // namespace penstock
