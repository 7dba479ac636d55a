#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "penstock/format.hpp"

namespace penstock {
namespace {

using ::testing::HasSubstr;

TEST(FormatNames, ReadBackAsTheSameFormat) {
  for (const Format format : {Format::table, Format::json, Format::jsonl, Format::csv, Format::tsv,
                              Format::markdown, Format::arrow}) {
    ASSERT_FALSE(to_string(format).empty());
    EXPECT_EQ(parse_format(to_string(format)), format);
  }
  EXPECT_EQ(parse_format("JSON"), Format::json);
  EXPECT_EQ(parse_format("ndjson"), Format::jsonl);
  EXPECT_EQ(parse_format("md"), Format::markdown);
}

TEST(FormatNames, AWrongOneIsRefusedWithTheNearest) {
  const auto format = parse_format("makdown");
  ASSERT_FALSE(format.has_value());
  EXPECT_EQ(format.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(format.error().message, HasSubstr("table, json, jsonl, csv, tsv, markdown, arrow"));
  EXPECT_EQ(format.error().hint, "did you mean `markdown`?");
  EXPECT_FALSE(parse_format("").has_value());
}

}  // namespace
}  // namespace penstock
