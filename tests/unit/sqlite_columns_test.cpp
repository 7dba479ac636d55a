#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasources/sqlite/column_types.hpp"
#include "datasources/sqlite/definition.hpp"

namespace penstock::sqlite {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(SqliteColumns, MapsDeclaredTypes) {
  struct Case {
    std::string_view declared;
    Mapping mapping;
  };
  for (const auto& [declared, mapping] : {
           Case{"", Mapping::by_value},
           Case{"INTEGER", Mapping::integer},
           Case{"unsigned big int", Mapping::integer},
           Case{"BIGINT(20)", Mapping::integer},
           Case{"VARCHAR(50)", Mapping::text},
           Case{"NATIVE CHARACTER(70)", Mapping::text},
           Case{"clob", Mapping::text},
           Case{"BLOB", Mapping::blob},
           Case{"DOUBLE PRECISION", Mapping::real},
           Case{"float", Mapping::real},
           Case{"DECIMAL(10,2)", Mapping::number},
           Case{"Numeric", Mapping::number},
           Case{"BOOLEAN", Mapping::boolean},
           Case{"bool", Mapping::boolean},
           Case{"DATE", Mapping::date},
           Case{"DATETIME", Mapping::timestamp},
           Case{"timestamp(6)", Mapping::timestamp},
           Case{"TIME", Mapping::time},
           Case{"JSON", Mapping::json},
           Case{"UUID", Mapping::uuid},
           Case{"ANY", Mapping::by_value},
           Case{"GEOGRAPHY", Mapping::by_value},
           Case{"TIMESTAMP WITH TIME ZONE", Mapping::by_value},
       }) {
    EXPECT_EQ(mapping_of(declared), mapping) << declared;
  }
}

TEST(SqliteDefinition, FindsTheCommentsOfATable) {
  const DefinitionComments comments = comments_of(
      "CREATE TABLE customers ( -- people and companies\n"
      "  -- one row each\n"
      "  id INTEGER PRIMARY KEY, -- the number on every letter\n"
      "  \"Full Name\" VARCHAR(50, 2) NOT NULL DEFAULT ('a, b -- c'), /* as on the passport */\n"
      "  -- this line is about nothing\n"
      "  kind TEXT CHECK (kind IN ('a', 'b')) -- 'a' or 'b'\n"
      ")");
  EXPECT_EQ(comments.table, "people and companies one row each");
  EXPECT_THAT(comments.columns,
              UnorderedElementsAre(Pair("id", "the number on every letter"),
                                   Pair("full name", "as on the passport"), Pair("kind", "'a' or 'b'")));
}

TEST(SqliteDefinition, FindsTheCommentOfAView) {
  EXPECT_EQ(comments_of("CREATE VIEW v AS -- who owes us\n SELECT 1 -- not this").table, "who owes us");
  EXPECT_EQ(comments_of("CREATE TABLE t(a, b)").table, "");
}

TEST(SqliteDefinition, CutsAnIndexIntoTerms) {
  const IndexDefinition index = index_definition(
      "CREATE UNIQUE INDEX \"i(\" ON t (lower(name), b DESC, coalesce(a, ')') ASC) WHERE kind = 'x' AND (a > "
      "1) ");
  EXPECT_THAT(index.terms, ElementsAre("lower(name)", "b", "coalesce(a, ')')"));
  EXPECT_EQ(index.predicate, "kind = 'x' AND (a > 1)");
  EXPECT_EQ(index_definition("CREATE INDEX i ON t(a)").predicate, "");
}

}  // namespace
}  // namespace penstock::sqlite
