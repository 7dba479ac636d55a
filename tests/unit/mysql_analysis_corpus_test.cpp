// Replays the fuzzer's corpus, with any compiler.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "fuzz/mysql_analysis_target.hpp"

namespace penstock::mysql::test {
namespace {

TEST(MysqlAnalysisCorpus, KeepsItsPromises) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../fuzz/corpus/mysql_analysis";
  int replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    SCOPED_TRACE(entry.path().filename().string());
    run_mysql_analysis_target(bytes);
    for (std::size_t length = 0; length < bytes.size(); ++length)
      run_mysql_analysis_target(std::string_view(bytes).substr(0, length));
    ++replayed;
  }
  EXPECT_GE(replayed, 100);
}

}  // namespace
}  // namespace penstock::mysql::test
