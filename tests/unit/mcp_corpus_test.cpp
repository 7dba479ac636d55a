// Replays what the fuzzer found, and what it starts from.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "fuzz/mcp_message_target.hpp"

namespace penstock::protocol::mcp {
namespace {

TEST(McpCorpus, KeepsEveryPromise) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../fuzz/corpus/mcp_message";
  int replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename());
    std::ifstream file(entry.path(), std::ios::binary);
    ASSERT_TRUE(file);
    run_mcp_message_target(std::string(std::istreambuf_iterator<char>(file), {}));
    ++replayed;
  }
  EXPECT_GE(replayed, 20);
}

}  // namespace
}  // namespace penstock::protocol::mcp
