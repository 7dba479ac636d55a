// What comes back of what SQLite can hold: any value in any column.
#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

class SqliteTypes : public ::testing::Test {
 protected:
  // One table t with one column c of this declared type, and these rows.
  Result<Answer> select(const std::string& declared, const std::string& values,
                        const std::string& sql = "SELECT c FROM t") {
    const std::string name = "t" + std::to_string(++files_) + ".sqlite";
    run_sql(folder_ / name, "CREATE TABLE t (c " + declared + "); INSERT INTO t VALUES " + values);
    TestSource source(folder_ / name, {"db"});
    return source.run(sql, "db");
  }
  // The type of the column and its values.
  std::string seen(const std::string& declared, const std::string& values,
                   const std::string& sql = "SELECT c FROM t") {
    const auto answer = select(declared, values, sql);
    if (!answer) return answer.error().message;
    std::string out(to_string(answer->type(0)));
    for (const Row row : answer->rows())
      out += " " + row[0].to_text() + ":" + std::string(to_string(row[0].type()));
    return out;
  }

  test::TemporaryFolder folder_;
  int files_ = 0;
};

TEST_F(SqliteTypes, ReadsValuesAsDeclared) {
  EXPECT_EQ(seen("INTEGER", "(1), (NULL), (-9223372036854775808)"),
            "int64 1:int64 NULL:int64 -9223372036854775808:int64");
  EXPECT_EQ(seen("REAL", "(1), (2.5), (NULL)"), "float64 1.0:float64 2.5:float64 NULL:float64");
  EXPECT_EQ(seen("DECIMAL(10,2)", "(1), (2.5), (9007199254740992)"),
            "float64 1.0:float64 2.5:float64 9007199254740992.0:float64");
  EXPECT_EQ(seen("TEXT", "('a'), (''), (NULL)"), "string a:string :string NULL:string");
  EXPECT_EQ(seen("BLOB", "(x'00ff'), (x'')"), "bytes \\x00ff:bytes \\x:bytes");
  EXPECT_EQ(seen("BOOLEAN", "(1), (0), (NULL)"), "bool true:bool false:bool NULL:bool");
  EXPECT_EQ(seen("DATE", "('2024-02-29'), (NULL)"), "date 2024-02-29:date NULL:date");
  EXPECT_EQ(seen("TIME", "('23:59:59.5')"), "time 23:59:59.5:time");
  EXPECT_EQ(seen("DATETIME", "('2024-02-29 12:00:00')"), "timestamp 2024-02-29 12:00:00:timestamp");
  EXPECT_EQ(seen("JSON", "('{\"a\": [1]}')"), "json {\"a\": [1]}:json");
  EXPECT_EQ(seen("UUID", "('123e4567-e89b-12d3-a456-426614174000')"),
            "uuid 123e4567-e89b-12d3-a456-426614174000:uuid");
}

TEST_F(SqliteTypes, AValueThatBreaksThePromiseMakesAVariant) {
  EXPECT_EQ(seen("INTEGER", "(1), ('x'), (2.5), (x'01'), (NULL)"),
            "variant 1:int64 x:string 2.5:float64 \\x01:bytes NULL:int64");
  EXPECT_EQ(seen("BOOLEAN", "(1), (2)"), "variant true:bool 2:int64");
  EXPECT_EQ(seen("DATE", "('2024-01-01'), ('soon'), ('2024-01-02')"),
            "variant 2024-01-01:date soon:string 2024-01-02:date");
  EXPECT_EQ(seen("DECIMAL", "(0.5), (9007199254740993)"), "variant 0.5:float64 9007199254740993:int64");
  EXPECT_EQ(seen("JSON", "('[1]'), ('[1')"), "variant [1]:json [1:string");
}

TEST_F(SqliteTypes, ADeclarationThatNoValueKeepsIsNotBelieved) {
  EXPECT_EQ(seen("DATETIME", "(NULL), (1700000000), (1700000001)"),
            "int64 NULL:int64 1700000000:int64 1700000001:int64");
  EXPECT_EQ(seen("DATE", "('01.02.2024'), ('02.02.2024')"), "string 01.02.2024:string 02.02.2024:string");
  EXPECT_EQ(seen("UUID", "('ABCDEF00-E89B-12D3-A456-426614174000')"),
            "string ABCDEF00-E89B-12D3-A456-426614174000:string");
}

