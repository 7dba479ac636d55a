// Limits on rows and bytes cut a result and say so, exactly.
#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class LimitsTest : public ConformanceTest {
 protected:
  static std::int64_t bytes_of(const Rows& rows) {
    std::int64_t bytes = 0;
    for (const RecordBatch& batch : rows.batches())
      bytes += batch.byte_size();
    return bytes;
  }
  void expect_rows(const QueryOptions& options, std::int64_t rows, bool truncated) {
    SCOPED_TRACE(rows);
    const QueryResult result = query(language().rows("people"), {}, options);
    ASSERT_TRUE(result.success) << result.error;
    EXPECT_EQ(result.row_count, rows);
    EXPECT_EQ(result.data.size(), rows);
    EXPECT_EQ(result.truncated, truncated);

    auto stream = manager().stream_query(language().rows("people"), "customer_db", {}, options);
    ASSERT_TRUE(stream) << stream.error().message;
    const Drained drained = drain(*stream);
    EXPECT_FALSE(drained.error);
    EXPECT_EQ(drained.rows, rows);
    EXPECT_EQ(stream->summary().row_count, rows);
    EXPECT_EQ(stream->summary().truncated, truncated);
  }
};

TEST_P(LimitsTest, OfRowsAreExact) {
  expect_rows({.max_rows = 4}, 3, false);
  expect_rows({.max_rows = 3}, 3, false);
  expect_rows({.max_rows = 2}, 2, true);
  expect_rows({.max_rows = 1}, 1, true);
}

TEST_P(LimitsTest, OfTheDatasourceHoldForEveryQuery) {
  configure({.datasource = {{"limits", "{max_rows: 2}"}}});
  expect_rows({}, 2, true);
}

TEST_P(LimitsTest, OfAQueryCanOnlyTightenTheDatasources) {
  configure({.datasource = {{"limits", "{max_rows: 2}"}}});
  expect_rows({.max_rows = 100}, 2, true);
  expect_rows({.max_rows = 1}, 1, true);
}

TEST_P(LimitsTest, OfRowsHoldWithinAndBetweenBatches) {
  constexpr std::int64_t kRows = 20'000;
  here().create_numbers("customer_db", "numbers", kRows, 20);
  for (const std::int64_t limit : {kRows - 1, kRows, kRows + 1, std::int64_t{4'096}, std::int64_t{10'001}}) {
    const QueryResult result = query(language().rows("numbers"), {}, {.max_rows = limit});
    ASSERT_TRUE(result.success) << result.error;
    EXPECT_EQ(result.row_count, std::min(limit, kRows));
    EXPECT_EQ(result.truncated, limit < kRows) << limit;
  }
}

TEST_P(LimitsTest, OfBytesAreExact) {
  here().create_numbers("customer_db", "numbers", 1'000, 100);
  const QueryResult whole = query(language().rows("numbers"));
  ASSERT_TRUE(whole.success) << whole.error;
  const std::int64_t bytes = bytes_of(whole.data);

  const QueryResult just = query(language().rows("numbers"), {}, {.max_bytes = bytes});
  ASSERT_TRUE(just.success) << just.error;
  EXPECT_EQ(just.row_count, 1'000);
  EXPECT_FALSE(just.truncated);

  const QueryResult cut = query(language().rows("numbers"), {}, {.max_bytes = bytes - 1});
  ASSERT_TRUE(cut.success) << cut.error;
  EXPECT_EQ(cut.row_count, 999);
  EXPECT_TRUE(cut.truncated);
  EXPECT_LT(bytes_of(cut.data), bytes);
}

TEST_P(LimitsTest, OfBytesHoldWithinAndBetweenBatches) {
  here().create_numbers("customer_db", "numbers", 50'000, 100);
  for (const std::int64_t limit : {100, 10'000, 1'500'000, 4'000'000}) {
    const QueryResult result = query(language().rows("numbers"), {}, {.max_bytes = limit});
    ASSERT_TRUE(result.success) << result.error;
    EXPECT_TRUE(result.truncated);
    EXPECT_LE(bytes_of(result.data), limit);
    // As much as fits: a row takes some 120 bytes, and at most one is missing.
    EXPECT_GT(bytes_of(result.data), limit - 250);
  }
}

TEST_P(LimitsTest, ThatAreNegativeAreRefused) {
  for (const QueryOptions& options : {QueryOptions{.max_rows = -1}, QueryOptions{.max_bytes = -1}}) {
    const QueryResult result = query(language().rows("people"), {}, options);
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.code, ErrorCode::invalid_argument) << result.error;
  }
}

TEST_P(LimitsTest, CutResultLeavesTheConnectionFitForTheNext) {
  configure({.connection = {{"max_pool_size", "1"}, {"min_pool_size", "0"}}});
  here().create_numbers("customer_db", "numbers", 50'000, 100);
  for (int i = 0; i < 3; ++i) {
    const QueryResult cut = query(language().rows("numbers"), {}, {.max_rows = 5});
    ASSERT_TRUE(cut.success) << cut.error;
    EXPECT_TRUE(cut.truncated);
    EXPECT_EQ(people_lines(), kPeople);
  }
}

PENSTOCK_CONFORMANCE_SUITE(LimitsTest);

}  // namespace
}  // namespace penstock::conformance
