// penstock mcp on its pipes, while its configuration changes.
#include <array>
#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "server/mcp_process.hpp"
#include "server/serving_configuration.hpp"
#include "sqlite_bank.hpp"
#include "temporary_folder.hpp"

namespace penstock::server {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A host: writes to one pipe and reads lines from the other.
class PipedMcp : public testing::Test {
 protected:
  void SetUp() override {
    test::write_file(
        folder_ / "datasources.yaml",
        "datasources:\n  bank: {type: sqlite, connection: {path: .}, databases: [customer_db]}\n");
    sqlite::run_sql(folder_.path() / "customer_db.sqlite", "CREATE TABLE customers (id INTEGER)");
    ASSERT_EQ(::pipe(to_.data()), 0);
    ASSERT_EQ(::pipe(from_.data()), 0);
    ServiceOptions options;
    options.folder = folder_.path();
    auto configuration = read_serving_configuration(folder_.path());
    ASSERT_TRUE(configuration) << configuration.error().message;
    options.configuration = std::move(*configuration);
    process_ = std::jthread([this, options = std::move(options)] {
      McpStdioOptions pipes;
      pipes.input = to_[0];
      pipes.output = from_[1];
      EXPECT_TRUE(serve_mcp(options, {}, {}, pipes));
    });
    say(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}})");
    say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    ASSERT_THAT(hear(R"("id":1)"), HasSubstr("listChanged"));
  }
  void TearDown() override {
    ::close(to_[1]);
    if (process_.joinable()) process_.join();
    for (const int fd : {to_[0], from_[0], from_[1]})
      ::close(fd);
  }

  void say(std::string_view line) const {
    const std::string text = std::string(line) + "\n";
    ASSERT_EQ(::write(to_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// The first line from now on that holds the text; what came instead, when none does.
  std::string hear(std::string_view text) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < until) {
      for (std::size_t end = heard_.find('\n'); end != std::string::npos; end = heard_.find('\n')) {
        std::string line = heard_.substr(0, end);
        heard_.erase(0, end + 1);
        if (line.contains(text)) return line;
      }
      pollfd ready{.fd = from_[0], .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, 100) <= 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t count = ::read(from_[0], buffer.data(), buffer.size());
      if (count <= 0) break;
      heard_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return "nothing with " + std::string(text) + "; left: " + heard_;
  }
  std::string tools() {
    say(R"({"jsonrpc":"2.0","id":)" + std::to_string(++id_) + R"(,"method":"tools/list"})");
    return hear("\"id\":" + std::to_string(id_));
  }

  test::TemporaryFolder folder_;
  std::array<int, 2> to_{};
  std::array<int, 2> from_{};
  std::jthread process_;
  std::string heard_;
  int id_ = 1;
};

TEST_F(PipedMcp, TellsWhatChangedInItsConfiguration) {
  EXPECT_THAT(tools(), Not(HasSubstr("all_customers")));
  const std::string good =
      "tools:\n  - name: all_customers\n    description: All\n    database: customer_db\n"
      "    statement: SELECT * FROM customers\n";
  test::write_file(folder_ / "tools.yaml", good);
  EXPECT_THAT(hear("list_changed"), HasSubstr("notifications/tools/list_changed"));
  EXPECT_THAT(tools(), HasSubstr("all_customers"));
  // A mistake changes nothing; what comes behind it does.
  test::write_file(folder_ / "tools.yaml", "tools: 1\n");
  test::write_file(folder_ / "server.yaml", "nonsense: 1\n");
  EXPECT_THAT(tools(), HasSubstr("all_customers"));
  std::filesystem::remove(folder_ / "server.yaml");
  test::write_file(folder_ / "tools.yaml", good +
                                               "  - name: one_more\n    description: One\n"
                                               "    database: customer_db\n    statement: SELECT 1\n");
  EXPECT_THAT(hear("list_changed"), HasSubstr("notifications/tools/list_changed"));
  EXPECT_THAT(tools(), HasSubstr("one_more"));
}

}  // namespace
}  // namespace penstock::server
