// Replays the fuzzer's corpus, with any compiler.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "fuzz/postgresql_analysis_target.hpp"

namespace penstock::postgresql::test {
namespace {

TEST(PostgresqlAnalysisCorpus, KeepsItsPromises) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../fuzz/corpus/postgresql_analysis";
  int replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    SCOPED_TRACE(entry.path().filename().string());
    run_postgresql_analysis_target(bytes);
    ++replayed;
  }
  EXPECT_GE(replayed, 40);
}

}  // namespace
}  // namespace penstock::postgresql::test
