#include "core/nearest.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace penstock {
namespace {

struct Case {
  std::string_view wanted;
  std::vector<std::string> candidates;
  std::optional<std::string_view> expected;
};

class NearestName : public ::testing::TestWithParam<Case> {};

TEST_P(NearestName, IsFound) {
  EXPECT_EQ(nearest_name(GetParam().wanted, GetParam().candidates), GetParam().expected);
}

const std::vector<std::string> kKeys{"min_pool_size", "max_pool_size", "host", "port", "password", "user"};
const std::vector<std::string> kTypes{"postgresql", "mysql", "mongodb", "sqlite", "duckdb"};

INSTANTIATE_TEST_SUITE_P(Slips, NearestName,
                         ::testing::Values(Case{"hots", kKeys, "host"},                    // swapped
                                           Case{"pasword", kKeys, "password"},             // missing
                                           Case{"porrt", kKeys, "port"},                   // added
                                           Case{"max_pool_sise", kKeys, "max_pool_size"},  // wrong
                                           Case{"MIN_POOL_SIZE", kKeys, "min_pool_size"},  // case
                                           Case{"postgressql", kTypes, "postgresql"},
                                           Case{"postgers", kTypes, "postgresql"},
                                           Case{"sqllite", kTypes, "sqlite"},
                                           Case{"mongo", kTypes, "mongodb"},
                                           Case{"sqlite3", kTypes, "sqlite"}));

INSTANTIATE_TEST_SUITE_P(CutNames, NearestName,
                         ::testing::Values(Case{"max_pool", kKeys, "max_pool_size"},
                                           Case{"customer", {"accounts_db", "customer_db"}, "customer_db"},
                                           Case{"customer_db_production", {"customer_db"}, "customer_db"},
                                           Case{"ho", kKeys, std::nullopt}));

INSTANTIATE_TEST_SUITE_P(NothingNear, NearestName,
                         ::testing::Values(Case{"oracle", kTypes, std::nullopt},
                                           Case{"timeout", kKeys, std::nullopt},
                                           Case{"x", {"y"}, std::nullopt}, Case{"", kKeys, std::nullopt},
                                           Case{"host", {}, std::nullopt}, Case{"host", {""}, std::nullopt}));

INSTANTIATE_TEST_SUITE_P(
    Ranking, NearestName,
    ::testing::Values(Case{"loans", {"loans_database", "loan"}, "loan"},  // slip before cut
                      Case{"cat_db", {"cab_db", "car_db"}, "cab_db"},     // first of equals
                      Case{"max_rows", {"max_row_size", "max_row"}, "max_row"}));

TEST(NearestNameBounds, TextsTooLongToBeNamesAreNotCompared) {
  const std::string long_name(128, 'a');
  const std::vector<std::string> candidates{long_name, long_name + "a"};
  EXPECT_EQ(nearest_name(long_name, candidates), long_name);
  EXPECT_EQ(nearest_name(long_name + "a", candidates), std::nullopt);
}

TEST(NearestNameBounds, TheViewShowsTheCandidate) {
  const std::vector<std::string> candidates{"port", "host"};
  EXPECT_EQ(nearest_name("hosd", candidates)->data(), candidates[1].data());
}

}  // namespace
}  // namespace penstock
