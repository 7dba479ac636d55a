// Names and values in every script, and what is not text at all.
#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {
namespace {

class UnicodeTest : public ConformanceTest {};

constexpr const char* kTable = "\u043A\u043B\u0438\u0435\u043D\u0442\u044B";  // Russian: customers
constexpr const char* kColumn = "\u540D\u524D";                               // Japanese: name

TEST_P(UnicodeTest, NamesTablesAndColumns) {
  here().create_table("customer_db",
                      text_table(kTable, {"id", kColumn}, {{"a", "Zo\u00EB"}, {"b", "\U0001F980"}}));
  const QueryResult result = query(language().rows(kTable));
  ASSERT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.columns, (std::vector<std::string>{"id", kColumn}));
  EXPECT_EQ(lines(result.data), (std::vector<std::string>{"a|Zo\u00EB", "b|\U0001F980"}));
}

TEST_P(UnicodeTest, IsFoundByAParameter) {
  here().create_table("customer_db",
                      text_table(kTable, {"id", kColumn}, {{"a", "e\u0301"}, {"b", "\u00E9"}}));
  const QueryResult result = query(language().rows_equal(kTable, kColumn), {"\u00E9"});
  ASSERT_TRUE(result.success) << result.error;
  // Composed and decomposed forms are different texts unless a collation says otherwise.
  EXPECT_EQ(lines(result.data), std::vector<std::string>{"b|\u00E9"});
}

TEST_P(UnicodeTest, StatementThatIsNotUtf8IsRefused) {
  for (const char* bytes : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    const QueryResult result = query(language().rows("people") + bytes);
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.code, ErrorCode::invalid_argument) << result.error;
  }
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(UnicodeTest, NulByteInAStatementIsRefused) {
  using namespace std::string_view_literals;
  for (const std::string_view tail : {"\0"sv, "\0; DROP TABLE people"sv}) {
    const QueryResult result = query(language().rows("people") + std::string(tail));
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.code, ErrorCode::invalid_argument) << result.error;
  }
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(UnicodeTest, StoredTextThatIsNotUtf8IsNeverTakenForText) {
  PENSTOCK_NEEDS(Feature::invalid_text);
  here().create_invalid_text("customer_db", "broken", 1);
  const QueryResult result = query(language().rows("broken"));
  EXPECT_EQ(result.success, quirks().invalid_text_comes_as_bytes) << result.error;
  if (result.success) {
    ASSERT_EQ(result.row_count, 2);
    const Bytes expected{{std::byte{0x66}, std::byte{0xFF}, std::byte{0x6F}}};
    EXPECT_EQ(result.data[1]["garbled"].as<Value>(), Value(expected));
  } else {
    EXPECT_EQ(result.code, ErrorCode::invalid_data);
    EXPECT_NE((result.error + result.hint).find("garbled"), std::string::npos) << result.error;
    EXPECT_TRUE(result.data.empty());
  }
  EXPECT_EQ(people_lines(), kPeople);
}

TEST_P(UnicodeTest, AStreamThatMeetsItLateDoesNotEndEarly) {
  PENSTOCK_NEEDS(Feature::invalid_text);
  constexpr std::int64_t kGood = 20'000;
  here().create_invalid_text("customer_db", "broken", kGood);
  auto stream = manager().stream_query(language().rows("broken"), "customer_db");
  ASSERT_TRUE(stream) << stream.error().message;
  const Drained drained = drain(*stream);
  EXPECT_EQ(!drained.error, quirks().invalid_text_comes_as_bytes);
  if (!drained.error) {
    EXPECT_EQ(drained.rows, kGood + 1);
    return;
  }
  EXPECT_EQ(drained.error->code, ErrorCode::invalid_data);
  EXPECT_LE(drained.rows, kGood);
  const auto again = stream->next();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), *drained.error);
}

PENSTOCK_CONFORMANCE_SUITE(UnicodeTest);

}  // namespace
}  // namespace penstock::conformance
