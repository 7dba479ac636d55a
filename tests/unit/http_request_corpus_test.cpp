// Replays what the fuzzer found, and what it starts from.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "fuzz/http_request_target.hpp"

namespace penstock::server::test {
namespace {

TEST(HttpRequestCorpus, KeepsEveryPromise) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../fuzz/corpus/http_request";
  int replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename());
    std::ifstream file(entry.path(), std::ios::binary);
    ASSERT_TRUE(file);
    run_http_request_target(std::string(std::istreambuf_iterator<char>(file), {}));
    ++replayed;
  }
  EXPECT_GE(replayed, 20);
}

TEST(HttpRequestCorpus, AnyByteAnywhereInARequestKeepsThemToo) {
  const std::string request =
      "POST /a?b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nX: "
      "y\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (std::size_t at = 0; at < request.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = request;
      changed[at] = static_cast<char>(byte);
      run_http_request_target(changed);
    }
  }
}

}  // namespace
}  // namespace penstock::server::test
