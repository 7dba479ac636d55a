// A datasource that goes away is reported, harms no other, and is used again when it is back.
#include <algorithm>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class ReconnectTest : public ConformanceTest {
 protected:
  ReconnectTest() { site().there().create_table("loans_db", text_table("loans", {"loan"}, {{"l1"}})); }

  [[nodiscard]] bool answers() { return query(language().rows("people")).success; }
  [[nodiscard]] DataSourceState health_of(std::string_view datasource) {
    const auto reports = manager().health();
    const auto report = std::ranges::find(reports, datasource, &HealthReport::datasource);
    return report == reports.end() ? DataSourceState::unknown : report->state;
  }
  void expect_unavailable(const QueryResult& result) {
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.code, ErrorCode::unavailable) << result.error;
    EXPECT_FALSE(result.error.empty());
  }
};

TEST_P(ReconnectTest, AManagerStartsWithoutItsDatasource) {
  here().go_away();
  expect_unavailable(query(language().rows("people")));
  EXPECT_EQ(query(language().rows("loans"), {}, {}, "loans_db").row_count, 1)
      << "the other datasource must serve";
  here().come_back();
  EXPECT_TRUE(wait_until([&] { return answers(); }));
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(ReconnectTest, ConnectionsThatWereOpenAreReplaced) {
  ASSERT_EQ(people_lines(), kPeople);
  here().go_away();
  // An engine of files may need a moment to notice; then it must say so each time.
  EXPECT_TRUE(wait_until([&] { return !answers(); }));
  expect_unavailable(query(language().rows("people")));
  expect_unavailable(query(language().rows("people")));
  here().come_back();
  EXPECT_TRUE(wait_until([&] { return answers(); }));
  EXPECT_EQ(people_lines(), kPeople);
  EXPECT_EQ(pool().leased, 0);
}

TEST_P(ReconnectTest, HealthFollows) {
  EXPECT_EQ(health_of("here"), DataSourceState::up);
  here().go_away();
  EXPECT_TRUE(wait_until([&] { return health_of("here") == DataSourceState::down; }));
  EXPECT_EQ(health_of("there"), DataSourceState::up);
  here().come_back();
  EXPECT_TRUE(wait_until([&] { return health_of("here") == DataSourceState::up; }));
}

TEST_P(ReconnectTest, SchemaOfAnAbsentDatasourceIsUnavailable) {
  here().go_away();
  const auto schema = manager().schema("customer_db");
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().code, ErrorCode::unavailable) << schema.error().message;
  here().come_back();
  EXPECT_TRUE(wait_until([&] { return manager().schema("customer_db").has_value(); }));
}

TEST_P(ReconnectTest, HealthNamesTheProduct) {
  for (const HealthReport& report : manager().health()) {
    if (report.state != DataSourceState::up) continue;
    EXPECT_FALSE(report.server.product.empty());
    EXPECT_FALSE(report.server.version.empty());
    EXPECT_GE(report.latency.count(), 0);
  }
}

PENSTOCK_CONFORMANCE_SUITE(ReconnectTest);

}  // namespace
}  // namespace penstock::conformance
