#include <algorithm>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasources/postgresql/analysis.hpp"
#include "unit/postgresql_analysis_fixture.hpp"

namespace penstock::postgresql::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kReads[] = {
    "SELECT 1",
    "SELECT 1;",
    "  /* what */ SELECT 1 -- why\n",
    "select * from customers where id = $1 and name like $2 || '%'",
    "TABLE customers",
    "VALUES (1, 'a'), (2, NULL)",
    "SELECT count(*), sum(balance), avg(balance), percentile_cont(0.5) WITHIN GROUP (ORDER BY "
    "balance) FROM accounts",
    "SELECT mode() WITHIN GROUP (ORDER BY a), string_agg(DISTINCT b, ',' ORDER BY b) FILTER (WHERE c) "
    "FROM t",
    "SELECT rank() OVER w, lag(a, 1, 0) OVER (PARTITION BY b ORDER BY c DESC NULLS LAST) FROM t "
    "WINDOW w AS (ORDER BY a RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES)",
    "WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 100) SELECT sum(n) "
    "FROM r",
    "WITH RECURSIVE g AS (SELECT * FROM e UNION SELECT e.* FROM e, g WHERE e.a = g.b) SEARCH DEPTH "
    "FIRST BY a SET "
    "o CYCLE a SET c USING p SELECT * FROM g",
    "WITH a AS MATERIALIZED (SELECT 1 AS x), b AS NOT MATERIALIZED (SELECT x FROM a) SELECT * FROM b "
    "JOIN a USING (x)",
    "SELECT * FROM generate_series(1, 10) WITH ORDINALITY AS g(n, o)",
    "SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY['a', 'b'])) AS t(n, s)",
    "SELECT * FROM json_to_record('{}') AS x(a int, b text)",
    "SELECT doc->'a'->>'b', doc #> '{a,b}', doc @> '{\"a\": 1}', doc ? 'a', doc @? '$.a', doc - 'a' "
    "FROM t",
    "SELECT jsonb_path_query(doc, '$.a[*] ? (@ > $x)', '{\"x\": 1}') FROM t",
    "SELECT * FROM customers c, LATERAL (SELECT * FROM accounts a WHERE a.owner = c.id LIMIT 3) x",
    "SELECT a, b, grouping(a, b), count(*) FROM t GROUP BY GROUPING SETS ((a, b), (a), ()), ROLLUP "
    "(c), CUBE (d)",
    "SELECT * FROM t TABLESAMPLE BERNOULLI (1) REPEATABLE (42)",
    "SELECT ARRAY[1, 2] || 3, (ARRAY[1, 2])[1:2], array_length(a, 1), 1 = ANY (a), 2 > ALL (SELECT b "
    "FROM u) FROM t",
    "SELECT '2024-01-01'::date + interval '1 day', now() AT TIME ZONE 'Europe/Berlin', CAST('1' AS "
    "numeric(10, 2))",
    "SELECT EXTRACT(year FROM d), date_trunc('month', d), to_char(d, 'YYYY'), age(d), (d, d) OVERLAPS "
    "(d, d) "
    "FROM t",
    "SELECT (a, b) = (1, 2), ROW(1, 'x') IS DISTINCT FROM ROW(2, 'y'), (a, b) < (SELECT 1, 2) FROM t",
    "SELECT a IS TRUE, b IS NOT NULL, c ISNULL, d IS NOT UNKNOWN, e BETWEEN SYMMETRIC 1 AND 2 FROM t",
    "SELECT CASE WHEN a > 1 THEN 'x' ELSE 'y' END, COALESCE(a, b), NULLIF(a, b), GREATEST(a, b), "
    "LEAST(a, b) FROM t",
    "SELECT substring('abc' FROM 2 FOR 1), position('a' IN 'b'), trim(BOTH ' ' FROM a), overlay(a "
    "PLACING 'x' FROM 1) FROM t",
    "SELECT a LIKE 'x!%' ESCAPE '!', a ILIKE 'b', a SIMILAR TO 'c', a ~* 'd', regexp_replace(a, 'e', "
    "'f', 'g') FROM t",
    "SELECT * FROM xmltable('/r' PASSING doc COLUMNS a int PATH 'a', b text DEFAULT 'x', n FOR "
    "ORDINALITY) FROM_ WHERE true",
    "SELECT xmlelement(name a, xmlattributes(b AS c), xmlforest(d)), xmlagg(e), xpath('/a', f), "
    "xmlparse(content '<a/>') FROM t",
    "SELECT current_user, session_user, current_date, localtimestamp, current_catalog, current_schema",
    "SELECT random(), gen_random_uuid(), clock_timestamp(), version(), pg_typeof(1), "
    "current_database()",
    "SELECT date('2024-02-29'), uuid('a'), jsonb('{}'), int4('1'), inet('::1'), text(1)",
    "SELECT * FROM a NATURAL LEFT JOIN b CROSS JOIN c FULL JOIN d ON a.x = d.x RIGHT JOIN e USING (x) "
    "AS j",
    "SELECT DISTINCT ON (a) * FROM t ORDER BY a USING <, b COLLATE \"C\" DESC LIMIT 10 OFFSET 5",
    "SELECT * FROM t ORDER BY a FETCH FIRST 3 ROWS WITH TIES",
    "(SELECT 1 UNION SELECT 2) INTERSECT ALL SELECT 3 EXCEPT SELECT 4 ORDER BY 1",
    "SELECT (c).name, (c.address).city, c.*, (ARRAY[c])[1].name FROM customers c",
    "SELECT to_tsvector('english', a) @@ websearch_to_tsquery('b'), ts_rank(c, d), ts_headline(e, f) "
    "FROM t",
    "SELECT 1 OPERATOR(pg_catalog.+) 2",
    "SELECT pg_catalog.lower('A'), \"lower\"('B'), bank.pg_catalog.upper('c')",
    "SELECT concat(VARIADIC ARRAY['a', 'b']), make_interval(days => 3), format('%s', 1)",
    "SELECT int4range(1, 2) * int4range(2, 3), '[1,2]'::int4range @> 1, range_agg(r) FROM t",
    "EXPLAIN SELECT * FROM customers",
    "EXPLAIN (ANALYZE, BUFFERS, FORMAT json, VERBOSE false) SELECT * FROM customers",
    "SHOW server_version",
    "SHOW TIME ZONE",
    "SHOW TRANSACTION ISOLATION LEVEL",
    "SELECT current_setting('TimeZone'), current_setting('server_version_num', true)",
    "SELECT pg_size_pretty(pg_total_relation_size('customers'::regclass)), to_regclass('t'), "
    "'int4'::regtype",
    "SELECT * FROM information_schema.columns WHERE table_schema = current_schema()",
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, "
    "a.attnum), "
    "pg_get_expr(d.adbin, d.adrelid) FROM pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = "
    "c.oid "
    "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid WHERE c.relnamespace = 'x'::regnamespace AND "
    "pg_table_is_visible(c.oid)",
    "SELECT relname, n_live_tup FROM pg_stat_user_tables",
    "SELECT (information_schema._pg_expandarray(indkey)).n FROM pg_index",
    "SELECT \"weird Name\".\"a\"\"b\" FROM \"weird Name\" WHERE U&\"d\\0061ta\" = U&'\\0441'",
    "SELECT $tag$it's; DROP TABLE x$tag$, E'\\n', B'101', X'1F', N'n', 1e5, .5, 'a'\n'b'",
    "SELECT $$a$$ || 'COMMIT; DROP SCHEMA public' AS \"DELETE FROM x\"",
};

