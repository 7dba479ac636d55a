// Packets, values and grants of MySQL, without a server.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "penstock/builder.hpp"

#include "datasources/mysql/answers.hpp"
#include "datasources/mysql/decode.hpp"
#include "datasources/mysql/functions.hpp"
#include "datasources/mysql/grants.hpp"
#include "datasources/mysql/parameters.hpp"
#include "datasources/mysql/wire.hpp"

namespace penstock::mysql::test {
namespace {

using namespace std::string_view_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(MysqlWire, PutsAndTakesLengths) {
  for (const std::uint64_t length :
       {0ULL, 250ULL, 251ULL, 65'535ULL, 65'536ULL, 16'777'215ULL, 16'777'216ULL}) {
    std::string out;
    put_length(out, length);
    WireReader reader(out);
    EXPECT_EQ(reader.take_length(), length);
    EXPECT_TRUE(reader.rest().empty());
    EXPECT_EQ(WireReader(std::string_view(out).substr(0, out.size() - 1)).take_length(), std::nullopt);
  }
  EXPECT_EQ(WireReader("\xFB"sv).take_length(), std::nullopt);
}

constexpr std::string_view kOk = "\x00\x00\x00\x02\x00\x00\x00"sv;
constexpr std::string_view kEnd = "\xFE\x00\x00\x02\x00"sv;

TEST(MysqlAnswers, FollowsAResult) {
  Answers answers;
  answers.expect(Answers::Kind::ok);
  answers.expect(Answers::Kind::binary_result);
  answers.expect(Answers::Kind::ok);
  using enum Answers::Packet;
  EXPECT_EQ(answers.classify(kOk), ok);
  EXPECT_EQ(answers.classify("\x02\x01"sv), columns);
  EXPECT_EQ(answers.classify("a description"sv), column);
  EXPECT_EQ(answers.classify("a description"sv), column);
  EXPECT_EQ(answers.classify(kEnd), column_end);
  EXPECT_TRUE(answers.in_binary_rows());
  EXPECT_EQ(answers.classify("\x00row"sv), row);
  EXPECT_EQ(answers.classify(kEnd), rows_end);
  EXPECT_EQ(answers.classify(kOk), ok);
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(answers.classify(kOk), broken);
}

TEST(MysqlAnswers, FollowsAResultWhoseColumnsAreKnown) {
  Answers answers;
  answers.expect(Answers::Kind::binary_result);
  using enum Answers::Packet;
  EXPECT_EQ(answers.classify("\x02\x00"sv), columns);
  EXPECT_EQ(answers.classify(kEnd), column_end);
  EXPECT_EQ(answers.classify("\x00row"sv), row);
  EXPECT_EQ(answers.classify("\xFF\x51\x04#70100why"sv), error);
  EXPECT_TRUE(answers.empty());
}

TEST(MysqlAnswers, FollowsAPreparedStatement) {
  Answers answers;
  answers.expect(Answers::Kind::prepared);
  using enum Answers::Packet;
  EXPECT_EQ(answers.classify("\x00\x07\x00\x00\x00\x01\x00\x02\x00\x00\x00\x00"sv), prepared);
  EXPECT_EQ(answers.classify("p"sv), parameter);
  EXPECT_EQ(answers.classify("p"sv), parameter);
  EXPECT_EQ(answers.classify(kEnd), parameter_end);
  EXPECT_EQ(answers.classify("c"sv), column);
  EXPECT_EQ(answers.classify(kEnd), column_end);
  EXPECT_TRUE(answers.empty());
}

TEST(MysqlAnswers, RefusesAFileToBeSent) {
  Answers answers;
  answers.expect(Answers::Kind::text_result);
  EXPECT_EQ(answers.classify("\xFB/etc/passwd"sv), Answers::Packet::broken);
}

Value decoded(const Codec& codec, std::string_view bytes) {
  const auto schema = std::make_shared<const Schema>(std::vector<Field>{{"v", codec.type}});
  BatchBuilder builder(schema);
  if (!append_value(codec, bytes, builder.column(0))) return "refused";
  const RecordBatch batch = builder.finish();
  return batch.row(0)[0].as<Value>();
}

TEST(MysqlDecode, KeepsDatesThatNoCalendarHas) {
  const Codec date{Wire::date, TypeId::date};
  EXPECT_EQ(decoded(date, "\xE8\x07\x02\x1D"sv), Value(Date{19'782}));
  EXPECT_EQ(decoded(date, ""sv), Value("0000-00-00"));
  EXPECT_EQ(decoded(date, "\xE8\x07\x00\x00"sv), Value("2024-00-00"));
  EXPECT_EQ(decoded({Wire::datetime, TypeId::timestamp}, ""sv), Value("0000-00-00 00:00:00"));
  EXPECT_EQ(decoded(date, "\x01"sv), Value("refused"));
}

TEST(MysqlDecode, KeepsTimesThatNoDayHas) {
  const Codec time{Wire::time, TypeId::time};
  EXPECT_EQ(decoded(time, "\x00\x00\x00\x00\x00\x01\x02\x03"sv), Value(Time{3'723'000'000}));
  EXPECT_EQ(decoded(time, "\x01\x01\x00\x00\x00\x01\x00\x00"sv),
            Value(Interval{.nanoseconds = -25LL * 3'600 * 1'000'000'000}));
}

TEST(MysqlDecode, ReadsBitsAndGeometries) {
  EXPECT_EQ(decoded({Wire::bit, TypeId::uint64}, "\x01\x02"sv), Value(std::uint64_t{258}));
  const std::string point("\0\0\0\0\1\1\0\0\0\0\0\0\0\0\0\xF0\x3F\0\0\0\0\0\0\0\xC0", 25);
  EXPECT_EQ(geometry_text(point), "POINT(1 -2)");
  EXPECT_EQ(geometry_text(std::string_view(point).substr(0, 20)), std::nullopt);
  EXPECT_EQ(geometry_text(""), std::nullopt);
}

TEST(MysqlParameters, SayWhatCannotBeSent) {
  EXPECT_TRUE(bind_parameters({1, "a", nullptr, 2.5, Value(Bytes{})}));
  const auto refusal = [](Value value) {
    return bind_parameters(Params({std::move(value)})).error().message;
  };
  EXPECT_THAT(refusal(Value::List{}), HasSubstr("parameter 1 is a list"));
  EXPECT_THAT(refusal(Decimal{"NaN"}), HasSubstr("finite"));
  EXPECT_THAT(refusal(Interval{.months = 1}), HasSubstr("months"));
  EXPECT_THAT(refusal(std::string("\xff")), HasSubstr("UTF-8"));
  EXPECT_THAT(bind_parameters(Params::named({{"a", 1}})).error().message, HasSubstr("`?`"));
}

TEST(MysqlFunctions, AreOfOneUse) {
  EXPECT_EQ(use_of("coalesce"), WordUse::harmless);
  EXPECT_EQ(use_of("Sleep"), WordUse::refused);
  EXPECT_EQ(use_of("in"), WordUse::grammar);
  EXPECT_EQ(use_of("unheard_of"), WordUse::unknown);
  for (const std::string_view name : refused_functions()) {
    EXPECT_EQ(use_of(name), WordUse::refused) << name;
    EXPECT_FALSE(reason_for(name).empty()) << name;
  }
}

TEST(MysqlGrants, NameWhatIsTooMuch) {
  const std::vector<LogicalDatabase> served{{"customer_db", "customer_db"}};
  EXPECT_THAT(excessive_grants(
                  {"GRANT USAGE ON *.* TO `a`@`%`", "GRANT SELECT, SHOW VIEW ON `customer_db`.* TO `a`@`%`"},
                  Access::read_only, served),
              IsEmpty());
  EXPECT_THAT(excessive_grants({"GRANT SELECT, INSERT (a, b), FILE ON *.* TO `a`@`%` WITH GRANT OPTION"},
                               Access::read_only, served),
              ElementsAre(HasSubstr("may grant"), HasSubstr("every database"), HasSubstr("FILE"),
                          HasSubstr("INSERT")));
  EXPECT_THAT(excessive_grants({"GRANT SYSTEM_VARIABLES_ADMIN,CLONE_ADMIN ON *.* TO `a`@`%`"},
                               Access::read_only, served),
              ElementsAre(HasSubstr("may administer the server (SYSTEM_VARIABLES_ADMIN, CLONE_ADMIN)")));
  EXPECT_THAT(excessive_grants({"GRANT SELECT (first_name, last_name) ON `customer_db`.`people` TO `a`@`%`"},
                               Access::read_only, served),
              IsEmpty());
  EXPECT_THAT(excessive_grants({"GRANT SELECT ON `payroll`.* TO `a`@`%`"}, Access::read_only, served),
              ElementsAre(HasSubstr("not served")));
}

}  // namespace
}  // namespace penstock::mysql::test
