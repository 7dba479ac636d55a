// Penstock's own text functions against SQLite's, on arguments of every kind.
#include <random>

#include "datasources/sqlite/delegated_functions.hpp"
#include "datasources/sqlite/text_functions.hpp"
#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

class SqliteFunctions : public ::testing::Test {
 protected:
  SqliteFunctions() {
    sqlite3_open(":memory:", &theirs_);
    sqlite3_open(":memory:", &ours_);
    EXPECT_TRUE(replace_text_functions(ours_, control_));
    EXPECT_TRUE(bound_functions(ours_));
  }
  ~SqliteFunctions() override {
    sqlite3_close(theirs_);
    sqlite3_close(ours_);
  }

  static std::string answer(sqlite3* handle, const std::string& expression) {
    std::string out;
    const auto collect = [](void* into, int count, char** values, char**) {
      for (int i = 0; i < count; ++i)
        *static_cast<std::string*>(into) += values[i] == nullptr ? "NULL|" : std::string(values[i]) + "|";
      return 0;
    };
    const std::string sql = "SELECT typeof(x), hex(x) FROM (SELECT " + expression + " AS x)";
    if (sqlite3_exec(handle, sql.c_str(), collect, &out, nullptr) != SQLITE_OK) out = sqlite3_errmsg(handle);
    return out;
  }
  void expect_same(const std::string& expression) {
    EXPECT_EQ(answer(ours_, expression), answer(theirs_, expression)) << expression;
  }

  // A value of few different bytes, so that matches are common: text, blob, number or NULL.
  std::string some_value() {
    static constexpr std::string_view kParts[] = {"a", "b", "ab", "ä", "日", "c3a4"};
    switch (random_() % 8) {
      case 0:
        return "NULL";
      case 1:
        return std::to_string(random_() % 300);
      case 2: {
        std::string blob = "x'";
        for (std::size_t i = random_() % 5; i > 0; --i)
          blob += std::string_view("c3a461e697a500ff").substr(random_() % 8 * 2, 2);
        return blob + "'";
      }
      case 3:
        return "CAST(" + blob_of_text() + " AS TEXT)";
      default: {
        std::string text = "'";
        for (std::size_t i = random_() % 7; i > 0; --i)
          text += kParts[random_() % std::size(kParts)];
        return text + "'";
      }
    }
  }
  std::string blob_of_text() {
    std::string blob = "x'";
    for (std::size_t i = random_() % 5; i > 0; --i)
      blob += std::string_view("a4c36197").substr(random_() % 4 * 2, 2);
    return blob + "'";
  }

  // With the characters that patterns, sets and escapes are made of.
  std::string some_pattern() {
    static constexpr std::string_view kParts[] = {"a", "B", "%", "_", "*",  "?", "[",
                                                  "]", "^", "-", "ä", "\\", "b"};
    std::string text = "'";
    for (std::size_t i = random_() % 8; i > 0; --i)
      text += kParts[random_() % std::size(kParts)];
    return text + "'";
  }

  RunControl control_{std::chrono::milliseconds(0)};
  std::mt19937 random_{20'240'229};
  sqlite3* theirs_ = nullptr;
  sqlite3* ours_ = nullptr;
};

TEST_F(SqliteFunctions, AnswerAsSqliteDoes) {
  for (int i = 0; i < 20'000 && !HasFailure(); ++i) {
    const std::string a = some_value();
    const std::string b = some_value();
    const std::string c = some_value();
    expect_same("instr(" + a + ", " + b + ")");
    expect_same("replace(" + a + ", " + b + ", " + c + ")");
    expect_same("trim(" + a + ", " + b + ")");
    expect_same("ltrim(" + a + ", " + b + ")");
    expect_same("rtrim(" + a + ", " + b + ")");
  }
  expect_same("trim('  a b ')");
  expect_same("ltrim(12)");
  expect_same("rtrim(NULL)");
}

TEST_F(SqliteFunctions, ReplaceMakesNothingLargerThanAValueMayBe) {
  sqlite3_limit(ours_, SQLITE_LIMIT_LENGTH, 1'000);
  EXPECT_EQ(answer(ours_, "replace(hex(zeroblob(200)), '0', 'abc')"), "string or blob too big");
}

TEST_F(SqliteFunctions, MatchPatternsAsSqliteDoes) {
  for (int i = 0; i < 30'000 && !HasFailure(); ++i) {
    const std::string text = random_() % 4 == 0 ? some_value() : some_pattern();
    const std::string pattern = random_() % 6 == 0 ? some_value() : some_pattern();
    expect_same(text + " LIKE " + pattern);
    expect_same(text + " GLOB " + pattern);
    static constexpr std::string_view kEscapes[] = {"'\\'", "'%'", "'_'", "'ä'", "'a'", "NULL", "''", "'ab'"};
    expect_same(text + " LIKE " + pattern + " ESCAPE " +
                std::string(kEscapes[random_() % std::size(kEscapes)]));
  }
}

TEST_F(SqliteFunctions, PrintAndPatchAsSqliteDoes) {
  for (const std::string expression :
       {"printf('%d %5.2f %-8s| %!.3s %q %Q %w %% %c %x', 1, 2.5, 'ab', 'äöü', 'it''s', NULL, 'x', 'yz', "
        "255)",
        "format('%*d|%-*d|%.*f', 6, 42, 6, 42, 2, 0.125)", "printf('%d %*d', 12345678901, 3, 7)", "printf()",
        "printf(NULL)", "printf('plain')", "printf('%s %s', 'one')", "format('%,d', 1234567)", "printf('%z')",
        "printf('%060000000d', 1) = ''",
        "json_patch('{\"a\": 1, \"b\": {\"c\": 2}}', '{\"a\": null, \"b\": {\"d\": [1]}}')",
        "json_array(json_patch('{}', '{\"a\": 1}'))", "json_patch('{', '{}')", "json_patch(NULL, '{}')",
        "printf('100000000000 %s', 'x')"}) {
    expect_same(expression);
  }
}

TEST_F(SqliteFunctions, RefuseWhatWouldTakeForEver) {
  EXPECT_EQ(answer(ours_, "printf(replace(hex(zeroblob(50)), '0', '%!.60000000g'))"),
            "the widths and precisions of a format add up to too much");
  EXPECT_EQ(answer(ours_, "printf('%*d%-*d', 200000000, 1, 200000000, 1)"),
            "the widths and precisions of a format add up to too much");
  EXPECT_EQ(answer(ours_, "json_patch(hex(zeroblob(100000)), hex(zeroblob(100000)))"),
            "the values given to json_patch() are too large for each other");
}

}  // namespace
}  // namespace penstock::sqlite
