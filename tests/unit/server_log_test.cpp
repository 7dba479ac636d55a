#include <gtest/gtest.h>

#include "server/config_watch.hpp"
#include "server/log.hpp"

namespace penstock::server {
namespace {

TEST(ServerLog, LinesAreJsonOrText) {
  const auto line = [](LogFormat format) {
    return log_line(format, "T", LogLevel::warning, "something",
                    {{"text", "a \"b\"\nc\x01\\"},
                     {"plain", std::string("x/y")},
                     {"count", 3},
                     {"ratio", 0.5},
                     {"flag", true},
                     {"none", ""}});
  };
  EXPECT_EQ(
      line(LogFormat::json),
      R"({"time":"T","level":"warning","event":"something","text":"a \"b\"\nc\u0001\\","plain":"x/y","count":3,)"
      R"("ratio":0.500,"flag":true,"none":""})");
  EXPECT_EQ(
      line(LogFormat::text),
      R"(T warning something text="a \"b\"\nc\u0001\\" plain=x/y count=3 ratio=0.500 flag=true none="")");
}

TEST(ServerLog, OnlyConfigurationFilesAreWatched) {
  for (const std::string_view name :
       {"datasources.yaml", "summary.yaml", "server.yaml", "tools.yaml", ".env", "..data"})
    EXPECT_TRUE(is_config_file(name)) << name;
  for (const std::string_view name : {"", "datasources.yaml.swp", ".datasources.yaml.swp", "data", "env"})
    EXPECT_FALSE(is_config_file(name)) << name;
}

}  // namespace
}  // namespace penstock::server
