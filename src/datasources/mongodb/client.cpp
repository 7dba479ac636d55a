#include "datasources/mongodb/client.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <utility>

#include <sys/socket.h>

#include "datasources/mongodb/errors.hpp"

namespace penstock::mongodb {

Client::Client(const Options& options, Interrupt& interrupt)
    : interrupt_(&interrupt), opener_{.interrupt = &interrupt, .options = &options.stream} {}

Result<std::unique_ptr<Client>> Client::open(const Options& options, Interrupt& interrupt) {
  std::unique_ptr<Client> client(new Client(options, interrupt));
  bson_error_t error;
  client->client_.reset(mongoc().client_new_from_uri_with_error(options.uri.get(), &error));
  if (!client->client_) return std::unexpected(error_of(error));
  mongoc().client_set_error_api(client->client_.get(), MONGOC_ERROR_API_VERSION_2);
  mongoc().client_set_appname(client->client_.get(), "penstock");
  mongoc().client_set_stream_initiator(client->client_.get(), &open_stream, &client->opener_);
  if (auto started = client->start(); !started) return pass_error(started);
  return client;
}

Client::~Client() {
  session_.reset();
  // Its farewell goes over the stream that is there, and over no other.
  opener_.closed = true;
  client_.reset();
}

Result<void> Client::start() {
  auto server = choose_server();
  if (!server) return pass_error(server);
  const BsonPtr ping = new_document();
  append_int(*ping, "ping", 1);
  Reply reply;
  if (auto alive = send("admin", *ping, *server, reply); !alive) return alive;
  // Only now: another socket would be another session.
  mongoc_session_opt_t* options = mongoc().session_opts_new();
  mongoc().session_opts_set_causal_consistency(options, false);
  bson_error_t error;
  session_.reset(mongoc().client_start_session(client_.get(), options, &error));
  mongoc().session_opts_destroy(options);
  return {};  // a server without sessions is as good
}

Result<std::uint32_t> Client::choose_server() {
  bson_error_t error;
  mongoc_server_description_t* chosen = mongoc().client_select_server(
      client_.get(), false, mongoc().client_get_read_prefs(client_.get()), &error);
  if (chosen == nullptr) return std::unexpected(failed(error));
  const std::uint32_t id = mongoc().server_description_id(chosen);
  mongoc().server_description_destroy(chosen);
  return id;
}

BsonPtr Client::command_options(std::uint32_t server) const {
  BsonPtr options = new_document();
  append_int(*options, "serverId", server);
  if (session_) {
    bson_error_t ignored;  // only of a session that is in a transaction, or of another client
    mongoc().client_session_append(session_.get(), options.get(), &ignored);
  }
  return options;
}

Result<void> Client::read(std::string_view database, const bson_t& command, std::uint32_t server,
                          Reply& reply) {
  const BsonPtr options = command_options(server);
  if (const Deadline deadline = interrupt_->deadline(); !deadline.is_never()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining()).count();
    append_int(*options, "maxTimeMS",
               std::clamp<std::int64_t>(left, 1, std::numeric_limits<std::int32_t>::max()));
  }
  bson_error_t error;
  if (mongoc().client_read_command_with_opts(client_.get(), std::string(database).c_str(), &command, nullptr,
                                             options.get(), reply.fresh(), &error))
    return {};
  return std::unexpected(failed(error));
}

Result<void> Client::send(std::string_view database, const bson_t& command, std::uint32_t server,
                          Reply& reply) {
  const BsonPtr options = command_options(server);
  bson_error_t error;
  if (mongoc().client_command_with_opts(client_.get(), std::string(database).c_str(), &command, nullptr,
                                        options.get(), reply.fresh(), &error))
    return {};
  return std::unexpected(failed(error));
}

Error Client::failed(const bson_error_t& error) {
  if (loses_session(error)) {
    broken_ = true;
    opener_.closed = true;
    // The stream says that it timed out; why, the run knows.
    if (const auto stop = interrupt_->must_stop(); stop != Interrupt::Stop::nothing)
      return Interrupt::error_of(stop);
  }
  return error_of(error);
}

bool Client::broken() const noexcept {
  if (broken_) return true;
  if (opener_.descriptor < 0) return false;
  char byte = 0;
  const ssize_t peeked = recv(opener_.descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked == 0 || (peeked < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

}  // namespace penstock::mongodb
