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
#include "servers/mongo_wire.hpp"

namespace penstock::test {

namespace {

constexpr int kMostDocuments = 1'000;

struct Command {
  std::string name;
  std::string collection;
  std::string database;
  std::string fields;
};

std::optional<Command> command_of(const std::string& message) {
  const auto at = command_at(message);
  bson_iter_t iter;
  if (!at || !bson_iter_init_from_data(&iter, reinterpret_cast<const std::uint8_t*>(message.data()) + *at,
                                       static_cast<std::size_t>(number_at(message, *at))))
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

// https://www.mongodb.com/docs/manual/reference/error-codes/: 13
std::string refusal(const std::string& message, const Command& command) {
  bson_t reply = BSON_INITIALIZER;
  BSON_APPEND_DOUBLE(&reply, "ok", 0);
  BSON_APPEND_UTF8(&reply, "errmsg",
                   ("not authorized on " + command.database + " to execute command " + command.name).c_str());
  BSON_APPEND_INT32(&reply, "code", 13);
  BSON_APPEND_UTF8(&reply, "codeName", "Unauthorized");
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
  listener_ = listen_on_loopback(port_);
  acceptor_ = std::jthread([this] { accept_clients(); });
}

void MongoRelay::stop() {
  ending_ = true;
  if (acceptor_.joinable()) acceptor_.join();
  clients_.clear();
}

void MongoRelay::cut() {
  const std::lock_guard lock(mutex_);
  for (const int descriptor : descriptors_)
    shutdown(descriptor, SHUT_RDWR);
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
    {
      const std::lock_guard lock(mutex_);
      descriptors_.insert(descriptor);
    }
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
    const std::lock_guard lock(mutex_);
    descriptors_.erase(descriptor);
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
  if (command->collection.starts_with("forbidden")) return send_all(client, refusal(message, *command));
  if (!command->collection.starts_with("endless_rows")) return false;
  return send_all(client, endless_reply(message, *command));
}

std::vector<std::string> MongoRelay::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

}  // namespace penstock::test
