#include "monitor/metrics.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "monitor/pool_samples.hpp"

namespace penstock::monitor {
namespace {

using std::chrono::microseconds;
using ::testing::HasSubstr;

QueryEvent event() {
  QueryEvent query;
  query.datasource = "bank";
  query.type = "postgresql";
  query.database = "customer_db";
  query.kind = StatementKind::select;
  query.duration = microseconds(700);
  query.rows = 3;
  return query;
}

TEST(MetricsTest, CountsOperationsByDatasourceOperationAndOutcome) {
  Metrics metrics;
  metrics.query_ended(event());
  metrics.query_ended(event());
  QueryEvent failed = event();
  failed.code = ErrorCode::timeout;
  failed.duration = microseconds(30'000'000);
  metrics.query_ended(failed);
  const std::string text = metrics.text();
  const std::string labels =
      R"(datasource="bank",db_operation_name="SELECT",db_system_name="postgresql",error_type=")";
  EXPECT_THAT(text, HasSubstr("# TYPE db_client_operation_duration_seconds histogram"));
  EXPECT_THAT(text, HasSubstr("db_client_operation_duration_seconds_count{" + labels + "\"} 2"));
  EXPECT_THAT(text,
              HasSubstr("db_client_operation_duration_seconds_bucket{" + labels + "\",le=\"0.0005\"} 0"));
  EXPECT_THAT(text,
              HasSubstr("db_client_operation_duration_seconds_bucket{" + labels + "\",le=\"0.001\"} 2"));
  EXPECT_THAT(text,
              HasSubstr("db_client_operation_duration_seconds_bucket{" + labels + "timeout\",le=\"10\"} 0"));
  EXPECT_THAT(text, HasSubstr("db_client_operation_duration_seconds_count{" + labels + "timeout\"} 1"));
  EXPECT_THAT(text, HasSubstr("penstock_rows_total 9"));
}

TEST(MetricsTest, KeepsRoutesToolsAndBatchesApart) {
  Metrics metrics;
  metrics.http_answered({"POST", "/v1/query", 200, microseconds(90)});
  metrics.http_answered({"POST", "/v1/query", 503, microseconds(90)});
  metrics.mcp_answered({"tools/call", "execute_query", "", microseconds(90)});
  metrics.queries_shared(5);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr(R"(http_server_request_duration_seconds_count{http_request_method="POST",)"
                              R"(http_response_status_code="503",http_route="/v1/query"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(mcp_server_operation_duration_seconds_count{error_type="",)"
                              R"(gen_ai_tool_name="execute_query",mcp_method_name="tools/call"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(penstock_batch_size_bucket{le="4"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(penstock_batch_size_bucket{le="8"} 1)"));
}

TEST(MetricsTest, ShowsTheNumbersOfPools) {
  DataSourceInfo bank;
  bank.name = "bank";
  bank.state = DataSourceState::up;
  PoolStatistics pool;
  pool.idle = 4;
  pool.leased = 2;
  pool.overloaded = 7;
  bank.pools.emplace_back("primary", pool);
  Metrics metrics;
  metrics.add_provider([&](std::vector<Sample>& samples) { append_pool_samples({bank}, samples); });
  const std::string text = metrics.text();
  EXPECT_THAT(text,
              HasSubstr(R"(db_client_connection_count{datasource="bank",node="primary",state="used"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(penstock_datasource_state{datasource="bank",state="up"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(penstock_datasource_state{datasource="bank",state="down"} 0)"));
  EXPECT_THAT(
      text,
      HasSubstr(R"(penstock_pool_refused_total{datasource="bank",node="primary",reason="overloaded"} 7)"));
  // One head a name, whatever number of samples it has.
  const auto first = text.find("# TYPE db_client_connection_count ");
  ASSERT_NE(first, text.npos);
  EXPECT_EQ(text.find("# TYPE db_client_connection_count ", first + 1), text.npos);
}

TEST(MetricsTest, NamesCannotBreakTheFormat) {
  QueryEvent odd = event();
  odd.datasource = "a\"b\nc\\";
  Metrics metrics;
  metrics.query_ended(odd);
  EXPECT_THAT(metrics.text(), HasSubstr(R"(datasource="a\"b\nc\\")"));
}

TEST(MetricsTest, ManyThreadsObserveAndScrape) {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 2'000; ++n)
          metrics.query_ended(event());
      });
    }
    for (int i = 0; i < 20; ++i)
      EXPECT_FALSE(metrics.text().empty());
  }
  EXPECT_THAT(metrics.text(), HasSubstr("error_type=\"\"} 8000"));
}

}  // namespace
}  // namespace penstock::monitor
