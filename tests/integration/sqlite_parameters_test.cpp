// Parameters: every way to write them, every type to bind, every mistake.
#include <cmath>

#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

class SqliteParameters : public SqliteBank {
 protected:
  TestSource source = bank();
  std::string text(std::string_view sql, const Params& params) {
    return source.text(sql, "customer_db", params);
  }
  Error error(std::string_view sql, const Params& params) { return source.error(sql, "customer_db", params); }
};

TEST_F(SqliteParameters, TakesEveryWayToWriteThem) {
  EXPECT_EQ(text("SELECT ?, ?", {1, "a"}), "1|a");
  EXPECT_EQ(text("SELECT ?2, ?1, ?2", {1, "a"}), "a|1|a");
  EXPECT_EQ(text("SELECT $2, $1", {1, "a"}), "a|1");
  EXPECT_EQ(text("SELECT :x, @y, $z, :x", Params::named({{"x", 1}, {"y", 2}, {"z", 3}})), "1|2|3|1");
  EXPECT_EQ(text("SELECT '?', \":x\" FROM (SELECT 1 AS \":x\") -- ?", {}), "?|1");
}

TEST_F(SqliteParameters, BindsEveryTypeFaithfully) {
  EXPECT_EQ(text("SELECT typeof(?1), ?1", {nullptr}), "null|NULL");
  EXPECT_EQ(text("SELECT typeof(?1), ?1", {true}), "integer|1");
  EXPECT_EQ(text("SELECT typeof(?1), ?1", {std::uint64_t{9'223'372'036'854'775'807U}}),
            "integer|9223372036854775807");
  EXPECT_EQ(text("SELECT typeof(?1), ?1", {0.1}), "real|0.1");
  EXPECT_EQ(text("SELECT typeof(?1), ?1", {""}), "text|");
  EXPECT_EQ(text("SELECT typeof(?1), ?1", {Decimal{"12.50"}}), "text|12.50");
  EXPECT_EQ(text("SELECT typeof(?1), ?1", {Bytes{{std::byte{1}, std::byte{0}}}}), "blob|\\x0100");
  EXPECT_EQ(text("SELECT typeof(?1), length(?1)", {Bytes{}}), "blob|0");
  EXPECT_EQ(text("SELECT typeof(?1), ?1", {Date{19'782}}), "text|2024-02-29");
  EXPECT_EQ(text("SELECT ?1 = datetime(?1), ?1", {Timestamp{1'709'164'800'000'000}}),
            "1|2024-02-29 00:00:00");
  EXPECT_EQ(text("SELECT ?1 = datetime(?1), ?1", {TimestampTz{1'709'164'800'000'000}}),
            "1|2024-02-29 00:00:00");
  EXPECT_EQ(text("SELECT ?1", {TimestampTz{1'709'164'800'500'000}}), "2024-02-29 00:00:00.5");
  EXPECT_EQ(text("SELECT typeof(?1), ?1", {Json{"[1]"}}), "text|[1]");
  EXPECT_EQ(text("SELECT length(?1), hex(?1)", {std::string("a\0b", 3)}), "1|610062");
}

TEST_F(SqliteParameters, SaysWhichValueItCannotBind) {
  EXPECT_EQ(error("SELECT ?, ?", {1, std::uint64_t{1} << 63}).message,
            "the value of parameter 2 is beyond SQLite's 64-bit signed integers");
  EXPECT_EQ(error("SELECT :a", Params::named({{"a", std::nan("")}})).message,
            "the value of parameter :a is NaN, which SQLite would store as NULL");
  EXPECT_EQ(error("SELECT ?", {"\xFF"}).message,
            "the value of parameter 1 is text that is not valid UTF-8: give it as bytes");
  EXPECT_EQ(error("SELECT ?", {Value::List{1, 2}}).message,
            "the value of parameter 1 is a list, which SQLite does not have");
  source.max_value_bytes = 1 << 20;
  EXPECT_EQ(error("SELECT ?", {std::string(2 << 20, 'a')}).code, ErrorCode::invalid_argument);
}

TEST_F(SqliteParameters, SaysWhatIsMissingOrTooMuch) {
  struct Case {
    std::string_view sql;
    Params params;
    std::string_view message;
  };
  for (const auto& [sql, params, message] : {
           Case{"SELECT ?, ?", {1}, "the statement wants 2 values for its parameters, and 1 value came"},
           Case{"SELECT ?3", {1}, "the statement wants 3 values for its parameters, and 1 value came"},
           Case{"SELECT 1", {1, 2}, "the statement has no parameters, but 2 values came with it"},
           Case{"SELECT :a, :b",
                {1, 2},
                "the statement names its parameters (:a, :b); give their values by name"},
           Case{"SELECT ?", Params::named({{"a", 1}}),
                "the statement numbers its parameters (`?`, `$1`), but the values came with names, such as "
                "`a`"},
           Case{"SELECT :a, :b", Params::named({{"a", 1}}), "no value came for parameter :b"},
           Case{"SELECT :a", Params::named({{"a", 1}, {"x", 2}}),
                "the statement has no parameter :x; it has :a"},
           Case{"SELECT :a", Params::named({{"a", 1}, {"a", 2}}), "parameter :a came with two values"},
           Case{"SELECT ?, :a",
                {1, 2},
                "the statement mixes ways to write a parameter; use `?`, `$1` or names (`:id`) throughout"},
           Case{"SELECT ?, $1",
                {1},
                "the statement mixes ways to write a parameter; use `?`, `$1` or names (`:id`) throughout"},
           Case{"SELECT $0", {1}, "parameters are numbered from $1"},
       }) {
    const Error found = error(sql, params);
    EXPECT_EQ(found.code, ErrorCode::invalid_argument) << sql;
    EXPECT_EQ(found.message, message) << sql;
  }
}

TEST_F(SqliteParameters, NoValueOutlivesItsExecution) {
  EXPECT_EQ(text("SELECT ?, ?", {"secret", "other"}), "secret|other");
  EXPECT_EQ(error("SELECT ?, ?", {}).code, ErrorCode::invalid_argument);
  EXPECT_EQ(text("SELECT ?, ?", {1, nullptr}), "1|NULL");
}

}  // namespace
}  // namespace penstock::sqlite