TEST(PostgresqlAnalysis, LetsReadsPass) {
  for (const std::string_view sql : kReads) {
    const auto analysis = analyze(sql);
    EXPECT_TRUE(analysis) << sql << "\n" << outcome(analysis);
    if (!analysis) continue;
    EXPECT_FALSE(analysis->may_write) << sql;
    EXPECT_FALSE(analysis->may_leave_state) << sql;
    EXPECT_TRUE(analysis->qualifiers_are_certain);
  }
}

constexpr std::string_view kExtensionReads[] = {
    "SELECT ST_Distance(a.geom, b.geom), ST_AsGeoJSON(ST_Transform(geom, 4326)) FROM a, b WHERE "
    "ST_DWithin(a.geom, "
    "b.geom::extensions.geography, 100) ORDER BY a.geom <-> b.geom",
    "SELECT extensions.st_makepoint(1, 2)::extensions.geometry(Point, 4326), ST_Collect(g), "
    "ST_AsMVT(t) FROM t",
    "SELECT srid FROM spatial_ref_sys UNION SELECT srid FROM extensions.geometry_columns",
    "SELECT similarity(a, 'b'), a % 'c', word_similarity('d', e) FROM t",
    "SELECT h -> 'a', akeys(h), hstore('a', 'b'), (each(h)).key FROM t",
    "SELECT digest('a', 'sha256'), crypt('p', gen_salt('bf')), encode(hmac('a', 'b', 'sha1'), 'hex')",
    "SELECT cosine_distance(a, b), a <=> b, l2_distance(a, '[1,2]') FROM t ORDER BY a <-> '[1,2]' "
    "LIMIT 5",
    "SELECT uuid_generate_v4(), unaccent('a'), levenshtein('a', 'b'), nlevel(p), subpath(p, 1) FROM t",
    "SELECT earth_distance(ll_to_earth(1, 2), ll_to_earth(3, 4)), idx(ARRAY[1], 1), cube(1), "
    "normal_rand(1, 2, 3)",
    "SELECT * FROM t TABLESAMPLE system_rows(10)",
    "SELECT a OPERATOR(extensions.<->) b FROM t",
};

