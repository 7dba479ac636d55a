// Every type of PostgreSQL as it comes through: its type in a batch, and its value to the last digit.
#include "integration/postgresql_site.hpp"

namespace penstock::test {
namespace {

struct TypeCase {
  const char* expression;
  const char* type;
  const char* text;
};

class PostgresqlTypes : public PostgresqlTest {
 protected:
  void expect(const TypeCase& expected) {
    SCOPED_TRACE(expected.expression);
    const QueryResult result = query(std::string("SELECT ") + expected.expression + " AS v");
    ASSERT_TRUE(result.success) << result.error << " " << result.hint;
    ASSERT_EQ(result.row_count, 1);
    EXPECT_EQ(result.schema->field(0).type.name(), expected.type);
    EXPECT_EQ(result.data[0][0].to_text(), expected.text);
  }
};

constexpr TypeCase kNumbers[] = {
    {"true", "bool", "true"},
    {"NULL::bool", "bool", "NULL"},
    {"'-32768'::int2", "int64", "-32768"},
    {"'2147483647'::int4", "int64", "2147483647"},
    {"'-9223372036854775808'::int8", "int64", "-9223372036854775808"},
    {"'4294967295'::oid", "int64", "4294967295"},
    {"'18446744073709551615'::xid8", "uint64", "18446744073709551615"},
    {"'7'::xid", "int64", "7"},
    {"'3.4028235e38'::float4", "float32", "3.4028235e+38"},
    {"'NaN'::float4", "float32", "NaN"},
    {"'-Infinity'::float8", "float64", "-Infinity"},
    {"'5e-324'::float8", "float64", "5e-324"},
    {"0.1::float8 + 0.2::float8", "float64", "0.30000000000000004"},
    {"'-0'::float8", "float64", "-0.0"},
    {"0::numeric", "decimal", "0"},
    {"'-0.00'::numeric", "decimal", "0.00"},
    {"'NaN'::numeric", "decimal", "NaN"},
    {"'Infinity'::numeric", "decimal", "Infinity"},
    {"'-Infinity'::numeric", "decimal", "-Infinity"},
    {"12.50::numeric(10, 2)", "decimal", "12.50"},
    {"'0.000000000000000000001'::numeric", "decimal", "0.000000000000000000001"},
    {"'100000000000000000000000000000000000000.5'::numeric", "decimal",
     "100000000000000000000000000000000000000.5"},
    {"'-10000'::numeric", "decimal", "-10000"},
    {"'1e20'::numeric", "decimal", "100000000000000000000"},
    {"'0.00012'::numeric", "decimal", "0.00012"},
    {"'12.34'::money", "decimal", "12.34"},
    {"'-0.05'::money", "decimal", "-0.05"},
    {"'-92233720368547758.08'::money", "decimal", "-92233720368547758.08"},
};

TEST_F(PostgresqlTypes, Numbers) {
  for (const TypeCase& expected : kNumbers)
    expect(expected);
}

constexpr TypeCase kTexts[] = {
    {"'x'::text", "string", "x"},
    {"''::varchar(3)", "string", ""},
    {"'ab'::char(4)", "string", "ab  "},
    {"'name'::name", "string", "name"},
    {"'q'::\"char\"", "string", "q"},
    {"''::\"char\"", "string", ""},
    {"'unknown'", "string", "unknown"},
    {"'\\x00ff10'::bytea", "bytes", "\\x00ff10"},
    {"'<a/>'::xml", "string", "<a/>"},
    {"'{\"a\": 1}'::json", "json", "{\"a\": 1}"},
    {"'{\"b\":2,  \"a\":1}'::jsonb", "json", "{\"a\": 1, \"b\": 2}"},
    {"'00000000-0000-0000-0000-00000000000a'::uuid", "uuid", "00000000-0000-0000-0000-00000000000a"},
    {"B'10110'", "string", "10110"},
    {"''::varbit", "string", ""},
    {"'10.0.0.1'::inet", "string", "10.0.0.1"},
    {"'10.1.0.0/16'::cidr", "string", "10.1.0.0/16"},
    {"'10.1.2.3/8'::inet", "string", "10.1.2.3/8"},
    {"'2001:db8::1'::inet", "string", "2001:db8::1"},
    {"'08:00:2b:01:02:03'::macaddr", "string", "08:00:2b:01:02:03"},
    {"'08:00:2b:01:02:03:04:05'::macaddr8", "string", "08:00:2b:01:02:03:04:05"},
    {"'(3,7)'::tid", "string", "(3,7)"},
    {"'16/B374D848'::pg_lsn", "string", "16/B374D848"},
    {"'(1,2)'::point", "string", "(1,2)"},
    {"'((0,0),(1,1))'::box", "string", "(1,1),(0,0)"},
    {"'fat & rat'::tsquery", "string", "'fat' & 'rat'"},
    {"'a fat cat'::tsvector", "string", "'a' 'cat' 'fat'"},
    {"'[1,5)'::int4range", "string", "[1,5)"},
    {"'{[1,2),[4,5)}'::int4multirange", "string", "{[1,2),[4,5)}"},
    {"'$.a[*]'::jsonpath", "string", "$.\"a\"[*]"},
    {"(1, 'a b')", "string", "(1,\"a b\")"},
    {"'people'::regclass", "string", "people"},
    {"'int4'::regtype", "string", "integer"},
};

TEST_F(PostgresqlTypes, TextsAndWhatIsReadAsText) {
  for (const TypeCase& expected : kTexts)
    expect(expected);
}

constexpr TypeCase kTimes[] = {
    {"DATE '0001-01-01'", "date", "0001-01-01"},
    {"DATE '9999-12-31'", "date", "9999-12-31"},
    {"'infinity'::date", "date", "infinity"},
    {"'-infinity'::date", "date", "-infinity"},
    {"TIME '23:59:59.999999'", "time", "23:59:59.999999"},
    {"'12:00:00+05:30'::timetz", "string", "12:00:00+05:30"},
    {"'12:00:00-03'::timetz", "string", "12:00:00-03"},
    {"TIMESTAMP '2024-02-29 13:14:15.161718'", "timestamp", "2024-02-29 13:14:15.161718"},
    {"'infinity'::timestamp", "timestamp", "infinity"},
    {"'-infinity'::timestamptz", "timestamp_tz", "-infinity"},
    {"TIMESTAMPTZ '2024-02-29 13:14:15+02'", "timestamp_tz", "2024-02-29T11:14:15Z"},
    {"INTERVAL '1 year 2 months -3 days 04:05:06.7'", "interval", "P14M-3DT4H5M6.7S"},
    {"INTERVAL '0'", "interval", "PT0S"},
};

TEST_F(PostgresqlTypes, Times) {
  for (const TypeCase& expected : kTimes) {
    if (std::string_view(expected.type) != "interval") expect(expected);
  }
  // How intervals are written is the value's own affair.
  const QueryResult result = query("SELECT INTERVAL '1 year 2 months -3 days 04:05:06.7'");
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.data[0][0].as<Interval>(),
            (Interval{.months = 14, .days = -3, .nanoseconds = 14'706'700'000'000}));
}

constexpr TypeCase kLists[] = {
    {"ARRAY[1, NULL, 3]", "list<int64>", "{1,NULL,3}"},
    {"'{}'::text[]", "list<string>", "{}"},
    {"ARRAY['a', NULL, 'b \"c\"']", "list<string>", ""},
    {"ARRAY[1.50, 'NaN']::numeric[]", "list<decimal>", "{1.50,NaN}"},
    {"ARRAY['1.5'::money]", "list<decimal>", "{1.50}"},
    {"ARRAY[DATE '2024-01-02']", "list<date>", "{2024-01-02}"},
    {"ARRAY['[1,2)'::int4range]", "string", "{\"[1,2)\"}"},
    {"ARRAY[ARRAY[1, 2], ARRAY[3, 4]]", "json", ""},
    {"'[2:3]={7,8}'::int[]", "list<int64>", "{7,8}"},
    {"'1 2 3'::int2vector", "list<int64>", "{1,2,3}"},
};

TEST_F(PostgresqlTypes, Lists) {
  for (const TypeCase& expected : kLists) {
    SCOPED_TRACE(expected.expression);
    const QueryResult result = query(std::string("SELECT ") + expected.expression + " AS v");
    ASSERT_TRUE(result.success) << result.error;
    EXPECT_EQ(result.schema->field(0).type.name(), expected.type);
  }
  const QueryResult result = query("SELECT ARRAY[1, NULL, 3] AS v, ARRAY[ARRAY[1, 2], ARRAY[3, 4]] AS w");
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.data[0]["v"].as<Value>(), Value(Value::List{1, nullptr, 3}));
  EXPECT_EQ(result.data[0]["w"].to_text(), "[[1,2],[3,4]]");
}

