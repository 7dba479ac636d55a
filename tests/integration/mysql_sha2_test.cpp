// caching_sha2_password, MySQL's own plugin since 8.0, which MariaDB's server does not have: against a server
// that says what MySQL's would until somebody is let in.
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "penstock/manager.hpp"

#include "servers/mongo_wire.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using testing::HasSubstr;

constexpr std::string_view kNonce = "abcdefghijklmnopqrst";
constexpr std::string_view kPlugin = "caching_sha2_password\0"sv;

std::string sha256(const std::string& text) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

// SHA256(password) XOR SHA256(SHA256(SHA256(password)) nonce)
std::string proof_of(const std::string& password) {
  std::string out = sha256(password);
  const std::string mask = sha256(sha256(out) + std::string(kNonce));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<char>(out[i] ^ mask[i]);
  return out;
}

std::string packet(int sequence, std::string_view payload) {
  std::string out;
  for (const unsigned shift : {0U, 8U, 16U})
    out += static_cast<char>((payload.size() >> shift) & 0xFFU);
  return out + static_cast<char>(sequence) + std::string(payload);
}

std::string greeting() {
  std::string out =
      "\x0A"
      "8.0.36\0"s +
      "\1\0\0\0"s + std::string(kNonce.substr(0, 8)) + '\0';
  // Of the capabilities: protocol 4.1, transactions, 20 bytes of nonce, plugins.
  out += "\x0B\xA2\x2D\2\0\x38\0\x15"s + std::string(10, '\0');
  return out + std::string(kNonce.substr(8)) + '\0' + std::string(kPlugin);
}

// One client: greets it, looks at its proof, and ends with an error that tells what came of that.
class Sha2Server {
 public:
  explicit Sha2Server(std::string password) : password_(std::move(password)) {
    listener_ = test::listen_on_loopback(port_);
    server_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] bool let_in() const noexcept { return let_in_; }

 private:
  void serve(const std::stop_token& stop) {
    const test::Socket listener(listener_);
    while (!stop.stop_requested()) {
      pollfd watched{listener_, POLLIN, 0};
      if (poll(&watched, 1, 20) <= 0) continue;
      const test::Socket client(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
      const timeval patience{5, 0};
      setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      talk(client.get());
    }
  }
  void talk(int client) {
    static_cast<void>(test::send_all(client, packet(0, greeting())));
    const std::string login = receive(client);
    // Behind the capabilities, the size of packets, the character set and 23 bytes: the user, then the proof.
    const std::size_t user_ends = login.find('\0', 32);
    const bool right = user_ends != std::string::npos && login.size() > user_ends + 33 &&
                       login[user_ends + 1] == 32 && login.substr(user_ends + 2, 32) == proof_of(password_) &&
                       login.find(kPlugin) != std::string::npos;
    if (!right) {
      static_cast<void>(test::send_all(client, packet(2, "\xFF\x15\x04#28000Access denied"sv)));
      return;
    }
    // "Fast authentication", and OK.
    static_cast<void>(test::send_all(client, packet(2, "\1\3"sv) + packet(3, "\0\0\0\2\0\0\0"sv)));
    if (!receive(client).empty()) let_in_ = true;  // which a later client, that says less, does not undo
    static_cast<void>(test::send_all(client, packet(1, "\xFF\x19\x04#42000That was all"sv)));
    static_cast<void>(receive(client));
  }
  // The payload of one packet.
  static std::string receive(int client) {
    std::array<unsigned char, 4> head{};
    if (recv(client, head.data(), head.size(), MSG_WAITALL) != 4) return {};
    std::string payload(head[0] | head[1] << 8U | head[2] << 16U, '\0');
    return recv(client, payload.data(), payload.size(), MSG_WAITALL) > 0 ? payload : std::string();
  }

  std::string password_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> let_in_ = false;  // and the client went on
  std::jthread server_;
};

QueryResult ask(const Sha2Server& server) {
  const test::TemporaryFolder folder;
  test::write_file(folder.path() / "datasources.yaml",
                   "datasources:\n  shop:\n    type: mysql\n    databases: [shop]\n    connection: {host: "
                   "127.0.0.1, user: agents, password: correct horse, acquire_timeout: 3s, port: " +
                       std::to_string(server.port()) + "}\n");
  auto manager = DataSourceManager::load(folder.path(), {.environment = {}});
  if (!manager) throw std::runtime_error(manager.error().message);
  return (*manager)->execute_query("SELECT 1", "shop");
}

TEST(MysqlSha2, ProvesThePasswordWithoutSayingIt) {
  const Sha2Server server("correct horse");
  EXPECT_THAT(ask(server).error, testing::Not(HasSubstr("did not accept")));
  EXPECT_TRUE(server.let_in());
  const Sha2Server other("another one");
  EXPECT_THAT(ask(other).error, HasSubstr("did not accept the user or the password"));
  EXPECT_FALSE(other.let_in());
}

}  // namespace
}  // namespace penstock