TEST(PostgresqlAnalysis, LetsReviewedExtensionsPass) {
  for (const std::string_view sql : kExtensionReads) {
    const auto analysis = analyze(sql);
    EXPECT_TRUE(analysis) << sql << "\n" << outcome(analysis);
  }
}

TEST(PostgresqlAnalysis, ExtensionsNeedTheirSchemaConfigured) {
  Policy policy = bank_policy();
  policy.extension_schemas.clear();
  const Analyzer analyzer(policy);
  const auto analysis = analyzer.analyze({"SELECT st_distance(a, b) FROM t", "customer_db"});
  ASSERT_FALSE(analysis);
  EXPECT_EQ(analysis.error().code, ErrorCode::forbidden);
  EXPECT_THAT(analysis.error().message, HasSubstr("postgis"));
  EXPECT_THAT(analysis.error().hint, HasSubstr("extension_schemas"));
}

struct Doing {
  std::string_view sql;
  StatementKind kind;
};
using enum StatementKind;
constexpr Doing kDoings[] = {
    {"SELECT 1", select},
    {"VALUES (1)", select},
    {"SHOW timezone", select},
    {"EXPLAIN SELECT 1", explain},
    {"INSERT INTO t VALUES (DEFAULT, 1) ON CONFLICT (a COLLATE \"C\") DO UPDATE SET b = excluded.b "
     "RETURNING *",
     insert},
    {"WITH x AS (SELECT 1 AS a) UPDATE t SET (b, c) = (SELECT a, 2 FROM x) FROM u WHERE t.a = u.a", update},
    {"DELETE FROM t USING u WHERE t.a = u.a RETURNING t.*", remove},
    {"MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = 1 WHEN NOT MATCHED THEN "
     "INSERT VALUES (1)",
     merge},
    {"CREATE TABLE t (a bigserial PRIMARY KEY, b text NOT NULL DEFAULT 'x' CHECK (length(b) < 9), c "
     "int REFERENCES u (a), "
     "d int GENERATED ALWAYS AS (a * 2) STORED, EXCLUDE USING gist (e WITH &&)) PARTITION BY RANGE "
     "(a)",
     define},
    {"CREATE TABLE p PARTITION OF t FOR VALUES FROM (1) TO (MAXVALUE)", define},
    {"CREATE TABLE IF NOT EXISTS c (LIKE t INCLUDING ALL)", define},
    {"CREATE TABLE c AS SELECT * FROM t WITH NO DATA", define},
    {"ALTER TABLE t ADD COLUMN x int DEFAULT 0, DROP COLUMN y, ALTER z TYPE text USING z::text, ADD "
     "UNIQUE (x)",
     define},
    {"CREATE UNIQUE INDEX i ON t USING btree (lower(b) text_pattern_ops DESC) INCLUDE (c) WHERE d IS "
     "NULL",
     define},
    {"CREATE OR REPLACE VIEW v AS SELECT * FROM t", define},
    {"CREATE MATERIALIZED VIEW m AS SELECT * FROM t", define},
    {"REFRESH MATERIALIZED VIEW CONCURRENTLY m", define},
    {"DROP TABLE IF EXISTS a, accounts_db.b CASCADE", define},
    {"DROP INDEX i", define},
    {"DROP TYPE mood", define},
    {"ALTER TABLE t RENAME COLUMN a TO b", define},
    {"ALTER INDEX i RENAME TO j", define},
    {"ALTER TYPE mood RENAME TO feeling", define},
    {"COMMENT ON COLUMN customers.name IS 'full name'", define},
    {"COMMENT ON TABLE accounts_db.accounts IS NULL", define},
    {"CREATE SEQUENCE s INCREMENT 2 OWNED BY t.a", define},
    {"CREATE TYPE mood AS ENUM ('good', 'bad')", define},
    {"ALTER TYPE mood ADD VALUE 'so-so' AFTER 'good'", define},
    {"CREATE TYPE pair AS (a int, b text)", define},
    {"CREATE DOMAIN positive AS int CHECK (value > 0)", define},
    {"ALTER DOMAIN positive SET NOT NULL", define},
    {"TRUNCATE a, b RESTART IDENTITY", define},
    {"ANALYZE t (a)", other},
    {"CALL risk_score(1)", other},
};

