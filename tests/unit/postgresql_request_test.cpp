#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "datasources/postgresql/request.hpp"

namespace penstock::postgresql {
namespace {

using namespace std::string_literals;

TEST(PostgresqlRequest, RunsWithoutParameters) {
  Request request;
  request.run("s");
  EXPECT_EQ(request.unsent(),
            "B\0\0\0\x0D\0s\0\0\0\0\0\0\0"
            "E\0\0\0\x09\0\0\0\0\0"s);
}

TEST(PostgresqlRequest, RunsWithParametersFormatsAndALimit) {
  Request request;
  const TextParameters parameters{"12", "", std::nullopt};
  const std::array formats{Format::binary, Format::text};
  request.run("", parameters, formats, 258);
  EXPECT_EQ(request.unsent(),
            "B\0\0\0\x1E\0\0\0\0\0\x03"
            "\0\0\0\x02"
            "12"
            "\0\0\0\0"
            "\xFF\xFF\xFF\xFF"
            "\0\x02\0\x01\0\0"
            "E\0\0\0\x09\0\0\0\x01\x02"s);
}

TEST(PostgresqlRequest, QueuesOneBehindTheOther) {
  Request request;
  request.parse("s", "SELECT 1");
  request.describe("s");
  request.close("old");
  request.sync();
  EXPECT_EQ(request.unsent(),
            "P\0\0\0\x11s\0SELECT 1\0\0\0"
            "D\0\0\0\x07Ss\0"
            "C\0\0\0\x09Sold\0"
            "S\0\0\0\x04"s);
  EXPECT_EQ(request.syncs(), 1);
  request.mark_sent(18);
  EXPECT_TRUE(request.unsent().starts_with('D'));
  request.mark_sent(request.unsent().size());
  EXPECT_EQ(request.unsent(), "");
  request.query("X");
  EXPECT_TRUE(request.unsent().starts_with("P\0\0\0\x09\0X\0\0\0B"s));
}

}  // namespace
}  // namespace penstock::postgresql
