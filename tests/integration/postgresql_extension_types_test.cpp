// Types that are not built in: what extensions add, and what users make of others.
#include <string>
#include <vector>

#include "integration/postgresql_site.hpp"

namespace penstock::test {
namespace {

struct TypeCase {
  const char* expression;
  const char* type;
  const char* text;
  const char* native_type;
};

class PostgresqlExtensionTypes : public PostgresqlTest {
 protected:
  PostgresqlExtensionTypes() {
    keys_ = {.connection = {{"max_pool_size", "1"}, {"extension_schemas", "ext"}}};
  }
  void SetUp() override {
    PostgresqlTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    site().cluster().run("CREATE SCHEMA ext");
  }
  void create(const std::string& extension) {
    site().cluster().run("CREATE EXTENSION " + extension + " SCHEMA ext");
  }
  [[nodiscard]] bool available(const std::string& extension) {
    return site().cluster().value("SELECT count(*) FROM pg_available_extensions WHERE name = '" + extension +
                                  "'") == "1";
  }
  void expect(const TypeCase& expected) {
    SCOPED_TRACE(expected.expression);
    const QueryResult result = query(std::string("SELECT ") + expected.expression + " AS v");
    ASSERT_TRUE(result.success) << result.error << " " << result.hint;
    ASSERT_EQ(result.row_count, 1);
    EXPECT_EQ(result.schema->field(0).type.name(), expected.type);
    EXPECT_EQ(result.data[0][0].to_text(), expected.text);
    EXPECT_EQ(result.schema->field(0).native_type, expected.native_type);
  }
};

constexpr TypeCase kOfContribModules[] = {
    {"'a=>1, b=>NULL'::hstore", "string", "\"a\"=>\"1\", \"b\"=>NULL", "hstore"},
    {"ARRAY['a=>1'::hstore]", "string", "{\"\\\"a\\\"=>\\\"1\\\"\"}", "hstore[]"},
    {"'Top.Science.Astronomy'::ltree", "string", "Top.Science.Astronomy", "ltree"},
    {"'Top.*'::lquery", "string", "Top.*", "lquery"},
    {"'MiXed'::citext", "string", "MiXed", "citext"},
    {"ARRAY['MiXed'::citext]", "string", "{MiXed}", "citext[]"},
    {"'(1,2),(3,4)'::cube", "string", "(1, 2),(3, 4)", "cube"},
    {"'1 .. 2'::seg", "string", "1 .. 2", "seg"},
    {"'978-0-393-04002-9'::isbn13", "string", "978-0-393-04002-9", "isbn13"},
};

TEST_F(PostgresqlExtensionTypes, OfTheContribModulesAreText) {
  for (const char* extension : {"hstore", "ltree", "citext", "cube", "seg", "isn"})
    create(extension);
  for (const TypeCase& expected : kOfContribModules)
    expect(expected);
}

constexpr TypeCase kOfTheServer[] = {
    {"'[2024-01-01,2024-02-01)'::daterange", "string", "[2024-01-01,2024-02-01)", "daterange"},
    {"'(,)'::numrange", "string", "(,)", "numrange"},
    {"'empty'::int8range", "string", "empty", "int8range"},
    {"ARRAY['[1,2)'::int4range, NULL]", "string", "{\"[1,2)\",NULL}", "int4range[]"},
    {"'{[1,2),[4,5)}'::nummultirange", "string", "{[1,2),[4,5)}", "nummultirange"},
    {"'a:1A fat:2B,4C'::tsvector", "string", "'a':1A 'fat':2B,4C", "tsvector"},
    {"'<(1,2),3>'::circle", "string", "<(1,2),3>", "circle"},
    {"'[(0,0),(1,1)]'::path", "string", "[(0,0),(1,1)]", "path"},
    {"'people'::regclass", "string", "people", "regclass"},
};

TEST_F(PostgresqlExtensionTypes, WithoutABinaryFormThatMeansSomethingAreText) {
  for (const TypeCase& expected : kOfTheServer)
    expect(expected);
}

// Of a domain's values the server only says what they are made of; of arrays of domains it names the domain.
TEST_F(PostgresqlExtensionTypes, DomainsAreWhatTheyAreMadeOf) {
  create("hstore");
  site().run(R"(
    SET search_path = customer_db, ext;
    CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a int, b text[]);
    CREATE DOMAIN d_int AS int CHECK (VALUE > 0); CREATE DOMAIN d_int2 AS d_int; CREATE DOMAIN d_num AS numeric(10, 2);
    CREATE DOMAIN d_text AS varchar(5); CREATE DOMAIN d_when AS timestamptz; CREATE DOMAIN d_json AS jsonb;
    CREATE DOMAIN d_ints AS int[]; CREATE DOMAIN d_mood AS mood; CREATE DOMAIN d_moods AS mood[];
    CREATE DOMAIN d_pair AS pair; CREATE DOMAIN d_range AS int4range; CREATE DOMAIN d_hstore AS hstore;
    CREATE DOMAIN d_bytes AS bytea)");
  constexpr TypeCase kDomains[] = {
      {"7::d_int", "int64", "7", "integer"},
      {"7::d_int2", "int64", "7", "integer"},
      {"1.5::d_num", "decimal", "1.50", "numeric(10,2)"},
      {"'abc'::d_text", "string", "abc", "character varying(5)"},
      {"'2024-02-29 12:00Z'::d_when", "timestamp_tz", "2024-02-29T12:00:00Z", "timestamp with time zone"},
      {"'[1]'::d_json", "json", "[1]", "jsonb"},
      {"'\\x00ff'::d_bytes", "bytes", "\\x00ff", "bytea"},
      {"'{1,2}'::d_ints", "list<int64>", "[1, 2]", "integer[]"},
      {"'{{1},{2}}'::d_ints", "json", "[[1],[2]]", "integer[]"},
      {"'sad'::d_mood", "string", "sad", "mood"},
      {"'{sad,ok}'::d_moods", "list<string>", "[sad, ok]", "mood[]"},
      {"(1, '{x}')::d_pair", "string", "(1,{x})", "pair"},
      {"'[1,5)'::d_range", "string", "[1,5)", "int4range"},
      {"'a=>1'::d_hstore", "string", "\"a\"=>\"1\"", "hstore"},
      {"'{1,2}'::d_int[]", "list<int64>", "[1, 2]", "d_int[]"},
      {"'{{1.5,2}}'::d_num[]", "json", "[[1.50,2.00]]", "d_num[]"},
      {"'{sad,NULL}'::d_mood[]", "list<string>", "[sad, NULL]", "d_mood[]"},
      {R"('{"{1,2}","{3}","{{4},{5}}",NULL}'::d_ints[])", "json", "[[1,2],[3],[[4],[5]],null]", "d_ints[]"},
      {"ARRAY['[1,5)'::d_range]", "string", "{\"[1,5)\"}", "d_range[]"},
      {"NULL::d_ints", "list<int64>", "NULL", "integer[]"},
  };
  for (const TypeCase& expected : kDomains)
    expect(expected);
}

TEST_F(PostgresqlExtensionTypes, GeometriesAreWktThatPostgisReadsBack) {
  if (!available("postgis")) GTEST_SKIP() << "PostGIS is not installed (postgresql-15-postgis-3)";
  create("postgis");
  site().run(R"(SET search_path = customer_db, ext;
    CREATE TABLE places (g geometry, p geometry(PointZ, 4326), way geography(LineString), gs geometry[]);
    INSERT INTO places VALUES
      ('SRID=3857;POINT(0.1 1e300)', 'SRID=4326;POINT Z (1 2 3)', 'LINESTRING(0 0,1 1)', ARRAY['POINT(1 2)'::geometry, NULL]),
      ('CURVEPOLYGON(COMPOUNDCURVE(CIRCULARSTRING(0 0,2 0,2 1,2 3,4 3),(4 3,4 5,1 4,0 0)))', NULL, NULL, '{}'),
      ('GEOMETRYCOLLECTION M (POINT M (1 2 3),POLYGON M EMPTY)', NULL, NULL, NULL))");
  const QueryResult result = query("SELECT * FROM places");
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(
      as_text(result),
      "SRID=3857;POINT(0.1 1e+300)|SRID=4326;POINT Z (1 2 3)|SRID=4326;LINESTRING(0 0,1 1)|[POINT(1 2), "
      "NULL]\nCURVEPOLYGON(COMPOUNDCURVE(CIRCULARSTRING(0 0,2 0,2 1,2 3,4 3),(4 3,4 5,1 4,0 0)))|NULL|"
      "NULL|[]\nGEOMETRYCOLLECTION M (POINT M (1 2 3),POLYGON M EMPTY)|NULL|NULL|NULL");
  std::vector<std::string> native;
  for (const Field& field : result.schema->fields())
    native.push_back(field.native_type);
  EXPECT_EQ(native, (std::vector<std::string>{"geometry", "geometry(PointZ,4326)",
                                              "geography(LineString,4326)", "geometry[]"}));
  for (const Row row : result.data) {
    const std::string text = row[0].as<std::string>();
    EXPECT_EQ(
        answer("SELECT $1::geometry::text = g::text FROM places WHERE g::text = $1::geometry::text", {text}),
        "true")
        << text;
  }
  EXPECT_EQ(answer("SELECT ST_Extent(gs[1]) FROM places"), "BOX(1 2,1 2)");
}

}  // namespace
}  // namespace penstock::test