TEST(PostgresqlAnalysis, SaysWhatTheStatementDoes) {
  for (const auto& [sql, kind] : kDoings) {
    const auto analysis = analyze(sql, Access::read_write);
    ASSERT_TRUE(analysis) << sql << "\n" << outcome(analysis);
    EXPECT_EQ(analysis->kind, kind) << sql;
    const bool reads = kind == select || kind == explain;
    EXPECT_EQ(analysis->may_write, !reads) << sql;
    EXPECT_EQ(analysis->may_leave_state, !reads) << sql;
  }
}

TEST(PostgresqlAnalysis, KnowsWritesThatDoNotLookLikeOne) {
  for (const std::string_view sql :
       {"WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", "SELECT * FROM t FOR UPDATE",
        "SELECT 1 INTO x", "EXPLAIN ANALYZE DELETE FROM t", "SELECT nextval('s')",
        "SELECT nextval('accounts_db.s'::regclass)", "SELECT risk_score(1)"}) {
    const auto analysis = analyze(sql, Access::read_write);
    ASSERT_TRUE(analysis) << sql << "\n" << outcome(analysis);
    EXPECT_TRUE(analysis->may_write) << sql;
  }
}

TEST(PostgresqlAnalysis, TranslatesSchemasToLogicalDatabases) {
  EXPECT_THAT(analyze("SELECT * FROM customers_v2.t, accounts_db.u, \"Odd\".v, accounts_db.w")->qualifiers,
              ElementsAre("customer_db", "accounts_db", "Odd db"));
  EXPECT_THAT(analyze("SELECT * FROM bank.accounts_db.t")->qualifiers, ElementsAre("accounts_db"));
  EXPECT_THAT(analyze("SELECT a.id, accounts_db.t.id FROM t a, accounts_db.t")->qualifiers,
              ElementsAre("accounts_db"));
  EXPECT_THAT(analyze("SELECT 1::accounts_db.kind, 'a' COLLATE accounts_db.c, 1 OPERATOR(accounts_db.+) 2")
                  ->qualifiers,
              ElementsAre("accounts_db"));
  EXPECT_THAT(analyze("SELECT * FROM pg_catalog.pg_class, information_schema.tables")->qualifiers, IsEmpty());
  // The manager knows no database of these names, and says so.
  EXPECT_THAT(analyze("SELECT * FROM public.t")->qualifiers, ElementsAre("public"));
  EXPECT_THAT(analyze("SELECT * FROM loans_db.t, odd.t")->qualifiers, ElementsAre("loans_db", "odd"));
  EXPECT_THAT(
      analyze("INSERT INTO accounts_db.t SELECT nextval('customers_v2.s')", Access::read_write)->qualifiers,
      ElementsAre("accounts_db", "customer_db"));
  EXPECT_THAT(analyze("COMMENT ON COLUMN accounts_db.t.c IS 'x'", Access::read_write)->qualifiers,
              ElementsAre("accounts_db"));
  EXPECT_THAT(analyze("DROP TYPE accounts_db.mood", Access::read_write)->qualifiers,
              ElementsAre("accounts_db"));
  EXPECT_THAT(analyze("CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME accounts_db.s))",
                      Access::read_write)
                  ->qualifiers,
              ElementsAre("accounts_db"));
  EXPECT_THAT(analyze("ALTER SEQUENCE s OWNED BY accounts_db.t.a", Access::read_write)->qualifiers,
              ElementsAre("accounts_db"));
  EXPECT_TRUE(analyze("ALTER SEQUENCE s OWNED BY NONE", Access::read_write));
}

