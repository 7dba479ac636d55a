// The command `penstock serve`: from its line on standard output to its exit status.

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "integration/cli_bank.hpp"
#include "integration/http_client.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class Serve : public CliTest {
 protected:
  /// A server on a free port, once it is ready.
  [[nodiscard]] std::unique_ptr<Process> start(std::vector<std::string> more = {}, Surroundings around = {}) {
    if (around.directory.empty()) around = surroundings();
    std::vector<std::string> arguments{"serve", "--listen", "127.0.0.1:0", "--log-format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto process = std::make_unique<Process>(arguments, around);
    EXPECT_TRUE(process->wait_for_text("penstock: serving on http://127.0.0.1:"));
    EXPECT_TRUE(process->wait_for_text("\n"));
    const std::string& out = process->output();
    url_ = out.substr(out.find("http://"), out.find('\n') - out.find("http://"));
    return process;
  }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  std::string url_;
};

TEST_F(Serve, AnswersUntilASignalAndEndsWithStatus0) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const auto process = start();
    HttpClient client(url());
    ASSERT_TRUE(client.get("/healthz"));
    EXPECT_EQ(client.read().status, 200);
    ASSERT_TRUE(client.get("/nothing/here"));
    const HttpAnswer missing = client.read();
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.header("content-type"), "application/problem+json");
    process->send_signal(signal);
    const Finished done = process->wait();
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_EQ(std::count(done.out.begin(), done.out.end(), '\n'), 1) << done.out;
    EXPECT_THAT(done.err, HasSubstr(R"("event":"ready")"));
    EXPECT_THAT(done.err, HasSubstr(R"("event":"stopped")"));
  }
}

TEST_F(Serve, SaysWhatItsSessionsCouldDoBeyondTheirAccess) {
  std::filesystem::permissions(folder() / "bank/accounts_db.sqlite", std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  const auto process = start();
  EXPECT_TRUE(process->wait_for_text("every user of this machine may write"));
  EXPECT_THAT(process->errors(), HasSubstr(R"("event":"node_permissions","datasource":)"));
  EXPECT_THAT(process->errors(), HasSubstr(R"("server":"SQLite 3.)"));
}

TEST_F(Serve, ReadsTheConfigurationAgainOnSighupAndWhenItChanges) {
  const auto process = start();
  process->send_signal(SIGHUP);
  ASSERT_TRUE(process->wait_for_text(R"("event":"reloaded","cause":"SIGHUP")"));
  const std::string file = "config/datasources.yaml";
  const std::string good = read_file(file);
  write_file(file, good + "\nmistake: 1\n");
  ASSERT_TRUE(process->wait_for_text(R"("event":"reload_failed","cause":"files changed")"));
  HttpClient client(url());
  ASSERT_TRUE(client.get("/healthz"));
  EXPECT_EQ(client.read().status, 200);
  // As editors do it: another file under the name.
  write_file("config/new", good);
  std::filesystem::rename(folder() / "config/new", folder() / file);
  ASSERT_TRUE(process->wait_for_text(R"("event":"reloaded","cause":"files changed")"));
  // What the command line changes, and what holds at once, is no reason to restart.
  EXPECT_THAT(process->errors(), Not(HasSubstr("restart_needed")));
  write_file("config/server.yaml", "server:\n  gzip: false\n");
  ASSERT_TRUE(process->wait_for_text(R"("event":"restart_needed")"));
  process->send_signal(SIGTERM);
  const Finished done = process->wait();
  EXPECT_EQ(done.status, 0);
  EXPECT_THAT(done.err, HasSubstr("datasources.yaml:"));
}

TEST_F(Serve, DoesNotListenBeyondLoopbackUntilToldTo) {
  for (const std::string address : {"0.0.0.0:0", "[::]:0", "10.1.2.3:80"}) {
    const Finished refused = penstock({"serve", "--listen", address});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.err, HasSubstr("--allow-remote"));
  }
  Process process({"serve", "--listen", "0.0.0.0:0", "--allow-remote"}, surroundings());
  EXPECT_TRUE(process.wait_for_text("serving on http://0.0.0.0:"));
  process.send_signal(SIGTERM);
  EXPECT_EQ(process.wait().status, 0);
}

TEST_F(Serve, SaysWhatIsWrongAtItsStart) {
  const auto process = start();
  const Finished taken = penstock({"serve", "--listen", url().substr(7)});
  EXPECT_EQ(taken.status, 3);
  EXPECT_THAT(taken.err, HasSubstr("cannot listen at"));
  EXPECT_EQ(penstock({"serve", "--listen", "nonsense"}).status, 2);
  EXPECT_EQ(penstock({"serve", "--log-level", "loud"}).status, 2);
  EXPECT_EQ(penstock({"serve", "--log-format", "xml"}).status, 2);
  write_file("config/server.yaml", "server:\n  port: 1\n");
  const Finished wrong = penstock({"serve", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("server.yaml:2:3"));
}

TEST_F(Serve, StartsWithItsSignalsIgnored) {
  Process process("sh",
                  {"-c", "trap '' INT TERM HUP; exec \"$0\" serve --listen 127.0.0.1:0", PENSTOCK_COMMAND},
                  surroundings());
  ASSERT_TRUE(process.wait_for_text("serving on"));
  process.send_signal(SIGHUP);
  ASSERT_TRUE(process.wait_for_text("reloaded"));
  process.send_signal(SIGTERM);
  EXPECT_EQ(process.wait().status, 0);
}

/// What systemd's end of the notification socket hears.
class NotifySocket {
 public:
  explicit NotifySocket(const std::filesystem::path& path)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  ~NotifySocket() { ::close(socket_); }
  /// The next message that is not a sign of life; counts those.
  [[nodiscard]] std::string next() {
    for (;;) {
      pollfd asked{socket_, POLLIN, 0};
      if (::poll(&asked, 1, 20'000) != 1) return "nothing";
      std::array<char, 1024> bytes;
      const ssize_t size = ::recv(socket_, bytes.data(), bytes.size(), 0);
      std::string text(bytes.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
      if (text != "WATCHDOG=1") return text;
      ++alive_;
      if (alive_ == wanted_alive_) return text;
    }
  }
  [[nodiscard]] bool wait_for_alive(int count) {
    wanted_alive_ = alive_ + count;
    return next() == "WATCHDOG=1";
  }

 private:
  int socket_;
  int alive_ = 0;
  int wanted_alive_ = -1;
};

TEST_F(Serve, TellsTheServiceManagerHowItIs) {
  NotifySocket heard(folder() / "notify");
  Surroundings around = surroundings();
  around.environment["NOTIFY_SOCKET"] = (folder() / "notify").string();
  around.environment["WATCHDOG_USEC"] = "100000";
  const auto process = start({}, around);
  EXPECT_THAT(heard.next(), testing::StartsWith("READY=1\nSTATUS=serving on " + url()));
  EXPECT_TRUE(heard.wait_for_alive(3));
  process->send_signal(SIGHUP);
  EXPECT_THAT(heard.next(), testing::StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_THAT(heard.next(), testing::StartsWith("READY=1\n"));
  process->send_signal(SIGTERM);
  EXPECT_EQ(heard.next(), "STOPPING=1");
  EXPECT_EQ(process->wait().status, 0);
}

}  // namespace
}  // namespace penstock::test
