#include "core/statement_fingerprint.hpp"

#include <string>

#include <gtest/gtest.h>

namespace penstock {
namespace {

void expect_same(std::string_view a, std::string_view b) {
  EXPECT_EQ(statement_fingerprint(a), statement_fingerprint(b)) << a << "\n" << b;
}
void expect_other(std::string_view a, std::string_view b) {
  EXPECT_NE(statement_fingerprint(a), statement_fingerprint(b)) << a << "\n" << b;
}

TEST(StatementFingerprint, IsTheSameWhateverTheValues) {
  const std::string shape = "SELECT name FROM customers WHERE id = 1 AND city = 'Bern'";
  for (const char* other : {
           "SELECT name FROM customers WHERE id = 27.5e-3 AND city = 'O''Hare'",
           "SELECT name FROM customers WHERE id = $1 AND city = $2",
           "SELECT name FROM customers WHERE id = ? AND city = ?",
           "SELECT name FROM customers WHERE id = :id AND city = @city",
           R"(SELECT name FROM customers WHERE id = 0x1F AND city = E'it\'s')",
           "SELECT name FROM customers WHERE id = .5 AND city = $t$a 'b' $ $t$",
           "SELECT name FROM customers WHERE id = 1_000 AND city = $$x$$",
           "select NAME\n\tfrom Customers -- 'who'\n where id=9 /* a /* nested */ one */ and city = 'x';",
       }) {
    expect_same(shape, other);
  }
}

TEST(StatementFingerprint, DoesNotCountTheValuesOfAList) {
  expect_same("SELECT * FROM t WHERE id IN (1)", "SELECT * FROM t WHERE id IN (1, 2, 3)");
  expect_same("SELECT f(1, 'a', $1), x", "SELECT f(7), x");
  expect_other("SELECT f(1, x)", "SELECT f(x, 1)");
  expect_other("SELECT 1, x", "SELECT 1 x");
}

TEST(StatementFingerprint, DiffersWithWordsNamesAndMarks) {
  const std::string one = "SELECT a FROM t WHERE b = 1";
  for (const char* other : {
           "SELECT a FROM u WHERE b = 1",
           "SELECT a FROM t WHERE b > 1",
           "SELECT a FROM t WHERE b = c",
           "SELECT a FROM t WHERE b = - 1",
           R"(SELECT "a" FROM t WHERE b = 1)",
           "SELECT a FROM tWHERE b = 1",
           "",
       }) {
    expect_other(one, other);
  }
  expect_other(R"(SELECT "a")", R"(SELECT "A")");
  expect_other("SELECT a::text", "SELECT a");
  expect_same("SELECT a::text, 1", "select A :: TEXT , 2");
}

TEST(StatementFingerprint, StandsWhatIsNoSql) {
  for (const char* text : {"'", "\"", "/*", "/* /* */", "$", "$a$", "$a", "--", "E'\\", ":", "@", "'''", "1e",
                           "1e-", "\x80\xff", "{\"find\": \"t\", \"filter\": {\"a\": 1}}"}) {
    (void)statement_fingerprint(text);
    expect_same(text, text);
  }
  expect_same(R"({"find": 'a'})", R"({"find":  'b'})");
}

}  // namespace
}  // namespace penstock
