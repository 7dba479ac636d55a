#include "manager/statement_memo.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace penstock {
namespace {

std::shared_ptr<const KnownStatement> statement(StatementKind kind) {
  return std::make_shared<const KnownStatement>(Analysis{.kind = kind});
}

TEST(StatementMemo, KeepsTheSameTextOfTwoDatabasesAndRolesApart) {
  StatementMemo cache;
  cache.insert({"a", "reader", "SELECT 1"}, statement(StatementKind::merge));
  cache.insert({"a", {}, "SELECT 1"}, statement(StatementKind::select));
  cache.insert({"b", {}, "SELECT 1"}, statement(StatementKind::other));
  EXPECT_EQ(cache.find({"a", {}, "SELECT 1"})->analysis.kind, StatementKind::select);
  EXPECT_EQ(cache.find({"b", {}, "SELECT 1"})->analysis.kind, StatementKind::other);
  EXPECT_EQ(cache.find({"a", "reader", "SELECT 1"})->analysis.kind, StatementKind::merge);
  EXPECT_EQ(cache.find({"a", "writer", "SELECT 1"}), nullptr);
  EXPECT_EQ(cache.find({"c", {}, "SELECT 1"}), nullptr);
}

TEST(StatementMemo, ForgetsTheLeastRecentlyUsed) {
  StatementMemo cache(16);  // one a shard
  for (int i = 0; i < 1'000; ++i)
    cache.insert({"a", {}, "SELECT " + std::to_string(i)}, statement(StatementKind::select));
  EXPECT_LE(cache.size(), 16U);
  EXPECT_NE(cache.find({"a", {}, "SELECT 999"}), nullptr);
}

TEST(StatementMemo, DoesNotKeepHugeTexts) {
  StatementMemo cache;
  const std::string sql(StatementMemo::kMaxTextBytes + 1, 'x');
  cache.insert({"a", {}, sql}, statement(StatementKind::select));
  EXPECT_EQ(cache.find({"a", {}, sql}), nullptr);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(StatementMemo, KeepsNoMoreTextThanItMay) {
  StatementMemo cache;
  constexpr std::size_t kTexts = 2 * StatementMemo::kMaxBytes / StatementMemo::kMaxTextBytes;
  for (std::size_t i = 0; i < kTexts; ++i) {
    std::string sql = std::to_string(i);
    sql.resize(StatementMemo::kMaxTextBytes, 'x');
    cache.insert({"a", {}, sql}, statement(StatementKind::select));
  }
  EXPECT_LE(cache.size() * StatementMemo::kMaxTextBytes, StatementMemo::kMaxBytes);
  EXPECT_GT(cache.size(), kTexts / 8);
}

TEST(StatementMemo, ServesManyThreads) {
  StatementMemo cache(64);
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, &wrong] {
      for (int i = 0; i < 5'000; ++i) {
        const std::string sql = std::to_string(i % 200);
        const auto kind = i % 200 < 100 ? StatementKind::select : StatementKind::other;
        if (const auto found = cache.find({"a", {}, sql})) {
          if (found->analysis.kind != kind) ++wrong;
        } else {
          cache.insert({"a", {}, sql}, statement(kind));
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace penstock
