// Requests of the era of sessions, which begin with initialize.
#include "protocol/json_text.hpp"
#include "protocol/mcp/dispatch.hpp"

namespace penstock::protocol::mcp {
namespace json = boost::json;

bool is_initialize(const json::value& message) {
  const json::object* object = message.if_object();
  return object != nullptr && string_member(*object, "method") == "initialize";
}

std::optional<RpcError> Dispatch::check_session() {
  if (!inbound_.session)
    return RpcError(
        RpcCode::invalid_request,
        "The request belongs to no session: begin with initialize and send its Mcp-Session-Id, or "
        "speak 2026-07-28.",
        400);
  rules_ = inbound_.session->rules();
  client_ = inbound_.session->client();
  if (rules_ == nullptr && message_.method != "initialize" && message_.method != "ping")
    return RpcError(RpcCode::invalid_request, "The session is not initialized: begin with initialize.", 400);
  // A header that names another revision of sessions is let pass, as clients are seen to send a fixed one;
  // one that names no such revision never comes here (is_stateless()).
  return std::nullopt;
}

void Dispatch::run_in_session() {
  if (const auto wrong = check_session()) {
    if (message_.kind == MessageKind::request || inbound_.headers != nullptr) return refuse(*wrong);
    return inbound_.outlet->answer({}, 202);
  }
  switch (message_.kind) {
    case MessageKind::notification:
      return notification();
    case MessageKind::response:
      inbound_.session->take_response(message_);
      return inbound_.outlet->answer({}, 202);
    case MessageKind::request:
      return request_in_session();
  }
}

void Dispatch::request_in_session() {
  const std::string_view method = message_.method;
  if (method == "initialize") return initialize();
  if (rules_ == nullptr) rules_ = &rules_2025_11_25();
  if (method == "ping") return answer({});
  if (method == "logging/setLevel") return set_log_level();
  if (method == "resources/subscribe") return subscribe(true);
  if (method == "resources/unsubscribe") return subscribe(false);
  if (!request())
    refuse(RpcError(RpcCode::method_not_found, "Method not found: " + std::string(method) + "."));
}

void Dispatch::initialize() {
  const json::value* version = params().if_contains("protocolVersion");
  const json::object* capabilities = object_member(params(), "capabilities");
  if (version == nullptr || !version->is_string() || capabilities == nullptr)
    return refuse(
        RpcError(RpcCode::invalid_params, "initialize says its protocolVersion and its capabilities.", 400));
  // A revision that we do not know, or that has no sessions: we offer our newest that has.
  const RevisionRules* rules = find_rules(version->get_string());
  if (rules == nullptr || rules->stateless) rules = &rules_2025_11_25();
  if (!inbound_.session->initialize(*rules, ClientCapabilities::read(*capabilities)))
    return refuse(RpcError(RpcCode::invalid_request, "The session is initialized already.", 400));
  rules_ = rules;
  const ServerSettings& settings = *server_.settings_;
  std::string members = R"("protocolVersion":")" + std::string(rules->name) + R"(","capabilities":)" +
                        this->capabilities() + R"(,"serverInfo":)" + settings.info_json;
  if (!settings.info.instructions.empty()) {
    members += R"(,"instructions":)";
    append_json_string(members, settings.info.instructions);
  }
  answer(members);
}

void Dispatch::set_log_level() {
  const auto level = parse_log_level(string_member(params(), "level"));
  if (!level || !server_.options().logging)
    return refuse(RpcError(RpcCode::invalid_params,
                           "The level is one of debug, info, notice, warning, error, critical, alert and "
                           "emergency."));
  inbound_.session->set_log_level(*level);
  answer({});
}

void Dispatch::subscribe(bool on) {
  const std::string_view uri = string_member(params(), "uri");
  if (uri.empty() || !server_.options().resource_subscriptions)
    return refuse(RpcError(RpcCode::invalid_params, "\"uri\" says which resource to watch."));
  if (!on)
    inbound_.session->unsubscribe(uri);
  else if (!inbound_.session->subscribe(std::string(uri)))
    return refuse(RpcError(RpcCode::internal_error, "The session watches too many resources already."));
  answer({});
}

}  // namespace penstock::protocol::mcp
