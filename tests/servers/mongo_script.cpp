#include "servers/mongo_script.hpp"

#include <optional>
#include <stdexcept>

#include <bson/bson.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "servers/mongo_wire.hpp"

namespace penstock::test {

namespace {

class Document {
 public:
  explicit Document(std::string_view json) {
    bson_error_t error;
    document_ = bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                   static_cast<ssize_t>(json.size()), &error);
    if (document_ == nullptr) throw std::logic_error(std::string(json) + ": " + error.message);
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() { bson_destroy(document_); }
  [[nodiscard]] const bson_t& operator*() const noexcept { return *document_; }

 private:
  bson_t* document_ = nullptr;
};

std::string json_of(const bson_t& document) {
  char* text = bson_as_relaxed_extended_json(&document, nullptr);
  std::string out(text);
  bson_free(text);
  return out;
}

// "{"field": value}" of a field, so that numbers of any width compare.
std::string field_of(const bson_t& document, const char* name) {
  bson_t alone = BSON_INITIALIZER;
  bson_iter_t at;
  if (bson_iter_init_find(&at, &document, name)) bson_append_iter(&alone, name, -1, &at);
  std::string out = json_of(alone);
  bson_destroy(&alone);
  return out;
}

bool has_fields(const bson_t& command, const bson_t& fields) {
  bson_iter_t at;
  if (!bson_iter_init(&at, &fields)) return false;
  while (bson_iter_next(&at)) {
    const char* name = bson_iter_key(&at);
    if (!bson_has_field(&command, name) || field_of(command, name) != field_of(fields, name)) return false;
  }
  return true;
}

std::string name_of(const bson_t& command) {
  bson_iter_t at;
  return bson_iter_init(&at, &command) && bson_iter_next(&at) ? bson_iter_key(&at) : "";
}

std::string payload_of(const bson_t& command) {
  bson_iter_t at;
  const std::uint8_t* data = nullptr;
  std::uint32_t size = 0;
  if (bson_iter_init_find(&at, &command, "payload")) bson_iter_binary(&at, nullptr, &size, &data);
  return {reinterpret_cast<const char*>(data), size};
}

std::string error_answer(int code, std::string_view name) {
  return R"({"ok": 0, "errmsg": "a secret of the server", "code": )" + std::to_string(code) +
         R"(, "codeName": ")" + std::string(name) + "\"}";
}

std::string sasl_answer(std::string_view payload, bool done) {
  bson_t answer = BSON_INITIALIZER;
  BSON_APPEND_INT32(&answer, "conversationId", 1);
  BSON_APPEND_BOOL(&answer, "done", done);
  BSON_APPEND_BINARY(&answer, "payload", BSON_SUBTYPE_BINARY,
                     reinterpret_cast<const std::uint8_t*>(payload.data()),
                     static_cast<std::uint32_t>(payload.size()));
  BSON_APPEND_DOUBLE(&answer, "ok", 1);
  std::string out = json_of(answer);
  bson_destroy(&answer);
  return out;
}

bool is_greeting(const std::string& name) {
  return name == "hello" || name == "isMaster" || name == "ismaster";
}

}  // namespace

MongoScript::MongoScript(std::vector<MongoExchange> exchanges)
    : MongoScript(std::move(exchanges), Options()) {}

MongoScript::MongoScript(std::vector<MongoExchange> exchanges, Options options)
    : exchanges_(std::move(exchanges)), options_(std::move(options)), listener_(listen_on_loopback(port_)) {
  acceptor_ = std::jthread([this] { accept_clients(); });
}

MongoScript::~MongoScript() {
  ending_ = true;
  acceptor_.join();
  clients_.clear();
  close(listener_);
}

void MongoScript::greet_with(std::string fields, bool is_writable) {
  const std::lock_guard lock(mutex_);
  greeting_ = std::move(fields);
  is_writable_ = is_writable;
}

std::vector<std::string> MongoScript::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

void MongoScript::accept_clients() {
  while (!ending_) {
    pollfd watched{listener_, POLLIN, 0};
    if (poll(&watched, 1, 20) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) clients_.emplace_back([this, client] { serve(client); });
  }
}

void MongoScript::serve(int descriptor) {
  const Socket client(descriptor);
  const int on = 1;
  setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ScramServer scram(options_.password);
  while (!ending_) {
    const auto message = read_message(client.get(), ending_);
    if (!message) return;
    const auto at = command_at(*message);
    bson_t command;
    if (!at || !bson_init_static(&command, reinterpret_cast<const std::uint8_t*>(message->data()) + *at,
                                 static_cast<std::size_t>(number_at(*message, *at))))
      return;
    const std::string said = answer(json_of(command), scram);
    if (!said.empty() && !send_all(client.get(), reply_to(*message, *Document(said)))) return;
  }
}

std::string MongoScript::greeting() const {
  const std::lock_guard lock(mutex_);
  return R"({"ismaster": )" + std::string(is_writable_ ? "true" : "false") +
         R"(, "maxBsonObjectSize": 16777216, )"
         R"("maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000, "logicalSessionTimeoutMinutes": 30, )"
         R"("minWireVersion": 0, "maxWireVersion": 21, "readOnly": false, "ok": 1)" +
         std::string(options_.password.empty() ? "" : R"(, "saslSupportedMechs": ["SCRAM-SHA-256"])") +
         (greeting_.empty() ? "" : ", " + greeting_) + "}";
}

std::string MongoScript::answer(const std::string& json, ScramServer& scram) {
  const Document command(json);
  const std::string name = name_of(*command);
  if (is_greeting(name)) return greeting();
  if (name == "saslStart") return sasl_answer(scram.start(payload_of(*command)), false);
  if (name == "saslContinue") {
    const auto last = scram.finish(payload_of(*command));
    return last ? sasl_answer(*last, true) : error_answer(18, "AuthenticationFailed");
  }
  if (!options_.password.empty() && !scram.authenticated()) return error_answer(13, "Unauthorized");
  if (name == "buildInfo") return options_.build_info;
  if (name == "endSessions" || name == "ping") return R"({"ok": 1})";
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(json);
  }
  for (const MongoExchange& exchange : exchanges_) {
    if (has_fields(*command, *Document(exchange.command))) return exchange.answer;
  }
  return error_answer(59, "CommandNotFound");
}

}  // namespace penstock::test
