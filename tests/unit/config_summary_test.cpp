#include <gmock/gmock.h>

#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::string_view kDatasources = R"(datasources:
  bank: {type: postgresql, databases: [customer_db, loans_db]}
  market: {type: postgresql, databases: [rates_db]}
)";

std::vector<std::string> summary_mistakes(std::string_view summary) {
  ConfigFolder folder;
  folder.write("datasources.yaml", kDatasources).write("summary.yaml", summary);
  return mistakes(folder);
}

TEST(Summary, KeepsWhatItKnowsAndWhatItDoesNot) {
  ConfigFolder folder;
  folder.write("datasources.yaml", kDatasources).write("summary.yaml", R"(data_sources:
  - id: customer_db
    name: "Customers of ${BANK:the bank}"
    owner: Team "A"
    datasource: bank
    description: |
      Two
      lines, in $
    tags: [people, 5, "5", "${BANK}"]
    nested: {since: 2020-01-01, empty: , text: 'yes'}
    count: 5
  - {id: rates_db, datasource: market}
)");
  const auto loaded = load(folder);
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  ASSERT_EQ(loaded->summaries.size(), 2U);
  const DatabaseSummary& customers = loaded->summaries.at("customer_db");
  EXPECT_EQ(customers.id, "customer_db");
  EXPECT_EQ(customers.name, "Customers of the bank");
  EXPECT_EQ(customers.description, "Two\nlines, in $\n");
  EXPECT_THAT(
      customers.extra,
      ElementsAre(Pair("owner", "Team \"A\""), Pair("tags", R"([people, 5, "5", "${BANK}"])"),
                  Pair("nested", R"({since: 2020-01-01, empty: ~, text: "yes"})"), Pair("count", "5")));
  EXPECT_EQ(loaded->summaries.at("rates_db").name, "rates_db") << "the id, when there is no name";
}

TEST(Summary, MayBeAnEmptyList) {
  EXPECT_THAT(summary_mistakes("data_sources: []\n"), IsEmpty());
}

struct Case {
  std::string summary;
  std::vector<std::string> expected;
};

class SummaryMistakes : public ::testing::TestWithParam<Case> {};

TEST_P(SummaryMistakes, AreTold) {
  EXPECT_THAT(summary_mistakes(GetParam().summary), ::testing::ElementsAreArray(GetParam().expected));
}

const std::string kFile = "summary.yaml:";

INSTANTIATE_TEST_SUITE_P(
    All, SummaryMistakes,
    ::testing::Values(
        Case{"",
             {"summary.yaml: is empty: it holds the key `data_sources`; `penstock init` writes one to start "
              "from"}},
        Case{"datasources: []\n",
             {kFile + "1:1: unknown key `datasources`; did you mean `data_sources`?",
              kFile + "1:1: the key `data_sources` is missing"}},
        Case{"data_sources: {}\n",
             {kFile + "1:15: `data_sources` must be a list of logical databases, found a map"}},
        Case{"data_sources:\n",
             {kFile + "1:1: `data_sources` must be a list of logical databases, found nothing"}},
        Case{"data_sources: [customer_db]\n",
             {kFile +
              "1:16: an entry of `data_sources` must be a map with `id` and `datasource`, found a text"}},
        Case{"data_sources: [{}]\n",
             {kFile +
                  "1:16: an entry of `data_sources` needs `id`: the logical database that the entry is about",
              kFile + "1:16: an entry of `data_sources` needs `datasource`: the datasource of "
                      "datasources.yaml that "
                      "holds the logical database"}},
        Case{"data_sources: [{id: customer_db, datasource: bnak}]\n",
             {kFile + "1:46: `datasource` must be a datasource of datasources.yaml, found `bnak`; did you "
                      "mean `bank`?"}},
        Case{
            "data_sources: [{id: rates_db, datasource: bank}]\n",
            {kFile +
             "1:21: `id` must be one of the `databases` of the datasource `bank`, found `rates_db`; `market` "
             "lists it: is that the `datasource` you mean?"}},
        Case{"data_sources: [{id: customers_db, datasource: bank}]\n",
             {kFile +
              "1:21: `id` must be one of the `databases` of the datasource `bank`, found `customers_db`; did "
              "you mean `customer_db`?"}},
        Case{"data_sources:\n  - {id: loans_db, datasource: bank}\n  - {id: loans_db, datasource: bank}\n",
             {kFile + "3:10: `id` must be unique; the first of its kind is on line 2, found `loans_db`"}},
        Case{"data_sources: [{id: [x], datasource: bank, name: {a: b}}]\n",
             {kFile + "1:21: `id` must be a text, found a list",
              kFile + "1:50: `name` must be a text, found a map"}},
        Case{"data_sources: [{id: loans_db, datasource: bank, owner: a, owner: b}]\n",
             {kFile + "1:59: `owner` is given twice; the first is on line 1"}}));

TEST(SummaryMistakesOfOthers, DoNotRepeatThoseOfDatasources) {
  ConfigFolder folder;
  folder.write("summary.yaml", "data_sources: [{id: a_db, datasource: one}]\n");
  folder.write("datasources.yaml", "datasources: {one: {type: postgresql, databases: ['a/db']}}\n");
  EXPECT_EQ(mistakes(folder).size(), 1U) << "a list that could not be read lists nothing for certain";
  folder.write("datasources.yaml", "datasources: [\n");
  EXPECT_EQ(mistakes(folder).size(), 1U);
}

}  // namespace
}  // namespace penstock::config