TEST(PostgresqlAnalysis, RefusesSchemasThatOnlyLookLikeADatabase) {
  // Their names would be taken for logical databases, whose schemas they are not.
  for (const std::string_view sql : {"SELECT * FROM customer_db.t", "SELECT * FROM \"Customer_DB\".t",
                                     "SELECT * FROM \"ACCOUNTS_DB\".t", "SELECT 1::customer_db.kind"}) {
    const auto analysis = analyze(sql);
    ASSERT_FALSE(analysis) << sql;
    EXPECT_EQ(analysis.error().code, ErrorCode::forbidden);
  }
  EXPECT_THAT(analyze("SELECT * FROM customer_db.t").error().hint, HasSubstr("customers_v2"));
}

TEST(PostgresqlAnalysis, NamesWhatTheCatalogMustBeAskedAbout) {
  using enum CatalogName::Kind;
  const auto analysis = analyze(
      "WITH c AS (SELECT * FROM v) SELECT lower(t.name), (t.address).city, st_x(g) FROM t, accounts_db.u, c, "
      "pg_class "
      "WHERE pg_catalog.upper(a) = lower(b)");
  ASSERT_TRUE(analysis) << outcome(analysis);
  EXPECT_THAT(analysis->names,
              ::testing::UnorderedElementsAre(
                  CatalogName{relation, "", "v"}, CatalogName{relation, "", "t"},
                  CatalogName{relation, "accounts_db", "u"}, CatalogName{function, "", "lower"},
                  CatalogName{function, "", "st_x"}, CatalogName{field, "", "name"},
                  CatalogName{field, "", "city"}, CatalogName{field, "", "address"}));
}

TEST(PostgresqlAnalysis, CommonTableExpressionsAreNoRelationsWhereTheyAreVisible) {
  const auto relations = [](std::string_view sql) {
    std::vector<std::string> names;
    const auto analysis = analyze(sql, Access::read_write);
    if (!analysis) return std::vector<std::string>{outcome(analysis)};
    for (const CatalogName& name : analysis->names) {
      if (name.kind == CatalogName::Kind::relation) names.push_back(name.name);
    }
    std::ranges::sort(names);
    return names;
  };
  EXPECT_THAT(relations("WITH a AS (SELECT 1) SELECT * FROM a"), IsEmpty());
  EXPECT_THAT(relations("WITH a AS (SELECT * FROM a) SELECT * FROM a"), ElementsAre("a"));
  EXPECT_THAT(relations("WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT * FROM a) TABLE b"), IsEmpty());
  EXPECT_THAT(relations("WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) TABLE b"), ElementsAre("b"));
  EXPECT_THAT(relations("WITH a AS (SELECT 1) SELECT * FROM (SELECT * FROM a, b) x"), ElementsAre("b"));
  EXPECT_THAT(relations("SELECT * FROM (WITH a AS (SELECT 1) TABLE a) x, a"), ElementsAre("a"));
  EXPECT_THAT(relations("WITH a AS (SELECT 1) SELECT * FROM customers_v2.a"), ElementsAre("a"));
  EXPECT_THAT(relations("WITH t AS (SELECT 1) INSERT INTO t TABLE t"), ElementsAre("t"));
}

TEST(PostgresqlAnalysis, AllowsTheFunctionsThatTheOperatorNames) {
  for (const std::string_view sql : {"SELECT risk_score(id) FROM t", "SELECT customers_v2.risk_score(1)",
                                     "SELECT accounts_db.risk_score(1)", "SELECT accounts_db.open_balance(1)",
                                     "SELECT reporting.\"Total\"()"}) {
    const auto analysis = analyze(sql);
    ASSERT_TRUE(analysis) << sql << "\n" << outcome(analysis);
    EXPECT_TRUE(analysis->may_leave_state) << sql;
    EXPECT_FALSE(analysis->may_write) << sql;
  }
  EXPECT_TRUE(analyze("SELECT open_balance(1)", Access::read_only, "accounts_db"));
  for (const std::string_view sql :
       {"SELECT open_balance(1)", "SELECT customers_v2.open_balance(1)", "SELECT other.risk_score(1)",
        "SELECT pg_catalog.risk_score(1)", "SELECT reporting.total()", "SELECT \"Risk_Score\"(1)",
        "SELECT \"Total\"()"}) {
    const auto analysis = analyze(sql);
    ASSERT_FALSE(analysis) << sql;
    EXPECT_EQ(analysis.error().code, ErrorCode::forbidden) << sql;
  }
}

