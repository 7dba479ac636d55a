// Replays the fuzzer's corpus, with any compiler.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "fuzz/duckdb_text_target.hpp"

namespace penstock::duckdb::test {
namespace {

TEST(DuckDbCorpus, KeepsItsPromises) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../fuzz/corpus/duckdb_text";
  int replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    SCOPED_TRACE(entry.path().filename().string());
    for (std::size_t length = 0; length <= bytes.size(); length += bytes.size() < 200 ? 1 : 37)
      run_duckdb_text_target(std::string_view(bytes).substr(0, length));
    run_duckdb_text_target(bytes);
    ++replayed;
  }
  EXPECT_GE(replayed, 30);
}

}  // namespace
}  // namespace penstock::duckdb::test