TEST_F(SqliteTypes, IsATimeOnlyWhenItIsPrintedAsItIsStored) {
  EXPECT_EQ(seen("DATETIME", "('2024-01-01 00:00:00.25'), ('2024-01-01 00:00:00')"),
            "timestamp 2024-01-01 00:00:00.25:timestamp 2024-01-01 00:00:00:timestamp");
  for (const std::string text : {"2024-01-01T00:00:00", "2024-01-01 00:00:00.0", "2024-01-01 00:00:00.250",
                                 "2024-01-01 00:00:00Z", "2024-01-01 00:00", "2024-01-01"}) {
    EXPECT_EQ(seen("DATETIME", "('" + text + "')"), "string " + text + ":string");
  }
  EXPECT_EQ(seen("TIME", "('12:00:00.50')"), "string 12:00:00.50:string");
  EXPECT_EQ(seen("DATETIME", "('2024-01-01 00:00:00'), ('2024-01-01T00:00:00')"),
            "variant 2024-01-01 00:00:00:timestamp 2024-01-01T00:00:00:string");
}

TEST_F(SqliteTypes, WhatIsReadFindsItsRowAgain) {
  run_sql(
      folder_ / "again.sqlite",
      "CREATE TABLE t (c DATETIME); INSERT INTO t VALUES ('2025-12-31 06:00:00'), ('2025-12-31 06:00:00.5'), "
      "('2025-12-31T06:00:00')");
  TestSource source(folder_ / "again.sqlite", {"db"});
  const auto all = source.run("SELECT c FROM t", "db");
  ASSERT_TRUE(all);
  for (const Row row : all->rows())
    EXPECT_EQ(source.text("SELECT count(*) FROM t WHERE c = '" + row[0].to_text() + "'", "db"), "1");
}

TEST_F(SqliteTypes, AnIntegerInANumberColumnStaysOne) {
  EXPECT_EQ(seen("NUMBER(10,0)", "(NULL), (42), (9007199254740993)"),
            "int64 NULL:int64 42:int64 9007199254740993:int64");
  EXPECT_EQ(seen("NUMERIC", "(2), (NULL), (0.5), (3)"),
            "float64 2.0:float64 NULL:float64 0.5:float64 3.0:float64")
      << "SQLite itself stores 2.0 as 2 there";
  EXPECT_EQ(seen("NUMERIC", "(2), (0.5), (3), ('x'), (4)"),
            "variant 2:int64 0.5:float64 3:int64 x:string 4:int64");
  EXPECT_EQ(seen("NUMERIC", "(0.5), (2), (NULL), (9007199254740993)"),
            "variant 0.5:float64 2:int64 NULL:int64 9007199254740993:int64");
  EXPECT_EQ(seen("NUMERIC", "(9007199254740993), (0.5)"), "variant 9007199254740993:int64 0.5:float64");
  EXPECT_EQ(seen("NUMERIC", "('x'), (2)"), "variant x:string 2:int64");
  EXPECT_EQ(seen("INTEGER", "(2), (0.5)"), "variant 2:int64 0.5:float64") << "no number column";
}

TEST_F(SqliteTypes, ANumberColumnThatChangesInALaterBatch) {
  const auto change_at_9000 = [this](const std::string& before, const std::string& after) {
    const auto answer =
        select("NUMERIC", "(NULL)",
               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9001) "
               "SELECT c FROM t WHERE 0 UNION ALL SELECT CASE WHEN i > 9000 THEN " +
                   after + " ELSE " + before + " END FROM n");
    if (!answer) return answer.error().message;
    return std::string(to_string(answer->batches.front().schema()->field(0).type.id)) + " " +
           std::string(to_string(answer->batches.back().schema()->field(0).type.id)) + " " +
           answer->batches.back().row(answer->batches.back().num_rows() - 1)[0].to_text();
  };
  EXPECT_EQ(change_at_9000("1", "2"), "int64 int64 2");
  EXPECT_EQ(change_at_9000("1", "0.5"), "int64 variant 0.5");
  EXPECT_EQ(change_at_9000("0.5", "2"), "float64 float64 2.0");
  EXPECT_EQ(change_at_9000("NULL", "2"), "float64 variant 2") << "nothing says that it would be float64";
}

TEST_F(SqliteTypes, TypesExpressionsByTheirValues) {
  EXPECT_EQ(seen("INTEGER", "(1), (3)", "SELECT count(*) FROM t"), "int64 2:int64");
  EXPECT_EQ(seen("INTEGER", "(1), (3)", "SELECT avg(c) FROM t"), "float64 2.0:float64");
  EXPECT_EQ(seen("INTEGER", "(1), (3)", "SELECT 'a' || c FROM t"), "string a1:string a3:string");
  EXPECT_EQ(seen("INTEGER", "(1), (3)", "SELECT CASE c WHEN 1 THEN 'x' ELSE c END FROM t"),
            "variant x:string 3:int64");
  EXPECT_EQ(seen("INTEGER", "(1), (3)", "SELECT NULL FROM t"), "null NULL:null NULL:null");
  EXPECT_EQ(seen("INTEGER", "(1)", "SELECT c FROM (SELECT c FROM t)"), "int64 1:int64");
}

