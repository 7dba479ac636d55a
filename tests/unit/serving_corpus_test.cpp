// Replays what the fuzzers of tools.yaml, server.yaml, tokens and REST begin with and found.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "fuzz/rest_body_target.hpp"
#include "fuzz/token_target.hpp"
#include "fuzz/tools_target.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

// Aborts when a promise is broken.
template <typename Target>
void replay(const char* corpus, Target target) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../fuzz/corpus" / corpus;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename());
    target(penstock::test::read_file(entry.path()));
    ++count;
  }
  EXPECT_GE(count, 8);
}

TEST(ServingCorpus, ToolsKeepEveryPromise) {
  replay("tools", config::run_tools_target);
}

TEST(ServingCorpus, TokensKeepEveryPromise) {
  replay("token", server::run_token_target);
}

TEST(ServingCorpus, RestKeepsEveryPromise) {
  replay("rest_body", protocol::rest::run_rest_body_target);
}

}  // namespace
}  // namespace penstock
