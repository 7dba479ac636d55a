// Several logical databases: together in one datasource, apart in two.
#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class CrossDatabaseTest : public ConformanceTest {
 protected:
  CrossDatabaseTest() {
    here().create_table("accounts_db",
                        text_table("accounts", {"account", "id"}, {{"a1", "p1"}, {"a2", "p3"}}));
    site().there().create_table("loans_db", text_table("loans", {"loan", "id"}, {{"l1", "p1"}}));
  }
};

TEST_P(CrossDatabaseTest, DatabasesOfOneDatasourceAreValidTogether) {
  const DatabaseValidation validation = manager().validate_databases({"customer_db", "accounts_db"});
  EXPECT_TRUE(validation.valid) << validation.error;
  EXPECT_EQ(validation.datasource, "here");
}

TEST_P(CrossDatabaseTest, DatabasesOfTwoDatasourcesAreNot) {
  const DatabaseValidation validation = manager().validate_databases({"customer_db", "loans_db"});
  EXPECT_FALSE(validation.valid);
  EXPECT_EQ(validation.code, ErrorCode::cross_datasource);
  EXPECT_TRUE(validation.error.starts_with("Cannot query across different datasources")) << validation.error;
  for (const char* word : {"customer_db", "here", "loans_db", "there"}) {
    EXPECT_NE(validation.error.find(word), std::string::npos) << validation.error;
  }
}

TEST_P(CrossDatabaseTest, TableOfAnotherDatabaseIsReachedByItsName) {
  const QueryResult result = query(language().rows("accounts", "accounts_db"));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(lines(result.data), (std::vector<std::string>{"a1|p1", "a2|p3"}));
}

TEST_P(CrossDatabaseTest, OwnDatabaseMayBeNamedToo) {
  const QueryResult result = query(language().rows("people", "customer_db"));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.row_count, 3);
}

TEST_P(CrossDatabaseTest, UnqualifiedNameNeverReachesAnotherDatabase) {
  const QueryResult result = query(language().rows("accounts"));
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.code, ErrorCode::not_found) << result.error;
  // Nor after another query on the same session has used that database.
  ASSERT_TRUE(query(language().rows("accounts", "accounts_db")).success);
  EXPECT_EQ(query(language().rows("accounts")).code, ErrorCode::not_found);
}

TEST_P(CrossDatabaseTest, EachDatabaseHasItsOwnTableOfAName) {
  here().create_table("accounts_db", text_table("people", {"id", "name", "city"}, {{"x", "Other", nullptr}}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(people_lines(), kPeople);
    const QueryResult other = query(language().rows("people"), {}, {}, "accounts_db");
    ASSERT_TRUE(other.success) << other.error;
    EXPECT_EQ(lines(other.data), std::vector<std::string>{"x|Other|NULL"});
    const QueryResult named = query(language().rows("people", "accounts_db"));
    ASSERT_TRUE(named.success) << named.error;
    EXPECT_EQ(lines(named.data), std::vector<std::string>{"x|Other|NULL"});
  }
}

TEST_P(CrossDatabaseTest, JoinsWithinADatasource) {
  PENSTOCK_NEEDS(Feature::joins);
  const QueryResult result = query(language().join("people", "accounts_db", "accounts", "id"));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(lines(result.data), (std::vector<std::string>{"p1|Ada|London|a1|p1", "p3|Edsger|NULL|a2|p3"}));
  EXPECT_EQ(result.columns, (std::vector<std::string>{"id", "name", "city", "account", "id_2"}));
}

TEST_P(CrossDatabaseTest, RefusesAcrossDatasources) {
  const QueryResult result = query(language().rows("loans", "loans_db"));
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.code, ErrorCode::cross_datasource) << result.error;
  EXPECT_TRUE(result.error.starts_with("Cannot query across different datasources")) << result.error;
  EXPECT_EQ(query(language().rows("loans"), {}, {}, "loans_db").row_count, 1);
}

TEST_P(CrossDatabaseTest, RefusesAJoinAcrossDatasources) {
  PENSTOCK_NEEDS(Feature::joins);
  const QueryResult result = query(language().join("people", "loans_db", "loans", "id"));
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.code, ErrorCode::cross_datasource) << result.error;
}

TEST_P(CrossDatabaseTest, DatabaseThatDoesNotExistIsRefused) {
  const QueryResult result = query(language().rows("people", "nowhere_db"));
  EXPECT_FALSE(result.success);
  EXPECT_TRUE(result.code == ErrorCode::not_found || result.code == ErrorCode::forbidden) << result.error;
}

TEST_P(CrossDatabaseTest, DatabaseThatExistsAndIsNotMappedIsRefused) {
  here().create_table("payroll_db", text_table("salaries", {"id", "salary"}, {{"p1", "9000"}}));
  const QueryResult result = query(language().rows("salaries", "payroll_db"));
  EXPECT_FALSE(result.success);
  EXPECT_TRUE(result.code == ErrorCode::not_found || result.code == ErrorCode::forbidden) << result.error;
}

TEST_P(CrossDatabaseTest, ADatabaseMayHaveAnotherNameInTheEngine) {
  here().create_table("payroll_db", text_table("salaries", {"id", "salary"}, {{"p1", "9000"}}));
  configure({.databases = "[customer_db, {name: wages_db, schema: payroll_db}]"});
  const QueryResult own = query(language().rows("salaries"), {}, {}, "wages_db");
  EXPECT_EQ(own.row_count, 1) << own.error;
  const auto& [right, wrong] = quirks().qualified_by_physical_names ? std::pair("payroll_db", "wages_db")
                                                                    : std::pair("wages_db", "payroll_db");
  const QueryResult named = query(language().rows("salaries", right));
  EXPECT_EQ(named.row_count, 1) << named.error;
  EXPECT_FALSE(query(language().rows("salaries", wrong)).success);
  const auto schema = manager().schema("wages_db");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->tables.size(), 1U);
}

PENSTOCK_CONFORMANCE_SUITE(CrossDatabaseTest);

}  // namespace
}  // namespace penstock::conformance
