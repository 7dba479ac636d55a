#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasources/sqlite/lexer.hpp"

namespace penstock::sqlite {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> texts(std::string_view sql) {
  std::vector<std::string> out;
  for (const Token& token : tokenize(sql))
    out.emplace_back(token.text);
  return out;
}

std::vector<TokenKind> kinds(std::string_view sql) {
  std::vector<TokenKind> out;
  for (const Token& token : tokenize(sql))
    out.push_back(token.kind);
  return out;
}

TEST(SqliteLexer, CutsAStatementIntoTokens) {
  EXPECT_THAT(texts("SELECT a.b, 'it''s' FROM\tt -- end"),
              ElementsAre("SELECT", "a", ".", "b", ",", "'it''s'", "FROM", "t"));
}

TEST(SqliteLexer, KnowsEveryQuote) {
  EXPECT_THAT(kinds(R"("a""b" `c``d` [e]f] 'g''h')"),
              ElementsAre(TokenKind::quoted, TokenKind::quoted, TokenKind::quoted, TokenKind::word,
                          TokenKind::illegal, TokenKind::string));
  EXPECT_EQ(tokenize(R"("a""b")")[0].unquoted(), "a\"b");
  EXPECT_EQ(tokenize("`c``d`")[0].unquoted(), "c`d");
  EXPECT_EQ(tokenize("[e f]")[0].unquoted(), "e f");
  EXPECT_EQ(tokenize("'g''h'")[0].unquoted(), "g'h");
  EXPECT_EQ(tokenize("''")[0].unquoted(), "");
}

TEST(SqliteLexer, AnOpenQuoteIsIllegalToTheEnd) {
  for (const std::string_view sql : {"'abc", "\"abc", "`abc", "[abc", "'abc''"}) {
    EXPECT_THAT(kinds(sql), ElementsAre(TokenKind::illegal)) << sql;
  }
}

TEST(SqliteLexer, SkipsCommentsAsSqliteDoes) {
  EXPECT_THAT(texts("a/* ; */b--;\nc"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(texts("a /* open to the end"), ElementsAre("a"));
  EXPECT_THAT(texts("a /* /* no nesting */ b */"), ElementsAre("a", "b", "*", "/"));
  EXPECT_THAT(texts("a/*"), ElementsAre("a", "/", "*"));
  EXPECT_THAT(texts("\xEF\xBB\xBFSELECT"), ElementsAre("SELECT"));
}

TEST(SqliteLexer, TellsVariablesApart) {
  EXPECT_THAT(texts("? ?12 :a @b $c $1 $ns::x(y) ::"),
              ElementsAre("?", "?12", ":a", "@b", "$c", "$1", "$ns::x(y)", ":", ":"));
  EXPECT_EQ(tokenize(":a")[0].kind, TokenKind::variable);
  EXPECT_EQ(tokenize(": a")[0].kind, TokenKind::illegal);
}

TEST(SqliteLexer, TellsNumbersAndBlobs) {
  EXPECT_THAT(kinds("1 1.5 .5 1e9 1.e-3 0xAF x'00ff' X''"),
              ElementsAre(TokenKind::number, TokenKind::number, TokenKind::number, TokenKind::number,
                          TokenKind::number, TokenKind::number, TokenKind::blob, TokenKind::blob));
  EXPECT_THAT(kinds("1a"), ElementsAre(TokenKind::illegal));
  EXPECT_THAT(kinds("x'0'"), ElementsAre(TokenKind::illegal));
  EXPECT_THAT(texts("1.2.3"), ElementsAre("1.2", ".3"));
}

TEST(SqliteLexer, TakesAnyByteBeyondAsciiIntoAWord) {
  EXPECT_THAT(texts("größe_1 日本"), ElementsAre("größe_1", "日本"));
}

TEST(SqliteLexer, ComparesAsciiInAnyCaseAndNothingElse) {
  EXPECT_TRUE(same_name("Customers", "cUSTOMERS"));
  EXPECT_FALSE(same_name("Ä", "ä"));
  EXPECT_FALSE(same_name("a", "ab"));
}

TEST(SqliteLexer, QuotesWhateverANameHolds) {
  EXPECT_EQ(quote_name("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace penstock::sqlite