TEST_F(SqliteTypes, TextThatIsNotUtf8ComesAsItsBytes) {
  EXPECT_EQ(seen("TEXT", "('ok'), (CAST(x'ff41' AS TEXT))"), "variant ok:string \\xff41:bytes");
  EXPECT_EQ(seen("TEXT", "(CAST(x'ff41' AS TEXT))"), "variant \\xff41:bytes");
  EXPECT_EQ(seen("TEXT", "('a' || char(0) || 'b')"), std::string("string a\0b:string", 17));
}

TEST_F(SqliteTypes, AnEmptyResultKeepsTheDeclaredTypes) {
  const auto answer = select("DATE", "(NULL)", "SELECT c, 1 AS one FROM t WHERE 0");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->batches.empty());
  EXPECT_EQ(answer->type(0), TypeId::date);
  EXPECT_EQ(answer->schema->field(1).name, "one");
}

TEST_F(SqliteTypes, WidensInALaterBatchAndLosesNothing) {
  const auto answer =
      select("INTEGER", "(0)",
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
             "SELECT i, CASE WHEN i > 9000 THEN 'late' END, CASE WHEN i = 9999 THEN 'odd' ELSE i END FROM n");
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_GT(answer->batches.size(), 2U);
  EXPECT_EQ(answer->rows().size(), 10'000);
  EXPECT_EQ(answer->type(0), TypeId::int64);
  EXPECT_EQ(answer->type(1), TypeId::variant) << "nothing but nulls in the first batch: it may be anything";
  EXPECT_EQ(answer->type(2), TypeId::int64);
  EXPECT_EQ(answer->batches.back().schema()->field(2).type.id, TypeId::variant);
  std::int64_t expected = 0;
  for (const Row row : answer->rows()) {
    ++expected;
    ASSERT_EQ(row[0].as<std::int64_t>(), expected);
    ASSERT_EQ(row[1].is_null(), expected <= 9000);
    ASSERT_EQ(row[2].to_text(), expected == 9999 ? "odd" : std::to_string(expected));
  }
}

TEST_F(SqliteTypes, ABatchIsAboutAMebibyte) {
  const auto answer = select("TEXT", "(0)",
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
                             "SELECT hex(zeroblob(50000)) FROM n");
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_GE(answer->batches.size(), 9U);
  for (const RecordBatch& batch : answer->batches)
    EXPECT_LE(batch.byte_size(), (1 << 20) + 200'000);
}

TEST_F(SqliteTypes, ColumnsOfOneNameAreBothThere) {
  const auto answer = select("INTEGER", "(7)", "SELECT c, c AS c, c + 1 AS c FROM t");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text(), "7|7|8");
  EXPECT_EQ(answer->schema->field(2).name, "c");
}

TEST_F(SqliteTypes, StopsAtAValueBeyondTheLimitAndNamesItsColumn) {
  run_sql(folder_ / "big.sqlite",
          "CREATE TABLE t (id INTEGER, doc TEXT, raw BLOB); INSERT INTO t VALUES (1, hex(zeroblob(1000)), "
          "zeroblob(3000000))");
  TestSource source(folder_ / "big.sqlite", {"db"});
  source.max_value_bytes = 1999;
  const Error text = source.error("SELECT id, doc FROM t", "db");
  EXPECT_EQ(text.code, ErrorCode::limit_exceeded);
  EXPECT_EQ(text.message,
            "a value of column `doc` has 2000 bytes, and a single value may have 1999: select a part of it, "
            "for example "
            "with substr(), or leave the column out");
  source.max_value_bytes = 2'000'000;
  EXPECT_EQ(source.error("SELECT raw FROM t", "db").code, ErrorCode::limit_exceeded);
  EXPECT_EQ(source.error("SELECT zeroblob(900000000)", "db").code, ErrorCode::limit_exceeded);
  EXPECT_EQ(source.text("SELECT id, length(doc) FROM t", "db"), "1|2000") << "and the connection goes on";
}

TEST_F(SqliteTypes, GivesNoMoreRowsThanTheCallerWillPull) {
  TestSource source(folder_ / "none.sqlite", {"db"});
  run_sql(folder_ / "none.sqlite", "CREATE TABLE t(a)");
  source.row_limit = 5;
  const auto answer =
      source.run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", "db");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->rows().size(), 5);
}

TEST_F(SqliteTypes, ReadsAUtf16Database) {
  run_sql(folder_ / "wide.sqlite",
          "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (c TEXT); INSERT INTO t VALUES ('grün 🙂')");
  TestSource source(folder_ / "wide.sqlite", {"db"});
  EXPECT_EQ(source.text("SELECT c FROM t WHERE c = ?", "db", {"grün 🙂"}), "grün 🙂");
}

}  // namespace
}  // namespace penstock::sqlite