constexpr TypeCase kNested[] = {
    {"ARRAY[[1, NULL], [3, 4]]", "json", "[[1,null],[3,4]]"},
    {"ARRAY[[[1], [2]], [[3], [4]]]", "json", "[[[1],[2]],[[3],[4]]]"},
    {"'[0:1][-1:0]={{a,\"b \\\"c\\\"\"},{NULL,\"NULL\"}}'::text[]", "json",
     R"([["a","b \"c\""],[null,"NULL"]])"},
    {"ARRAY[['1.50', 'NaN']]::numeric[]", "json", R"([[1.50,"NaN"]])"},
    {"ARRAY[[true, false]]", "json", "[[true,false]]"},
    {"ARRAY[['-Infinity', 0.5]]::float8[]", "json", R"([["-Infinity",0.5]])"},
    {"ARRAY[['2024-01-02'::date, 'infinity']]", "json", R"([["2024-01-02","infinity"]])"},
    {"ARRAY[['{\"a\": [1]}'::jsonb]]", "json", R"([[{"a": [1]}]])"},
    {"ARRAY[['\\x00ff'::bytea]]", "json", R"([["\\x00ff"]])"},
    {"ARRAY[[chr(10) || chr(1) || 'é']]", "json", "[[\"\\u000a\\u0001é\"]]"},
};

