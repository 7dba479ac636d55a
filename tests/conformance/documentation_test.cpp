// The code shown in docs/adding-a-datasource.md is that of the examples, line by line.
#include <algorithm>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "conformance/support_table.hpp"
#include "temporary_folder.hpp"

namespace penstock::conformance {
namespace {

TEST(Documentation, ShowsTheCodeOfTheExamples) {
  const std::filesystem::path root = PENSTOCK_SOURCE_DIR;
  const std::string page = test::read_file(root / "docs/adding-a-datasource.md");
  constexpr std::string_view kMarker = "<!-- examples/";
  constexpr std::string_view kFence = "```cpp\n";
  std::size_t blocks = 0;
  for (std::size_t at = page.find(kMarker); at != std::string::npos; at = page.find(kMarker, at + 1)) {
    const std::size_t name = at + std::string_view("<!-- ").size();
    const std::string file = page.substr(name, page.find(" -->", name) - name);
    const std::size_t begin = page.find(kFence, at) + kFence.size();
    const std::string code = page.substr(begin, page.find("```", begin) - begin);
    EXPECT_NE(test::read_file(root / file).find("\n" + code), std::string::npos) << file << " does not have\n"
                                                                                 << code;
    ++blocks;
  }
  EXPECT_GE(blocks, 5U);
  std::size_t fences = 0;
  for (std::size_t at = page.find(kFence); at != std::string::npos; at = page.find(kFence, at + 1))
    ++fences;
  EXPECT_EQ(fences, blocks) << "a block of C++ that no example vouches for";
}

TEST(Documentation, TellsTheLengthOfTheExample) {
  const std::filesystem::path root = PENSTOCK_SOURCE_DIR;
  const std::string example = test::read_file(root / "examples/csv_folder.hpp");
  const auto lines = std::count(example.begin(), example.end(), '\n');
  EXPECT_LT(lines, 150);
  const std::string told = std::to_string(lines) + " lines in all";
  EXPECT_NE(test::read_file(root / "docs/adding-a-datasource.md").find(told), std::string::npos) << told;
}

TEST(Documentation, TellsWhatEachTypeCanDo) {
  const std::filesystem::path page = std::filesystem::path(PENSTOCK_SOURCE_DIR) / "docs/datasource-types.md";
  EXPECT_EQ(support_table_of(page), support_table())
      << "write it anew: conformance_tests --write-support-table=docs/datasource-types.md";
}

}  // namespace
}  // namespace penstock::conformance
