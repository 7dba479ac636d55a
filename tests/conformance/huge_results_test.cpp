// More rows than one would hold, wider rows than one would like, and values larger than allowed.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>

#include "conformance/conformance_test.hpp"
#include "conformance/resident_memory.hpp"

namespace penstock::conformance {
namespace {

constexpr std::int64_t kRows = 300'000;
constexpr int kWidth = 120;
constexpr std::int64_t kMebibyte = 1 << 20;

std::string eight_digits(std::int64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(8 - digits.size(), '0') + digits;
}

class HugeResultsTest : public ConformanceTest {
 protected:
  // What every batch of a large result must keep to, so that a stream of them is bounded.
  static void expect_bounded(const RecordBatch& batch) {
    EXPECT_GT(batch.num_rows(), 0);
    EXPECT_LE(batch.num_rows(), 100'000);
    EXPECT_LE(batch.byte_size(), 4 * kMebibyte);
  }
};

TEST_P(HugeResultsTest, StreamInOrderAndInBoundedMemory) {
  here().create_numbers("customer_db", "numbers", kRows, kWidth);
  ASSERT_EQ(people_lines(), kPeople);  // so that what a first query allocates is not counted
  reset_peak_memory();
  const std::int64_t before = resident_bytes("VmRSS");
  auto stream = manager().stream_query(language().rows("numbers"), "customer_db");
  ASSERT_TRUE(stream) << stream.error().message;
  std::int64_t expected = 0;
  while (true) {
    auto batch = stream->next();
    ASSERT_TRUE(batch) << batch.error().message;
    if (!*batch) break;
    expect_bounded(**batch);
    const auto rows = (*batch)->num_rows();
    ASSERT_EQ((*batch)->row(0)["n"].as<std::string_view>(), eight_digits(expected + 1));
    expected += rows;
    ASSERT_EQ((*batch)->row(rows - 1)["n"].as<std::string_view>(), eight_digits(expected));
    ASSERT_EQ((*batch)->row(rows - 1)["filling"].as<std::string_view>().size(), kWidth);
  }
  EXPECT_EQ(expected, kRows);
  EXPECT_EQ(stream->summary().row_count, kRows);
  EXPECT_FALSE(stream->summary().truncated);
  const std::int64_t grown = resident_bytes("VmHWM") - before;
  // The data alone is 38 MB.
  if (kMemoryCounts) {
    EXPECT_LT(grown, 16 * kMebibyte + quirks().scan_bytes);
  }
}

TEST_P(HugeResultsTest, AreMaterialisedWholeWhenAskedFor) {
  here().create_numbers("customer_db", "numbers", kRows, 10);
  const QueryResult result = query(language().rows("numbers"));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.row_count, kRows);
  EXPECT_EQ(result.data.size(), kRows);
  std::int64_t seen = 0;
  for (const Row row : result.data) {
    if (row["n"].as<std::string_view>() != eight_digits(++seen)) FAIL() << "row " << seen << " is another";
  }
  EXPECT_EQ(seen, kRows);
}

TEST_P(HugeResultsTest, WideRowsMakeSmallBatches) {
  here().create_numbers("customer_db", "wide", 64, kMebibyte / 4);
  auto stream = manager().stream_query(language().rows("wide"), "customer_db");
  ASSERT_TRUE(stream) << stream.error().message;
  std::int64_t rows = 0;
  std::int64_t batches = 0;
  while (true) {
    auto batch = stream->next();
    ASSERT_TRUE(batch) << batch.error().message;
    if (!*batch) break;
    expect_bounded(**batch);
    rows += (*batch)->num_rows();
    ++batches;
  }
  EXPECT_EQ(rows, 64);
  EXPECT_GE(batches, 4);
}

TEST_P(HugeResultsTest, ManyColumnsComeInTheirOrder) {
  std::vector<std::string> names;
  std::vector<Value> row;
  for (int i = 0; i < 200; ++i) {
    names.push_back("column_" + std::to_string(i));
    row.emplace_back("value " + std::to_string(i));
  }
  here().create_table("customer_db", text_table("many", names, {row}));
  const QueryResult result = query(language().rows("many"));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.columns, names);
  ASSERT_EQ(result.row_count, 1);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(result.data[0][i].as<std::string>(), "value " + std::to_string(i));
}

TEST_P(HugeResultsTest, AValueAtTheLimitPassesAndOneBeyondIsRefused) {
  configure({.datasource = {{"limits", "{max_value_bytes: 65536}"}}});
  here().create_numbers("customer_db", "at_limit", 3, 65'536);
  const QueryResult whole = query(language().rows("at_limit"));
  EXPECT_TRUE(whole.success) << whole.error;
  EXPECT_EQ(whole.row_count, 3);

  here().create_numbers("customer_db", "beyond", 3, 65'537);
  const QueryResult refused = query(language().rows("beyond"));
  EXPECT_FALSE(refused.success);
  EXPECT_EQ(refused.code, ErrorCode::limit_exceeded) << refused.error;
  EXPECT_EQ(people_lines(), kPeople);
}

// docs/operations.md, "Memory": what the streams of so many agents hold at most.
TEST_P(HugeResultsTest, OfThirtyTwoAgentsAtOnceStayWithinTheDocumentedBound) {
  constexpr int kAgents = 32;
  // Where memory does not count, the slowness of sanitizers does.
  constexpr std::int64_t kLargestRows = kMemoryCounts ? 4 : 1;
  configure(
      {.datasource = {{"limits", "{max_value_bytes: 1MiB}"}, {"statement_timeout", "60s"}},
       .connection = {
           {"max_pool_size", std::to_string(kAgents)}, {"min_pool_size", "0"}, {"acquire_timeout", "60s"}}});
  here().create_numbers("customer_db", "largest", kLargestRows, kMebibyte);
  ASSERT_EQ(people_lines(), kPeople);
  malloc_trim(0);
  reset_peak_memory();
  const std::int64_t before = resident_bytes("VmRSS");
  std::barrier all_have_a_batch(kAgents);
  std::atomic<std::int64_t> rows = 0;
  {
    std::vector<std::jthread> agents;
    for (int i = 0; i < kAgents; ++i) {
      agents.emplace_back([&] {
        auto stream = manager().stream_query(language().rows("largest"), "customer_db");
        auto batch = stream ? stream->next() : Result<std::optional<RecordBatch>>(std::nullopt);
        EXPECT_TRUE(stream && batch);
        all_have_a_batch.arrive_and_wait();
        while (batch && *batch) {
          rows += (*batch)->num_rows();
          batch = stream->next();
        }
        EXPECT_TRUE(batch);
      });
    }
  }
  EXPECT_EQ(rows, kAgents * kLargestRows);
  const std::int64_t row = kMebibyte;
  const std::int64_t replies = quirks().reply_copies * std::min(quirks().reply_bytes, kLargestRows * row);
  if (kMemoryCounts) {
    EXPECT_LT(resident_bytes("VmHWM") - before, kAgents * (2 * kMebibyte + 3 * row + replies));
  }
}

PENSTOCK_CONFORMANCE_SUITE(HugeResultsTest);

}  // namespace
}  // namespace penstock::conformance
