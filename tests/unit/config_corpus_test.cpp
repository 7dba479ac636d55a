// Replays what the fuzzer found, and what it starts from.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "fuzz/config_target.hpp"

namespace penstock::config {
namespace {

TEST(ConfigCorpus, KeepsEveryPromise) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../fuzz/corpus/config";
  int replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename());
    std::ifstream file(entry.path(), std::ios::binary);
    ASSERT_TRUE(file);
    run_config_target(std::string(std::istreambuf_iterator<char>(file), {}));
    ++replayed;
  }
  EXPECT_GE(replayed, 20);
}

TEST(ConfigCorpus, BytesAreNoConfigurationWhateverTheyAre) {
  for (int first = 0; first < 256; ++first) {
    for (const std::string_view rest : {"", ": x", "\n- x", "x: [", " \n...\n", "'"}) {
      run_config_target(static_cast<char>(first) + std::string(rest));
    }
  }
}

}  // namespace
}  // namespace penstock::config
