// Penstock's instr(), replace() and trims against SQLite's own, on arguments of every kind.
#include <random>

#include "datasources/sqlite/text_functions.hpp"
#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

class SqliteFunctions : public ::testing::Test {
 protected:
  SqliteFunctions() {
    sqlite3_open(":memory:", &theirs_);
    sqlite3_open(":memory:", &ours_);
    EXPECT_TRUE(replace_text_functions(ours_));
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

}  // namespace
}  // namespace penstock::sqlite
