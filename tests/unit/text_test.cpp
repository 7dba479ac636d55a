#include <cmath>

#include <gtest/gtest.h>

#include "penstock/value.hpp"

namespace penstock {
namespace {

template <typename T>
std::string text(const T& value) {
  std::string out;
  append_text(out, value);
  return out;
}

TEST(Text, WritesDaysFromTheEndsOfTheCalendar) {
  EXPECT_EQ(text(Date{0}), "1970-01-01");
  EXPECT_EQ(text(Date{-1}), "1969-12-31");
  EXPECT_EQ(text(Date{19'782}), "2024-02-29");
  EXPECT_EQ(text(Date{-719'528}), "0000-01-01");
  EXPECT_EQ(text(Date{-719'529}), "-0001-12-31");
  EXPECT_EQ(text(Date{2'932'897}), "+10000-01-01");
  EXPECT_EQ(text(Date{2'145'042'905}), "+5874897-12-31");
  EXPECT_EQ(text(Date{std::numeric_limits<std::int32_t>::max()}), "infinity");
  EXPECT_EQ(text(Date{std::numeric_limits<std::int32_t>::min()}), "-infinity");
}

TEST(Text, WritesMomentsWithTheirFraction) {
  EXPECT_EQ(text(Timestamp{0}), "1970-01-01 00:00:00");
  EXPECT_EQ(text(Timestamp{-1}), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(text(TimestampTz{1'500'000}), "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(text(TimestampTz{std::numeric_limits<std::int64_t>::max()}), "infinity");
  EXPECT_EQ(text(Time{86'400'000'000}), "24:00:00");
}

TEST(Text, WritesIntervalsAsIso8601) {
  EXPECT_EQ(text(Interval{}), "PT0S");
  EXPECT_EQ(text(Interval{14, 3, 3'661'500'000'000}), "P1Y2M3DT1H1M1.5S");
  EXPECT_EQ(text(Interval{0, 0, -500'000'000}), "PT-0.5S");
  EXPECT_EQ(text(Interval{-1, 0, 0}), "P-1M");
}

TEST(Text, WritesNumbersThatReadBackTheSame) {
  EXPECT_EQ(text(10.0), "10.0");
  EXPECT_EQ(text(0.1), "0.1");
  EXPECT_EQ(text(1e300), "1e+300");
  EXPECT_EQ(text(-0.0), "-0.0");
  EXPECT_EQ(text(std::nan("")), "NaN");
  EXPECT_EQ(text(-INFINITY), "-Infinity");
  EXPECT_EQ(text(0.1F), "0.1");
}

TEST(Text, ReadsDatesAndTimesInOneFormOnly) {
  EXPECT_EQ(parse_date("2024-02-29"), Date{19'782});
  EXPECT_EQ(parse_timestamp("1970-01-01 00:00:01.5"), Timestamp{1'500'000});
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:01"), Timestamp{1'000'000});
  for (const char* bad : {"2023-02-29", "2024-13-01", "2024-00-01", "24-01-01", "2024-1-01", " 2024-01-01",
                          "2024-01-32", "2024-01-01 ", ""}) {
    EXPECT_EQ(parse_date(bad), std::nullopt) << bad;
  }
  for (const char* bad :
       {"24:00:00", "12:60:00", "12:00:60", "12:00", "12:00:00.", "12:00:00.1234567", "12:00:00Z"}) {
    EXPECT_EQ(parse_time(bad), std::nullopt) << bad;
  }
}

TEST(Text, ReadsBackEveryDayThatItWrites) {
  for (std::int32_t day = -719'528; day <= 2'932'896; day += 97)
    ASSERT_EQ(parse_date(text(Date{day})), Date{day});
}

TEST(Text, ReadsBackAUuid) {
  const auto uuid = parse_uuid("0123456f-89AB-cdef-0123-456789abcdef");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(text(*uuid), "0123456f-89ab-cdef-0123-456789abcdef");
  EXPECT_EQ(parse_uuid("0123456f-89ab-cdef-0123-456789abcdeg"), std::nullopt);
  EXPECT_EQ(parse_uuid("0123456f089ab-cdef-0123-456789abcdef"), std::nullopt);
}

TEST(Value, TakesWhatACallerHasAtHand) {
  EXPECT_EQ(Value(42).type(), TypeId::int64);
  EXPECT_EQ(Value(42U).type(), TypeId::uint64);
  EXPECT_EQ(Value(true).type(), TypeId::boolean);
  EXPECT_EQ(Value("x").type(), TypeId::string);
  EXPECT_EQ(Value(nullptr).type(), TypeId::null);
  EXPECT_EQ(Value(Value::List{1, "b"}).to_text(), "[1, b]");
  EXPECT_EQ(Value(Bytes{{std::byte{0xAB}}}).to_text(), "\\xab");
}

}  // namespace
}  // namespace penstock
