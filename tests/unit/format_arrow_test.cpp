#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format_results.hpp"

namespace penstock {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kContinuation = "\xFF\xFF\xFF\xFF";
const std::string kEndOfStream = kContinuation + std::string(4, '\0');

TEST(FormatArrow, IsAlignedAndEnds) {
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U}) {
    const QueryResult result = make_result({{"text", TypeId::string}}, {{std::string(size, 'x')}, {nullptr}});
    const std::string stream = text_of(result, Format::arrow);
    EXPECT_EQ(stream.size() % 8, 0U);
    EXPECT_THAT(stream, StartsWith(kContinuation));
    EXPECT_THAT(stream, EndsWith(kEndOfStream));
  }
}

TEST(FormatArrow, DoesNotEndAfterAnError) {
  const QueryResult rows = make_result({{"id", TypeId::int64}}, {{1}});
  const std::string stream = broken_after(rows, Format::arrow, make_error());
  EXPECT_THAT(stream, EndsWith(kContinuation));
  EXPECT_THAT(stream, Not(EndsWith(kEndOfStream)));
}

TEST(FormatArrow, RefusesAColumnThatWidensAfterItWasAnnounced) {
  Recorder sink;
  const auto writer = make_writer(Format::arrow, {}, sink);
  const SchemaPtr announced = make_schema({{"id", TypeId::int64}, {"v", TypeId::int64}});
  const SchemaPtr wider = make_schema({{"id", TypeId::int64}, {"v", TypeId::variant}});
  ASSERT_TRUE(writer->begin(announced).has_value());
  ASSERT_TRUE(writer->batch(make_batch(announced, {{1, 1}})).has_value());
  const auto written = writer->batch(make_batch(wider, {{2, "two"}}));
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::unsupported);
  EXPECT_THAT(written.error().message, HasSubstr("column `v` was announced as int64"));
  EXPECT_THAT(written.error().hint, HasSubstr("CAST"));
  ASSERT_TRUE(writer->fail(written.error(), {}).has_value());
  EXPECT_THAT(sink.text, Not(EndsWith(kEndOfStream)));
}

}  // namespace
}  // namespace penstock