TEST(PostgresqlAnalysis, TheOperatorsWordOnFunctionsIsTheLast) {
  Policy policy = bank_policy();
  policy.allow_functions = {"pg_sleep"};
  const Analyzer analyzer(policy);
  EXPECT_TRUE(analyzer.analyze({"SELECT pg_sleep(1)", "customer_db"})->may_leave_state);
  EXPECT_FALSE(analyzer.analyze({"SELECT pg_sleep_for('1s')", "customer_db"}));
}

TEST(PostgresqlAnalysis, SuggestsTheNearestFunctionAndHowToAllowOne) {
  const auto analysis = analyze("SELECT uper(name) FROM customers");
  ASSERT_FALSE(analysis);
  EXPECT_THAT(analysis.error().message, HasSubstr("uper"));
  EXPECT_THAT(analysis.error().hint, HasSubstr("did you mean upper?"));
  EXPECT_THAT(analysis.error().hint, HasSubstr("'uper' to allow_functions"));
  EXPECT_THAT(analyze("SELECT * FROM pg_clas").error().hint, HasSubstr("pg_class"));
  EXPECT_THAT(analyze("SHOW timezon").error().hint, HasSubstr("timezone"));
}

TEST(PostgresqlAnalysis, SyntaxErrorsSayWhereAndWhatWasMeant) {
  struct Case {
    std::string_view sql;
    std::string_view place;
    std::string_view hint;
  };
  for (const Case& c :
       {Case{"SELEC 1", "line 1, column 1", "SELECT"},
        Case{"SELECT 'é'\nFORM t x y", "line 2, column 6", "FROM"},
        Case{"SELECT * FROM t WERE a = 1", "line 1, column 22", "WHERE"},
        Case{"SELECT `a` FROM t", "line 1, column 12", "quotes names with \""},
        Case{"SELECT [a] FROM t", "line 1, column 8", "[]"},
        Case{"SELECT a FROM t LIMIT 5, 10", "line 1, column 17", "OFFSET"},
        Case{"SELECT TOP 10 a FROM t", "line 1, column 12", "LIMIT"},
        Case{"DESCRIBE customers", "line 1, column 1", "information_schema"},
        Case{"USE customers", "line 1, column 1", "call"}, Case{"SELECT 'abc", "line 1, column 8", ""},
        Case{"/* never closed", "line 1, column 1", ""}, Case{"SELECT (1", "line 1, column 10", ""}}) {
    const auto analysis = analyze(c.sql);
    ASSERT_FALSE(analysis) << c.sql;
    EXPECT_EQ(analysis.error().code, ErrorCode::syntax_error) << c.sql;
    EXPECT_EQ(analysis.error().sqlstate, "42601");
    EXPECT_THAT(analysis.error().message, HasSubstr(std::string(c.place))) << c.sql;
    EXPECT_THAT(analysis.error().hint, HasSubstr(std::string(c.hint))) << c.sql;
  }
}

