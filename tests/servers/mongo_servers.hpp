// Servers of the MongoDB protocol for tests: mongo-java-server, and a relay that stands before one.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <bson/bson.h>

namespace penstock::test {

/// An empty server of its own, in one Java process that all of a test program share; gone when destroyed.
/// Throws std::runtime_error when there can be none. Thread-safe.
class MongoServer {
 public:
  /// Why none can be started here; empty when one can.
  [[nodiscard]] static std::string missing();

  MongoServer();
  /// One that encrypts, with the folder's certificate.pem and key.pem.
  explicit MongoServer(const std::filesystem::path& certificates);
  MongoServer(const MongoServer&) = delete;
  MongoServer& operator=(const MongoServer&) = delete;
  ~MongoServer();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  std::uint16_t port_ = 0;
};

/// Passes messages between clients and a server, message by message, and can be cut off. Collections whose
/// names begin with `endless_rows` it answers for itself, with documents {"n": 0}, {"n": 1}, ... and no end;
/// to commands on those that begin with `endless_silence` it never answers, as a server would whose query
/// takes for ever; and reading those that begin with `forbidden` it refuses, as a server would whose user has
/// no right to.
class MongoRelay {
 public:
  explicit MongoRelay(std::uint16_t server);
  MongoRelay(const MongoRelay&) = delete;
  MongoRelay& operator=(const MongoRelay&) = delete;
  ~MongoRelay();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }  ///< the same after come_back()
  [[nodiscard]] std::int64_t open_connections() const noexcept { return open_; }
  /// Commands that came, in their order: {"find", "people"}; each with the names of its fields.
  [[nodiscard]] std::vector<std::string> commands() const;
  /// Cuts the connections that there are; new ones are taken all the while.
  void cut();
  void go_away();
  void come_back();

 private:
  void listen();
  void accept_clients();
  void serve(int client);
  [[nodiscard]] bool answer(int client, const std::string& message);
  void stop();

  const std::uint16_t server_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> ending_ = false;
  std::atomic<std::int64_t> open_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  std::set<int> descriptors_;  // of clients
  std::jthread acceptor_;
  std::list<std::jthread> clients_;
};

/// Runs a command on a server, beside all that is tested; throws std::runtime_error when it fails.
class MongoAdmin {
 public:
  /// `options` are more of its connection string's: "tls=true".
  explicit MongoAdmin(std::uint16_t port, const std::string& options = {});
  MongoAdmin(const MongoAdmin&) = delete;
  MongoAdmin& operator=(const MongoAdmin&) = delete;
  ~MongoAdmin();

  void run(std::string_view database, const bson_t& command);
  void run(std::string_view database, std::string_view json);
  /// The answer as canonical extended JSON.
  [[nodiscard]] std::string ask(std::string_view database, std::string_view json);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace penstock::test
