// Replays the fuzzer's corpus, with any compiler.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "fuzz/mongodb_statement_target.hpp"

namespace penstock::mongodb::test {
namespace {

TEST(MongodbStatementCorpus, KeepsItsPromises) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../fuzz/corpus/mongodb_statement";
  int replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    SCOPED_TRACE(entry.path().filename().string());
    run_mongodb_statement_target(bytes);
    ++replayed;
  }
  EXPECT_GE(replayed, 15);
}

}  // namespace
}  // namespace penstock::mongodb::test
