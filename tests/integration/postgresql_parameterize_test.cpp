// Texts whose literals run as parameters answer as they do without: the same rows, types and errors.
#include <algorithm>
#include <string>
#include <vector>

#include "integration/postgresql_site.hpp"

namespace penstock::test {
namespace {

class PostgresqlParameterize : public PostgresqlTest {
 protected:
  void SetUp() override {
    PostgresqlTest::SetUp();
    site().run(
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN code AS varchar(3) CHECK (VALUE <> 'bad');"
        "CREATE TABLE many (i2 smallint, i4 integer, i8 bigint, n numeric(10, 2), f4 real, f8 double "
        "precision, t text,"
        " v varchar(5), c char(5), name name, d date, ts timestamp, tz timestamptz, iv interval, b boolean, "
        "u uuid,"
        " j jsonb, js json, m mood, dom code, a integer[], by bytea, ip inet, mon money, bits bit(3), oid "
        "oid, r int4range);"
        "INSERT INTO many VALUES (1, 1, 1, 1.00, 1, 1, '1', 'a', 'a', 'a', '2024-01-01', '2024-01-01', "
        "'2024-01-01',"
        " '1 day', true, '00000000-0000-0000-0000-000000000001', '{\"a\": 1}', '{}', 'ok', 'abc', '{1,2}', "
        "'\\x01',"
        " '10.0.0.1', '$1.00', '101', 1, '[1,2)'), (2, 2, 2, 2.50, 2.5, 2.5, 'b', 'b', 'b', 'b', 'infinity',"
        " '-infinity', 'infinity', '2 hours', false, NULL, NULL, NULL, 'sad', NULL, NULL, NULL, NULL, NULL, "
        "NULL, 2, NULL)");
  }
  // What can be seen of a result, its columns' types included.
  static std::string seen(const QueryResult& result) {
    if (!result.success) {
      return std::string(to_string(*result.code)) + ": " + result.error + " [" + result.sqlstate + "] " +
             result.hint;
    }
    std::string text;
    for (const Field& field : result.schema->fields())
      text += field.name + ":" + field.native_type + " ";
    return text + "\n" + as_text(result);
  }
};

std::vector<std::string> comparisons() {
  std::vector<std::string> sqls;
  for (const char* column :
       {"i2", "i4", "i8", "n",  "f4", "f8",  "t", "v",  "c",  "name", "d",    "ts",  "tz", "iv",
        "b",  "u",  "j",  "js", "m",  "dom", "a", "by", "ip", "mon",  "bits", "oid", "r"}) {
    for (const char* literal : {"1", "100000", "5000000000", "'1'", "'a'", "'2024-01-01'", "'infinity'",
                                "'ok'", "'true'", "'{1,2}'", "'{\"a\": 1}'", "'\\x01'", "'nonsense'", "''"}) {
      sqls.push_back(std::string("SELECT i4, ") + column + " FROM many WHERE " + column + " = " + literal +
                     " ORDER BY i4");
    }
  }
  return sqls;
}

std::vector<std::string> statements() {
  return {
      "SELECT i4 = 1 FROM many ORDER BY i4",
      "SELECT i4 = 1 AS one, t = 'b' FROM many ORDER BY i4 = 1, i4",
      "SELECT i4 = 1, count(*) FROM many GROUP BY i4 = 1 ORDER BY 1",
      "SELECT i4 = 1, count(*) FROM many WHERE t <> 'zz' GROUP BY 1 HAVING count(*) >= 1 ORDER BY 1",
      "SELECT DISTINCT i4 > 1 FROM many ORDER BY i4 > 1",
      "SELECT i4 FROM many WHERE i4 = 1::text::integer",
      "SELECT i4 FROM many WHERE 1 = 1 AND 'a' = 'a' ORDER BY i4",
      "SELECT i4 FROM many WHERE i4 / 2 > 0 AND i4 % 2 = 0",
      "SELECT i4 FROM many WHERE (SELECT max(i8) FROM many x WHERE x.i4 <= 1) = 1 ORDER BY i4",
      "SELECT CASE WHEN i4 = 1 THEN 'one' WHEN t = 'b' THEN 'two' END FROM many ORDER BY i4",
      "WITH x AS (SELECT * FROM many WHERE i4 >= 2) SELECT t, x FROM x WHERE n < 3",
      "SELECT i4, sum(i4) OVER (ORDER BY i4 > 1) FROM many ORDER BY i4",
      "SELECT i4 FROM many WHERE lower(t) = 'b' COLLATE \"C\"",
      "SELECT i4 FROM many WHERE d > 'today' OR d <= '2024-01-01' ORDER BY i4",
      "SELECT i4 FROM many WHERE a[1] = 1 AND (a = '{1,2}') IS TRUE",
      "SELECT i4 FROM many WHERE j ->> 'a' = '1' AND (j -> 'a')::int = 1",
      "SELECT i4 FROM many WHERE ROW(i4, t) = ROW(1, '1')",
      "SELECT i4 FROM many LEFT JOIN people ON people.id = 1 AND people.name >= 'A' ORDER BY i4 LIMIT 1",
      "SELECT i4 FROM many WHERE i4 = 1 UNION ALL SELECT i4 FROM many WHERE i4 = 2 ORDER BY 1",
      "SELECT 10 / (i4 - 1) = 3 FROM many",
      "SELECT nothing FROM many WHERE i4 = 1",
      "SELECT i4 FROM nowhere WHERE i4 = 1",
      "SELECT i4 FROM many WHERE i4 = 1 AND",
      "SELECT i4 FROM many WHERE upper(i4) = 'X'",
      "SELECT pg_sleep(i4) FROM many WHERE i4 = 1",
      "SELECT 1 = 1; SELECT 2 = 2",
      "DELETE FROM many WHERE i4 = 1",
      "EXPLAIN (COSTS OFF) SELECT i4 FROM many WHERE i4 = 1",
      "VALUES (1 = 1)",
      "TABLE many",
  };
}

TEST_F(PostgresqlParameterize, EveryTextAnswersAsItDoesWithout) {
  std::vector<std::string> sqls = comparisons();
  std::ranges::move(statements(), std::back_inserter(sqls));
  const auto without =
      site().manager({.connection = {{"auto_parameterize", "false"}, {"max_pool_size", "1"}}});
  std::size_t answered = 0;
  // Seven times, so that the server's plans for any value have their turn too.
  for (int round = 0; round < 7; ++round) {
    for (const std::string& sql : sqls) {
      const std::string expected = seen(without->execute_query(sql, "customer_db"));
      EXPECT_EQ(seen(query(sql)), expected) << sql;
      answered += static_cast<std::size_t>(expected.find(": ") == std::string::npos ||
                                           expected.find('\n') != expected.npos);
    }
  }
  EXPECT_GT(answered, 7 * 100U) << "most must succeed for this to say anything";
}

TEST_F(PostgresqlParameterize, TheServerPreparesOneStatementForAll) {
  site().run(
      "CREATE VIEW prepared AS SELECT count(*) AS n FROM pg_prepared_statements WHERE statement LIKE "
      "'%people WHERE%'");
  EXPECT_EQ(answer("SELECT name FROM people WHERE id = 1"), "Ada");
  EXPECT_EQ(answer("SELECT name FROM people WHERE id = 2"), "Grace");
  EXPECT_EQ(answer("SELECT name FROM people WHERE id = 3"), "Edsger");
  EXPECT_EQ(answer("SELECT n FROM prepared"), "1");
}

}  // namespace
}  // namespace penstock::test
