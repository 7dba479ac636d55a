#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "servers/mongo_servers.hpp"

namespace penstock::test {

namespace {

// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
constexpr std::size_t kHeader = 16;
constexpr std::int32_t kOpMsg = 2'013;
constexpr std::size_t kDocumentAt = kHeader + 4 + 1;  // behind the flags and the kind of the section
constexpr int kMostDocuments = 1'000;

std::int32_t number_at(const std::string& message, std::size_t offset) {
  std::int32_t value = 0;
  std::memcpy(&value, message.data() + offset, sizeof value);
  return value;
}

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool read_exactly(int descriptor, char* to, std::size_t count, const std::atomic<bool>& ending) {
  while (count > 0) {
    pollfd watched{descriptor, POLLIN, 0};
    if (poll(&watched, 1, 20) == 0) {
      if (ending) return false;
      continue;
    }
    const ssize_t got = recv(descriptor, to, count, 0);
    if (got <= 0) return false;
    to += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<std::string> read_message(int descriptor, const std::atomic<bool>& ending) {
  std::string message(kHeader, '\0');
  if (!read_exactly(descriptor, message.data(), kHeader, ending)) return std::nullopt;
  const auto length = static_cast<std::size_t>(number_at(message, 0));
  if (length < kHeader || length > (std::size_t{64} << 20)) return std::nullopt;
  message.resize(length);
  if (!read_exactly(descriptor, message.data() + kHeader, length - kHeader, ending)) return std::nullopt;
  return message;
}

bool send_all(int descriptor, const std::string& message) {
  std::size_t sent = 0;
  while (sent < message.size()) {
    const ssize_t now = send(descriptor, message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += static_cast<std::size_t>(now);
  }
  return true;
}

std::string reply_to(const std::string& message, const bson_t& document) {
  std::string out(kDocumentAt, '\0');
  out.append(reinterpret_cast<const char*>(bson_get_data(&document)), document.len);
  const std::array<std::int32_t, 4> header{static_cast<std::int32_t>(out.size()), 1, number_at(message, 4),
                                           kOpMsg};
  std::memcpy(out.data(), header.data(), sizeof header);
  return out;
}

struct Command {
  std::string name;
  std::string collection;
  std::string database;
  std::string fields;
};

std::optional<Command> command_of(const std::string& message) {
  if (message.size() <= kDocumentAt || number_at(message, 12) != kOpMsg) return std::nullopt;
  bson_iter_t iter;
  if (!bson_iter_init_from_data(&iter, reinterpret_cast<const std::uint8_t*>(message.data()) + kDocumentAt,
                                static_cast<std::size_t>(number_at(message, kDocumentAt))))
    return std::nullopt;
  Command command;
  while (bson_iter_next(&iter)) {
    const std::string key = bson_iter_key(&iter);
    if (command.name.empty()) {
      command.name = key;
      if (BSON_ITER_HOLDS_UTF8(&iter)) command.collection = bson_iter_utf8(&iter, nullptr);
    }
    if (key == "collection") command.collection = bson_iter_utf8(&iter, nullptr);
    if (key == "$db") command.database = bson_iter_utf8(&iter, nullptr);
    command.fields += " " + key;
  }
  return command;
}

std::string endless_reply(const std::string& message, const Command& command) {
  bson_t reply = BSON_INITIALIZER;
  bson_t cursor;
  if (command.name == "killCursors") {
    BSON_APPEND_DOUBLE(&reply, "ok", 1);
    std::string out = reply_to(message, reply);
    bson_destroy(&reply);
    return out;
  }
  BSON_APPEND_DOCUMENT_BEGIN(&reply, "cursor", &cursor);
  bson_t batch;
  BSON_APPEND_ARRAY_BEGIN(&cursor, command.name == "getMore" ? "nextBatch" : "firstBatch", &batch);
  for (int i = 0; i < kMostDocuments; ++i) {
    bson_t document;
    const std::string key = std::to_string(i);
    BSON_APPEND_DOCUMENT_BEGIN(&batch, key.c_str(), &document);
    BSON_APPEND_UTF8(&document, "n", key.c_str());
    bson_append_document_end(&batch, &document);
  }
  bson_append_array_end(&cursor, &batch);
  BSON_APPEND_INT64(&cursor, "id", 4'711);
  BSON_APPEND_UTF8(&cursor, "ns", (command.database + "." + command.collection).c_str());
  bson_append_document_end(&reply, &cursor);
  BSON_APPEND_DOUBLE(&reply, "ok", 1);
  std::string out = reply_to(message, reply);
  bson_destroy(&reply);
  return out;
}

}  // namespace

MongoRelay::MongoRelay(std::uint16_t server) : server_(server) {
  listen();
}

MongoRelay::~MongoRelay() {
  stop();
}

void MongoRelay::listen() {
  ending_ = false;
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(port_);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0)
    throw std::runtime_error("the relay cannot listen");
  socklen_t size = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_clients(); });
}

void MongoRelay::stop() {
  ending_ = true;
  if (acceptor_.joinable()) acceptor_.join();
  clients_.clear();
}

void MongoRelay::go_away() {
  stop();
}

void MongoRelay::come_back() {
  listen();
}

void MongoRelay::accept_clients() {
  while (!ending_) {
    pollfd watched{listener_, POLLIN, 0};
    if (poll(&watched, 1, 20) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    ++open_;
    clients_.emplace_back([this, client] { serve(client); });
  }
  close(listener_);
}

void MongoRelay::serve(int descriptor) {
  {
    const Socket client(descriptor);
    const Socket server(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(server.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const sockaddr_in address = loopback(server_);
    if (connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      while (!ending_) {
        const auto message = read_message(client.get(), ending_);
        if (!message) break;
        if (answer(client.get(), *message)) continue;
        if (!send_all(server.get(), *message)) break;
        const auto reply = read_message(server.get(), ending_);
        if (!reply || !send_all(client.get(), *reply)) break;
      }
    }
  }
  --open_;
}

bool MongoRelay::answer(int client, const std::string& message) {
  const auto command = command_of(message);
  if (!command) return false;
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(command->name + " " + command->collection + ":" + command->fields);
  }
  if (command->collection.starts_with("endless_silence")) return true;
  if (!command->collection.starts_with("endless_rows")) return false;
  return send_all(client, endless_reply(message, *command));
}

std::vector<std::string> MongoRelay::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

}  // namespace penstock::test
