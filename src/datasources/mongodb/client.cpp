#include "datasources/mongodb/client.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <utility>

#include <sys/socket.h>

#include "datasources/mongodb/errors.hpp"

namespace penstock::mongodb {

namespace {

bool is_distinct(const bson_t& command) {
  bson_iter_t name;
  return bson_iter_init(&name, &command) && bson_iter_next(&name) && key_of(name) == "distinct";
}

}  // namespace

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
  if (auto identified = identify(*server); !identified) return identified;
  // Only now: another socket would be another session.
  mongoc_session_opt_t* options = mongoc().session_opts_new();
  mongoc().session_opts_set_causal_consistency(options, false);
  bson_error_t error;
  session_.reset(mongoc().client_start_session(client_.get(), options, &error));
  mongoc().session_opts_destroy(options);
  return {};  // a server without sessions is as good
}

Result<void> Client::identify(std::uint32_t server) {
  const BsonPtr build = new_document();
  append_int(*build, "buildInfo", 1);
  Reply reply;
  auto answered = send("admin", *build, server, reply);
  if (!answered) return broken_ ? answered : Result<void>();  // one that will not say so is no FerretDB
  bson_iter_t version;
  is_ferretdb1_ = bson_iter_init_find(&version, &reply.get(), "ferretdbVersion");
  return {};
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

BsonPtr Client::command_options(std::uint32_t server) {
  last_server_ = server;
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
  const Deadline deadline = interrupt_->deadline();
  if (!deadline.is_never() && !(is_ferretdb1_ && is_distinct(command))) {
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

std::optional<std::uint32_t> Client::member(std::string_view host_and_port) const {
  std::size_t count = 0;
  mongoc_server_description_t** members = mongoc().client_get_server_descriptions(client_.get(), &count);
  std::optional<std::uint32_t> found;
  for (std::size_t i = 0; i < count; ++i) {
    if (host_and_port == mongoc().server_description_host(members[i])->host_and_port)
      found = mongoc().server_description_id(members[i]);
  }
  mongoc().server_descriptions_destroy_all(members, count);
  return found;
}

std::optional<AbandonedRun> Client::abandoned_run() const {
  if (!stopped_ || !session_) return std::nullopt;
  mongoc_server_description_t* server = mongoc().client_get_server_description(client_.get(), last_server_);
  if (server == nullptr) return std::nullopt;
  AbandonedRun run{.session = BsonPtr(bson_copy(mongoc().client_session_get_lsid(session_.get()))),
                   .host_and_port = mongoc().server_description_host(server)->host_and_port};
  mongoc().server_description_destroy(server);
  return run;
}

Error Client::failed(const bson_error_t& error) {
  if (loses_session(error)) {
    broken_ = true;
    opener_.closed = true;
    // The stream says that it timed out; why, the run knows.
    if (const auto stop = interrupt_->must_stop(); stop != RunStop::nothing) {
      stopped_ = true;
      return error_of(stop);
    }
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