TEST(PostgresqlAnalysis, AMessageQuotesOnlyALittleOfTheStatement) {
  const auto analysis = analyze("SELECT '" + std::string(100'000, 'x'));
  ASSERT_FALSE(analysis);
  EXPECT_EQ(analysis.error().code, ErrorCode::syntax_error);
  EXPECT_LT(analysis.error().message.size(), 200U);
}

TEST(PostgresqlAnalysis, RefusesWhatIsNoStatement) {
  using namespace std::string_view_literals;
  for (const std::string_view sql :
       {""sv, "   \n"sv, ";"sv, ";;;"sv, "-- nothing"sv, "/* nothing */"sv, "SELECT 1\0; DROP TABLE t"sv,
        "\0"sv, "SELECT '\xff'"sv, "SELECT '\xc3'"sv, "SELECT '\xed\xa0\x80'"sv,
        "SELECT '\xc0\xa7; DROP TABLE t; --'"sv}) {
    const auto analysis = analyze(sql);
    ASSERT_FALSE(analysis) << sql;
    EXPECT_EQ(analysis.error().code, ErrorCode::invalid_argument) << sql << outcome(analysis);
  }
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i)
    all += text;
  return all;
}

// As deep as the bound lets them be, and far beyond it.
#ifdef PENSTOCK_SANITIZED_ADDRESS
constexpr std::size_t kDeep[] = {1'000, 100'000};  // its stacks on the heap cost the square of their depth
#else
constexpr std::size_t kDeep[] = {1'000, 4'990, 100'000};
#endif

TEST(PostgresqlAnalysis, SurvivesNestingBombs) {
  for (const std::size_t times : kDeep) {
    const std::vector<std::string> bombs{
        "SELECT 1" + repeated("+1", times),
        "SELECT " + repeated("(", times) + "1" + repeated(")", times),
        "SELECT " + repeated("- ", times) + "1",
        "SELECT " + repeated("NOT ", times) + "true",
        "SELECT a" + repeated("::int", times),
        "SELECT a" + repeated(" ISNULL", times * 2),
        "SELECT " + repeated("abs(", times) + "1" + repeated(")", times),
        repeated("SELECT (", times) + "SELECT 1" + repeated(")", times),
        "SELECT 1" + repeated(" UNION SELECT 1", times),
        "SELECT 1 FROM t" + repeated(" NATURAL JOIN t", times),
        "SELECT " + repeated("ARRAY[", times) + repeated("]", times),
        "SELECT " + repeated("CASE WHEN true THEN ", times) + "1" + repeated(" END", times),
        repeated("WITH a AS (", times) + "SELECT 1" + repeated(") SELECT 1", times),
        "SELECT '{}'" + repeated("->'a'", times),
        "SELECT a" + repeated("[1]", times),
        "SELECT (a)" + repeated(".b", times),
        "SELECT true" + repeated(" AND true", times),
        "SELECT * FROM " + repeated("(SELECT * FROM ", times) + "t" + repeated(") x", times),
        repeated("/*", times) + repeated("*/", times) + "SELECT 1",
        repeated("/*", times),
        "/*" + repeated("/**/", times) + "*/ SELECT 1",
        "SELECT 1" + repeated(" */*x/**/*/", times) + " 1",
        "SELECT '" + repeated("/*", times) + "'",
        "EXPLAIN " + repeated("(", times) + "SELECT 1" + repeated(")", times),
    };
    for (const std::string& bomb : bombs) {
      const auto analysis = analyze(bomb);
      if (!analysis) {
        const ErrorCode code = analysis.error().code;
        EXPECT_TRUE(code == ErrorCode::limit_exceeded || code == ErrorCode::syntax_error)
            << bomb.substr(0, 60) << " x " << times << ": " << outcome(analysis);
      }
    }
  }
  EXPECT_TRUE(analyze("SELECT 1")) << "the threads are fit after it";
  EXPECT_TRUE(analyze("SELECT 1 /* a /* b */ */" + repeated("/* c */", 1'000)));
}

TEST(PostgresqlAnalysis, TakesLongListsOfValues) {
  std::string sql = "SELECT * FROM t WHERE a IN (1" + repeated(", 2", 100'000) + ")";
  EXPECT_TRUE(analyze(sql)) << outcome(analyze(sql));
  sql = "SELECT * FROM t WHERE a = ANY (ARRAY['x'" + repeated(",'some text'", 50'000) + "])";
  EXPECT_TRUE(analyze(sql)) << outcome(analyze(sql));
  EXPECT_TRUE(analyze("SELECT '" + std::string(kMaxStatementBytes - 10, 'x') + "'"));
  const auto longer = analyze("SELECT '" + std::string(kMaxStatementBytes, 'x') + "'");
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, ErrorCode::limit_exceeded);
  // Not everything with commas is flat.
  const auto unions = analyze("SELECT 1, 2" + repeated(" UNION SELECT 1, 2", 5'000));
  ASSERT_FALSE(unions);
  EXPECT_EQ(unions.error().code, ErrorCode::limit_exceeded);
}

TEST(PostgresqlAnalysis, IsThreadSafeAndAlwaysOfTheSameOpinion) {
  const std::string_view sql = "SELECT lower(a) FROM accounts_db.t WHERE b > 1";
  const Analysis expected = *analyze(sql);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto analysis = analyze(i % 7 == 0 ? "SELECT pg_sleep(1)" : sql);
        const bool right = i % 7 == 0 ? !analysis : analysis && *analysis == expected;
        if (!right) ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_THAT(wrong, ::testing::Each(0));
}

}  // namespace
}  // namespace penstock::postgresql::test
