// Read-only access holds against every statement that an engine's quirks list.
#include <algorithm>
#include <array>
#include <filesystem>

#include <gtest/gtest.h>

#include "conformance/engine_and.hpp"

namespace penstock::conformance {
namespace {

class ReadOnlyTest : public EngineAndTest<Attack> {
 protected:
  ReadOnlyTest() : loot_(site().folder() / "loot") {
    std::filesystem::create_directory(loot_);
    here().create_table("accounts_db", people(engine(), "savings"));
    configure({.connection = {{"max_pool_size", "1"}, {"min_pool_size", "0"}}});
  }

  [[nodiscard]] std::string statement() const {
    constexpr std::string_view kFolder = "{folder}";
    std::string sql = item().sql;
    for (std::size_t at = sql.find(kFolder); at != sql.npos; at = sql.find(kFolder)) {
      sql.replace(at, kFolder.size(), loot_.string());
    }
    return sql;
  }
  // The codes that a refusal may have: anything that says "you may not", none that says "it broke".
  static bool is_refusal(std::optional<ErrorCode> code) {
    constexpr std::array kRefusals{
        ErrorCode::read_only,    ErrorCode::forbidden, ErrorCode::unsupported,   ErrorCode::invalid_argument,
        ErrorCode::syntax_error, ErrorCode::not_found, ErrorCode::limit_exceeded};
    return code && std::ranges::find(kRefusals, *code) != kRefusals.end();
  }
  // The attack through both doors; whatever is answered must be a refusal.
  void attack() {
    const QueryResult result = query(statement());
    EXPECT_FALSE(result.success);
    EXPECT_TRUE(is_refusal(result.code)) << result.error;
    EXPECT_FALSE(result.error.empty());
    auto stream = manager().stream_query(statement(), "customer_db");
    if (!stream) return;
    const Drained drained = drain(*stream);
    ASSERT_TRUE(drained.error) << "a stream of the attack came to its end";
    EXPECT_TRUE(is_refusal(drained.error->code)) << drained.error->message;
  }

  std::filesystem::path loot_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ReadOnlyTest);

// On a fresh connection, and on the same one once it has worked.
TEST_P(ReadOnlyTest, HoldsAgainst) {
  const std::string before = here().checksum();
  attack();
  EXPECT_EQ(here().checksum(), before);
  EXPECT_EQ(people_lines(), kPeople);
  attack();
  EXPECT_EQ(here().checksum(), before);
  EXPECT_TRUE(std::filesystem::is_empty(loot_));
  EXPECT_EQ(people_lines(), kPeople);
}

INSTANTIATE_TEST_SUITE_P(Engines, ReadOnlyTest, testing::ValuesIn(engines_and(&Quirks::attacks)),
                         EngineAndName());

}  // namespace
}  // namespace penstock::conformance
