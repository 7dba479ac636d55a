#include "server/audit/audit_line.hpp"

#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace penstock::server {
namespace {

using namespace std::chrono_literals;

constexpr AuditTime kTime{std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 23h + 59min + 58s +
                          1'203us};

AuditQuery query() {
  AuditQuery made;
  made.time = kTime;
  made.request_id = "r-1";
  made.principal = "agent";
  made.front_end = "mcp";
  made.tool = "execute_query";
  made.database = "customer_db";
  made.datasource = "bank";
  made.node = "primary";
  made.print.fingerprint = 0xAB;
  made.print.sha256[0] = 0x0F;
  made.rows = 3;
  made.bytes = 120;
  made.duration = 4'500us;
  return made;
}

std::string line_of(const auto& record) {
  std::string line;
  append_line(line, record);
  return line;
}

TEST(AuditLine, HasWhoAskedWhatAndHowItEnded) {
  EXPECT_EQ(line_of(query()),
            R"({"time":"2026-01-31T23:59:58.001203Z","event":"query","request_id":"r-1","principal":"agent",)"
            R"("front_end":"mcp","tool":"execute_query","database":"customer_db","datasource":"bank",)"
            R"("node":"primary","fingerprint":"00000000000000ab","sha256":"0f)" +
                std::string(62, '0') +
                R"(","verdict":"allowed","rows":3,"bytes":120,"duration_us":4500})"
                "\n");
}

TEST(AuditLine, HasTheCodeAndStateOfAFailure) {
  AuditQuery failed = query();
  failed.code = ErrorCode::constraint;
  failed.sqlstate = "23505";
  failed.affected_rows = 0;
  failed.truncated = true;
  const std::string line = line_of(failed);
  EXPECT_TRUE(line.contains(R"("verdict":"failed","code":"constraint","sqlstate":"23505","rows":3,)"))
      << line;
  EXPECT_TRUE(line.contains(R"("affected_rows":0,"truncated":true,)")) << line;
}

TEST(AuditLine, ShowsStatementAndParametersWhenAskedToAlone) {
  AuditQuery asked = query();
  EXPECT_FALSE(line_of(asked).contains("statement"));
  const std::string sql = "SELECT \"a\"\n\xff";
  const Params params{
      Value(), true, 7, 2.5, "it's\n", Value(Value::List{Value(1), Value("x")}), Value(Date{.days = 0})};
  asked.statement = &sql;
  asked.params = &params;
  const std::string line = line_of(asked);
  EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line, whatever is in it";
  const auto parsed = boost::json::parse(line).as_object();
  EXPECT_EQ(parsed.at("statement").as_string(), "SELECT \"a\"\n\xEF\xBF\xBD");
  EXPECT_EQ(boost::json::serialize(parsed.at("params")),
            R"([null,true,7,2.5E0,"it's\n",[1,"x"],"1970-01-01"])");
  const Params named = Params::named({{"id", 7}});
  asked.params = &named;
  EXPECT_TRUE(line_of(asked).contains(R"("params":{"id":7})"));
}

TEST(AuditLine, SaysWhoWasNotKnown) {
  EXPECT_EQ(line_of(AuditRefusal{.time = kTime,
                                 .request_id = "r-2",
                                 .front_end = "rest",
                                 .peer = "127.0.0.1",
                                 .reason = "the token is expired"}),
            R"({"time":"2026-01-31T23:59:58.001203Z","event":"authentication","request_id":"r-2",)"
            R"("front_end":"rest","peer":"127.0.0.1","verdict":"refused","code":"unauthenticated",)"
            R"("reason":"the token is expired"})"
            "\n");
}

TEST(AuditLine, VerdictsFollowTheCodes) {
  EXPECT_EQ(verdict_of(std::nullopt), AuditVerdict::allowed);
  for (const ErrorCode code : {ErrorCode::unauthenticated, ErrorCode::forbidden, ErrorCode::read_only,
                               ErrorCode::cross_datasource, ErrorCode::overloaded}) {
    EXPECT_EQ(verdict_of(code), AuditVerdict::refused);
  }
  EXPECT_EQ(verdict_of(ErrorCode::cancelled), AuditVerdict::cancelled);
  for (const ErrorCode code : {ErrorCode::syntax_error, ErrorCode::timeout, ErrorCode::unavailable})
    EXPECT_EQ(verdict_of(code), AuditVerdict::failed);
}

TEST(AuditLine, PrintsAreTheHashAndTheShape) {
  const StatementPrint print = print_of("abc");
  EXPECT_EQ(print.sha256[0], 0xba) << "FIPS 180-4: ba7816bf ...";
  EXPECT_EQ(print.sha256[31], 0xad);
  EXPECT_EQ(print_of("SELECT 1").fingerprint, print_of("select  2").fingerprint);
  EXPECT_NE(print_of("SELECT 1").sha256, print_of("select  2").sha256);
}

TEST(AuditLine, ItsTimeCanBeReadBack) {
  EXPECT_EQ(time_of_line(line_of(query())), kTime);
  for (const char* other :
       {"", "{}", R"({"time":"2026-01-31T23:59:58.001203Z")", R"({"time":"2026-02-31T23:59:58.001203Z"})",
        R"({"time":"2026-01-31 23:59:58.001203Z"})"}) {
    const bool whole = std::string_view(other).starts_with(R"({"time":"2026-01-31T)");
    EXPECT_EQ(time_of_line(other).has_value(), whole) << other;
  }
}

}  // namespace
}  // namespace penstock::server
