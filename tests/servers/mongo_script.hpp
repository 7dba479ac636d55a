// A server of MongoDB's protocol that answers from a recording: for what no server that runs here can do.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "servers/mongo_scram.hpp"

namespace penstock::test {

/// What a client may ask, and what the server says.
struct MongoExchange {
  std::string command;  ///< extended JSON: the fields that a command must have, with these values
  std::string answer;   ///< extended JSON; empty: it never answers
};

/// Answers each command by the first exchange whose fields it has, and any other with CommandNotFound;
/// greetings, buildInfo and farewells by itself. Gone when destroyed. Thread-safe.
class MongoScript {
 public:
  struct Options {
    std::string build_info = R"({"version": "7.0.14", "ok": 1})";
    std::string
        password{};  ///< of the user `agents`, who must authenticate with SCRAM-SHA-256; empty: nobody must
  };

  explicit MongoScript(std::vector<MongoExchange> exchanges);
  MongoScript(std::vector<MongoExchange> exchanges, Options options);
  MongoScript(const MongoScript&) = delete;
  MongoScript& operator=(const MongoScript&) = delete;
  ~MongoScript();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Fields of the next greetings' answers, as extended JSON, beside those of a server that stands alone.
  void greet_with(std::string fields, bool is_writable);
  /// The commands that came, as relaxed extended JSON, without those that it answers by itself.
  [[nodiscard]] std::vector<std::string> commands() const;

 private:
  void accept_clients();
  void serve(int client);
  [[nodiscard]] std::string answer(const std::string& command, ScramServer& scram);
  [[nodiscard]] std::string greeting() const;

  const std::vector<MongoExchange> exchanges_;
  const Options options_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> ending_ = false;
  mutable std::mutex mutex_;
  std::string greeting_;
  bool is_writable_ = true;
  std::vector<std::string> commands_;
  std::jthread acceptor_;
  std::list<std::jthread> clients_;
};

}  // namespace penstock::test
