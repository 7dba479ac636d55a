// Every type of DuckDB through its vectors: at its ends, null among values, and nested.
#if PENSTOCK_WITH_DUCKDB

#include <limits>

#include "datasources/duckdb/vector_sizes.hpp"
#include "datasources/duckdb/vectors.hpp"
#include "duckdb_lake.hpp"

namespace penstock::duckdb {
namespace {

class DuckDbTypes : public testing::Test {
 protected:
  DuckDbTypes() {
    demo::DuckDbWriter file(folder_ / "bank.duckdb");
    file.run("CREATE SCHEMA customer_db; CREATE SCHEMA accounts_db");
    door_ = std::make_unique<Door>(config_of(folder_ / "bank.duckdb"), Layers{});
  }
  // The text of the single value, or the code of the error.
  std::string one(const std::string& expression, const Params& params = {}) {
    const auto lines = door_->ask("SELECT " + expression, params);
    if (!lines) return std::string(to_string(lines.error().code)) + ": " + lines.error().message;
    return lines->size() == 1 ? lines->front() : std::to_string(lines->size()) + " rows";
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<Door> door_;
};

TEST_F(DuckDbTypes, NumbersKeepEveryDigit) {
  EXPECT_EQ(one("(-128)::TINYINT, 255::UTINYINT, 65535::USMALLINT, 4294967295::UINTEGER"),
            "-128|255|65535|4294967295");
  EXPECT_EQ(one("18446744073709551615::UBIGINT"), "18446744073709551615");
  EXPECT_EQ(one("(-170141183460469231731687303715884105728)::HUGEINT"),
            "-170141183460469231731687303715884105728");
  EXPECT_EQ(one("340282366920938463463374607431768211455::UHUGEINT"),
            "340282366920938463463374607431768211455");
  EXPECT_EQ(one("'-123456789012345678901234567890123456789012345678901234567890'::BIGNUM"),
            "-123456789012345678901234567890123456789012345678901234567890");
  EXPECT_EQ(
      one("'-12.50'::DECIMAL(4,2), '0.00001'::DECIMAL(9,5), '-9223372036854775809.0001'::DECIMAL(38,4)"),
      "-12.50|0.00001|-9223372036854775809.0001");
  EXPECT_EQ(one("'0.000000000000000000000000000001'::DECIMAL(38,30)"), "0.000000000000000000000000000001");
  EXPECT_EQ(one("sum(i) FROM range(3) AS r(i)"), "3");
}

TEST_F(DuckDbTypes, BatchesAreBoundedWhateverLiesWithinThem) {
  const std::string label(100'000, 'n');
  const std::string labels = "('" + label + "')";
  for (const std::string& value : std::vector<std::string>{
           "repeat('x', 100000)", "[repeat('x', 50000), NULL, repeat('y', 50000)]",
           "{'a': 1, 'b': [repeat('x', 100000)]}", "MAP {'a': repeat('x', 50000), 'b': repeat('y', 50000)}",
           "array_value(repeat('x', 50000), repeat('y', 50000))", "union_value(a := repeat('x', 100000))",
           "{'" + label + "': i}", "union_value(" + label + " := i)", "'" + label + "'::ENUM" + labels,
           "repeat('1', 100000)::BIT", "{'a': repeat('x', 50000)::BLOB}", "repeat([''], 25000)"}) {
    const std::string sql = "SELECT i, " + value + " AS v FROM range(64) AS r(i)";
    const auto analysis = door_->source().analyze({.sql = sql, .database = "customer_db"});
    ASSERT_TRUE(analysis) << sql.substr(0, 100) << ": " << analysis.error().message;
    const Params params;
    auto reader = door_->connection().execute({.sql = sql,
                                               .database = "customer_db",
                                               .params = params,
                                               .analysis = *analysis,
                                               .deadline = Deadline::after(std::chrono::seconds(20))});
    ASSERT_TRUE(reader) << sql.substr(0, 100) << ": " << reader.error().message;
    std::int64_t rows = 0;
    while (true) {
      auto batch = (*reader)->next();
      ASSERT_TRUE(batch) << batch.error().message;
      if (!*batch) break;
      EXPECT_LE((*batch)->num_rows(), 11) << sql.substr(0, 100);
      rows += (*batch)->num_rows();
    }
    EXPECT_EQ(rows, 64) << sql.substr(0, 100);
  }
}

// So that a chunk which makes many batches is not added up to its end for each of them.
TEST_F(DuckDbTypes, SizesAreAddedUpNoFurtherThanIsAsked) {
  const auto api = load_library({});
  ASSERT_TRUE(api) << api.error().message;
  DatabaseHandle database(*api);
  ASSERT_EQ(api->open_ext(nullptr, database.out(), nullptr, nullptr), DuckDBSuccess);
  ConnectionHandle connection(*api);
  ASSERT_EQ(api->connect(database.get(), connection.out()), DuckDBSuccess);
  ResultHandle result(*api);
  ASSERT_EQ(
      api->query(connection.get(),
                 "SELECT repeat('x', 100), repeat(['y'], 50), {'a': [repeat('z', 100)]} FROM range(2000)",
                 &result.get()),
      DuckDBSuccess);
  const auto columns = read_columns(*api, result.get());
  ASSERT_TRUE(columns) << columns.error().message;
  const ChunkHandle chunk(*api, api->fetch_chunk(result.get()));
  for (std::size_t i = 0; i < columns->types.size(); ++i) {
    const auto size = [&](std::int64_t enough) {
      return size_of(*api, columns->types[i], api->data_chunk_get_vector(chunk.get(), i), 0, 2'000, enough);
    };
    EXPECT_GT(size(1 << 30), 200'000) << i;
    EXPECT_GT(size(50'000), 50'000) << i;
    EXPECT_LT(size(50'000), 57'000) << i << ": a block of 64 texts further at most";
  }
}

TEST_F(DuckDbTypes, MomentsAreExactOrRefused) {
  EXPECT_EQ(one("'infinity'::DATE, '-infinity'::DATE, 'infinity'::TIMESTAMP, '-infinity'::TIMESTAMPTZ"),
            "infinity|-infinity|infinity|-infinity");
  EXPECT_EQ(one("'2024-02-29 12:00:01'::TIMESTAMP_S, '2024-02-29 12:00:00.5'::TIMESTAMP_MS"),
            "2024-02-29 12:00:01|2024-02-29 12:00:00.5");
  EXPECT_EQ(one("'2024-02-29 12:00:00.000001'::TIMESTAMP_NS"), "2024-02-29 12:00:00.000001");
  EXPECT_TRUE(one("'2024-02-29 12:00:00.000000001'::TIMESTAMP_NS AS fine")
                  .starts_with("invalid_data: a value of column `fine`"));
  EXPECT_EQ(one("'12:00:00.5+01:30'::TIMETZ, '23:59:59.999999-15:59:59'::TIMETZ"),
            "12:00:00.5+01:30|23:59:59.999999-15:59:59");
  EXPECT_EQ(one("'2024-01-01 00:00:00+02'::TIMESTAMPTZ"), "2023-12-31T22:00:00Z");
  EXPECT_EQ(one("TIME '24:00:00'"), "24:00:00");
}

TEST_F(DuckDbTypes, TextsOfAllKinds) {
  EXPECT_EQ(one("'short', 'twelve bytes', 'more than twelve bytes', ''"),
            "short|twelve bytes|more than twelve bytes|");
  EXPECT_EQ(one("'0101010'::BIT, ''::BLOB, '\\x00\\xFF'::BLOB"), "0101010|\\x|\\x00ff");
  EXPECT_EQ(one("'b'::ENUM('a', 'b', 'it''s'), 'it''s'::ENUM('a', 'b', 'it''s')"), "b|it's");
  EXPECT_EQ(one("'{\"a\": 1}'::JSON, uuid '00112233-4455-6677-8899-aabbccddeeff'"),
            "{\"a\": 1}|00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(one("'a' || chr(0) || 'b' = $1", {std::string("a\0b", 3)}), "true");
}

TEST_F(DuckDbTypes, NestedOnesAreListsOrJson) {
  EXPECT_EQ(one("{'a': 1, 'b': [NULL, 'x\"y'], 'c': DATE '2024-01-01'}"),
            R"({"a":1,"b":[null,"x\"y"],"c":"2024-01-01"})");
  EXPECT_EQ(one("row(1, 'x')"), R"([1,"x"])");
  EXPECT_EQ(one("MAP {'k': 1.50, 'l': NULL}"), R"({"k":1.50,"l":null})");
  EXPECT_EQ(one("MAP {1: 'x'}"), R"({"1":"x"})");
  EXPECT_EQ(one("[[1, 2], [], NULL, [NULL]]"), "[[1,2],[],null,[null]]");
  EXPECT_EQ(one("[1, 2]::INTEGER[2], [[1, 2], [3, 4]]::INTEGER[2][2]"), "[1, 2]|[[1,2],[3,4]]");
  EXPECT_EQ(one("union_value(num := 2)::UNION(num INTEGER, str VARCHAR)"), R"({"num":2})");
  EXPECT_EQ(one("'x'::UNION(num INTEGER, str VARCHAR)"), R"({"str":"x"})");
  EXPECT_EQ(one("[]"), "[]");
  EXPECT_EQ(one("NULL::STRUCT(a INTEGER), NULL::INTEGER[], NULL"), "NULL|NULL|NULL");
}

// Rows of a result are not in the order in which their elements lie.
TEST_F(DuckDbTypes, ListsThatWereSortedKeepTheirElements) {
  const auto lines = door_->ask(
      "SELECT list FROM (SELECT i, CASE WHEN i % 5 = 0 THEN NULL ELSE range(i) END AS list FROM range(6) AS "
      "r(i)) "
      "ORDER BY i DESC");
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_EQ(*lines, (std::vector<std::string>{"NULL", "[0, 1, 2, 3]", "[0, 1, 2]", "[0, 1]", "[0]", "NULL"}));
}

// More rows than a vector holds, with nulls where the masks' bytes and words end.
TEST_F(DuckDbTypes, NullsStayWhereTheyAre) {
  const auto lines = door_->ask(
      "SELECT CASE WHEN i % 7 = 0 THEN NULL ELSE i END, CASE WHEN i % 9 = 0 THEN NULL ELSE 'v' || i END, "
      "CASE WHEN i % 8 = 0 THEN NULL ELSE [i, NULL] END FROM range(5000) AS r(i) ORDER BY i");
  ASSERT_TRUE(lines) << lines.error().message;
  ASSERT_EQ(lines->size(), 5'000U);
  for (int i = 0; i < 5'000; ++i) {
    const std::string n = std::to_string(i);
    const std::string expected = (i % 7 == 0 ? "NULL" : n) + "|" + (i % 9 == 0 ? "NULL" : "v" + n) + "|" +
                                 (i % 8 == 0 ? "NULL" : "[" + n + ", NULL]");
    ASSERT_EQ((*lines)[static_cast<std::size_t>(i)], expected);
  }
}

TEST_F(DuckDbTypes, ParametersAreBoundAsWhatTheyAre) {
  EXPECT_EQ(one("typeof(?), typeof(?), typeof(?), typeof(?)", {1, 1.5, "x", nullptr}),
            "BIGINT|DOUBLE|VARCHAR|\"NULL\"");
  EXPECT_EQ(one("$2 || $1", {"a", "b"}), "ba");
  EXPECT_EQ(one("$x + $y", Params::named({{"y", 2}, {"x", 1}})), "3");
  EXPECT_EQ(one("DATE '2024-01-31' = ?", {"2024-01-31"}), "true");
  EXPECT_EQ(one("?", {Decimal{"-0.050"}}), "-0.050");
  EXPECT_EQ(one("?", {Value(Value::List{Value(1), Value(), Value(3)})}), "[1, NULL, 3]");
  EXPECT_EQ(one("len(?)", {Value(Value::List{})}), "0");
  EXPECT_TRUE(one("?", {Decimal{"NaN"}}).starts_with("invalid_argument"));
  EXPECT_TRUE(one("?", {Value(Value::List{Value(1), Value("x")})}).starts_with("invalid_argument"));
  EXPECT_TRUE(one("?, ?", {1}).starts_with("invalid_argument: the statement wants 2 values"));
  EXPECT_TRUE(one("$a", {1}).starts_with("invalid_argument: the statement names its parameters ($a)"));
  EXPECT_TRUE(one("$a", Params::named({{"b", 1}})).starts_with("invalid_argument"));
}

TEST_F(DuckDbTypes, PlansAreLinesOrJson) {
  const auto lines = door_->ask("EXPLAIN SELECT 42");
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_GT(lines->size(), 3U);
  const auto explained = door_->source().explain("SELECT 42", {.analyze = true, .format = PlanFormat::json});
  ASSERT_TRUE(explained);
  const auto json = door_->ask(explained->sql);
  ASSERT_TRUE(json) << json.error().message;
  ASSERT_EQ(json->size(), 1U);
  EXPECT_TRUE(json->front().starts_with("{") || json->front().starts_with("[")) << json->front();
}

TEST_F(DuckDbTypes, ErrorsShowNoValues) {
  EXPECT_EQ(one("'s3cret'::INTEGER").find("s3cret"), std::string::npos);
  EXPECT_TRUE(one("'s3cret'::INTEGER").starts_with("invalid_argument")) << one("'s3cret'::INTEGER");
  EXPECT_TRUE(one("9223372036854775807 + 1").starts_with("invalid_argument"));
  EXPECT_TRUE(one("error('s3cret')").find("s3cret") == std::string::npos);
  EXPECT_TRUE(one("no_such_function(1)").starts_with("forbidden"));
  EXPECT_TRUE(one("* FROM range(100000000) AS r(i) ORDER BY hash(i) DESC, i LIMIT 100000000")
                  .starts_with("limit_exceeded"));
}

}  // namespace
}  // namespace penstock::duckdb

#endif