TEST_F(PostgresqlTypes, ArraysOfSeveralDimensionsAreJson) {
  for (const TypeCase& expected : kNested)
    expect(expected);
}

TEST_F(PostgresqlTypes, AColumnOfListsBecomesJsonWithTheFirstArrayOfSeveralDimensions) {
  site().run(
      "CREATE TABLE grids (id int, g int[]); INSERT INTO grids VALUES (1, '{1}'), (2, '{{1,2},{3,4}}'), "
      "(3, NULL), (4, '{}')");
  for (int round = 0; round < 2; ++round) {
    const QueryResult result = query("SELECT g FROM grids ORDER BY id");
    ASSERT_TRUE(result.success) << result.error;
    EXPECT_EQ(result.schema->field(0).type.name(), "json");
    EXPECT_EQ(result.schema->field(0).native_type, "integer[]");
    EXPECT_EQ(as_text(result), "[1]\n[[1,2],[3,4]]\nNULL\n[]");
  }
  EXPECT_EQ(connects(), 1U);
}

// When the first batch was handed out already, those after it are wider.
TEST_F(PostgresqlTypes, AColumnOfListsMayBecomeJsonInTheMiddleOfAResult) {
  site().run(
      "CREATE TABLE late (id int, g int[]); INSERT INTO late SELECT i, ARRAY[i] FROM generate_series(1, "
      "10000) i; INSERT INTO late VALUES (10001, '{{1},{2}}')");
  for (int round = 0; round < 2; ++round) {
    auto stream = manager().stream_query("SELECT g FROM late ORDER BY id", "customer_db");
    ASSERT_TRUE(stream) << stream.error().message;
    const SchemaPtr& announced = stream->schema();
    EXPECT_EQ(announced->field(0).type.name(), round == 0 ? "list<int64>" : "json");
    std::int64_t rows = 0;
    std::string last;
    for (;;) {
      const auto batch = stream->next();
      ASSERT_TRUE(batch) << batch.error().message;
      if (!*batch) break;
      rows += (*batch)->num_rows();
      last = (*batch)->row((*batch)->num_rows() - 1)[0].to_text();
    }
    EXPECT_EQ(rows, 10'001);
    EXPECT_EQ(last, "[[1],[2]]");
    EXPECT_EQ(announced->field(0).type.name(), round == 0 ? "list<int64>" : "json");
  }
  const QueryResult whole = query("SELECT g, 1 AS n FROM late ORDER BY id");
  ASSERT_TRUE(whole.success) << whole.error;
  EXPECT_EQ(whole.schema->field(0).type.name(), "json");
  EXPECT_EQ(whole.data[0]["g"].to_text(), "[1]");
  EXPECT_EQ(whole.data[10'000]["g"].to_text(), "[[1],[2]]");
}

TEST_F(PostgresqlTypes, OfItsUsersEnumsDomainsAndComposites) {
  site().run(
      "CREATE TYPE mood AS ENUM ('sad', 'ok, \"fine\"'); CREATE DOMAIN positive AS int CHECK (VALUE > 0); "
      "CREATE TYPE pair AS (a int, b text); "
      "CREATE TABLE typed (m mood, ms mood[], p positive, ps positive[], c pair, cs pair[], r mood); "
      "INSERT INTO typed VALUES ('sad', '{sad,NULL}', 7, '{1,2}', (1, 'x'), ARRAY[(2, 'y')::pair], NULL)");
  const QueryResult result = query("SELECT * FROM typed");
  ASSERT_TRUE(result.success) << result.error;
  std::vector<std::string> types;
  for (const Field& field : result.schema->fields())
    types.push_back(field.type.name());
  EXPECT_EQ(types, (std::vector<std::string>{"string", "list<string>", "int64", "list<int64>", "string",
                                             "string", "string"}));
  EXPECT_EQ(result.data[0]["m"].as<std::string>(), "sad");
  EXPECT_EQ(result.data[0]["ms"].as<Value>(), Value(Value::List{"sad", nullptr}));
  EXPECT_EQ(result.data[0]["ps"].as<Value>(), Value(Value::List{1, 2}));
  EXPECT_EQ(result.data[0]["c"].as<std::string>(), "(1,x)");
  EXPECT_EQ(result.data[0]["cs"].as<std::string>(), "{\"(2,y)\"}");
}

// As introspection says it, which asks format_type(); and of an expression too.
TEST_F(PostgresqlTypes, AreNamedAsTheServerNamesThem) {
  site().run(R"(
    CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN code AS varchar(5);
    CREATE TABLE every (
      a bool, b bytea, c "char", d name, e bigint, f smallint, g integer, h text, i oid, j tid, k xid, l cid,
      m json, n xml, o real, p double precision, q money, r macaddr, s macaddr8, t inet, u cidr, v char(3),
      w varchar(50), x date, y time(3), z timestamp, aa timestamp(0), ab timestamptz, ac timestamptz(6), ad interval,
      ae timetz(2), af bit(8), ag varbit(9), ah numeric, ai numeric(10,2), aj numeric(5,-2), ak uuid, al pg_lsn,
      am jsonb, an xid8, ao int[], ap varchar(7)[], aq numeric(4,1)[], ar timestamptz(1)[], at mood, au mood[],
      aw int4range, ax point, ay varchar, az bpchar, ba text[]))");
  const auto schema = manager().schema("customer_db", "every");
  ASSERT_TRUE(schema) << schema.error().message;
  const auto& columns = schema->tables.front().columns;
  const QueryResult result = query("SELECT * FROM every");
  ASSERT_TRUE(result.success) << result.error;
  ASSERT_EQ(result.schema->size(), columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i)
    EXPECT_EQ(result.schema->field(i).native_type, columns[i].native_type) << columns[i].name;
  EXPECT_EQ(query("SELECT 1 + 1").schema->field(0).native_type, "integer");
  // Of a domain's values the server only says what they are made of.
  EXPECT_EQ(query("SELECT 'a'::code").schema->field(0).native_type, "character varying(5)");
}

TEST_F(PostgresqlTypes, WhatABatchCannotHoldIsAnErrorThatNamesTheColumn) {
  for (const char* sql : {"SELECT INTERVAL '300 years' * 0 + INTERVAL '9000000 hours' AS far",
                          "SELECT TIMESTAMP '294276-12-31 23:59:59.999999' AS far"}) {
    const QueryResult result = query(sql);
    if (result.success) continue;  // it fits after all
    EXPECT_EQ(result.code, ErrorCode::invalid_data) << result.error;
    EXPECT_NE(result.error.find("far"), std::string::npos) << result.error;
  }
  const QueryResult overflow = query("SELECT INTERVAL '9000000 hours' AS far");
  EXPECT_EQ(overflow.code, ErrorCode::invalid_data) << overflow.error;
  EXPECT_NE(overflow.error.find("far"), std::string::npos) << overflow.error;
  EXPECT_EQ(answer("SELECT (INTERVAL '9000000 hours')::text"), "9000000:00:00");
}

TEST_F(PostgresqlTypes, TextThatIsNoneInADatabaseWithoutAnEncodingIsAnError) {
  site().cluster().run(
      "CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
  site().cluster().run(
      "CREATE SCHEMA customer_db; CREATE TABLE customer_db.t (v text); "
      "INSERT INTO customer_db.t VALUES (convert_from('\\x66ff6f', 'SQL_ASCII'))",
      "bytes");
  configure({.connection = {{"database", "bytes"}}});
  const QueryResult result = query("SELECT v FROM t");
  EXPECT_EQ(result.code, ErrorCode::invalid_data) << result.error;
  EXPECT_EQ(answer("SELECT v::bytea FROM t"), "\\x66ff6f");
}

}  // namespace
}  // namespace penstock::test
