// Requests of the era without sessions: each says in its `_meta` who asks, and in which revision.
#include "protocol/json_text.hpp"
#include "protocol/mcp/dispatch.hpp"
#include "protocol/mcp/envelope.hpp"
#include "protocol/mcp/listen_call.hpp"
#include "protocol/mcp/parameter_headers.hpp"
#include "protocol/mcp/state_seal.hpp"

namespace penstock::protocol::mcp {
namespace json = boost::json;
namespace {

constexpr std::string_view kVersionHeader = "MCP-Protocol-Version";

std::string supported_versions() {
  std::string out = "[";
  for (const RevisionRules* rules : all_rules()) {
    if (out.size() > 1) out += ',';
    append_json_string(out, rules->name);
  }
  return out + ']';
}

RpcError unsupported_version(std::string_view requested) {
  RpcError error(
      RpcCode::unsupported_version,
      "Unsupported protocol version: requests that stand alone speak 2026-07-28; earlier revisions "
      "begin with initialize.",
      400);
  error.data = R"({"supported":)" + supported_versions() + R"(,"requested":)";
  append_json_string(error.data, requested);
  error.data += '}';
  return error;
}

RpcError missing(std::string_view key) {
  return {RpcCode::invalid_params, "The request's _meta has no " + std::string(key) + ".", 400};
}

/// Whether what the client answered is an object of objects, or nothing.
bool has_good_responses(const json::object& params) {
  const json::value* responses = params.if_contains("inputResponses");
  if (responses == nullptr) return true;
  if (!responses->is_object()) return false;
  for (const auto& [key, response] : responses->get_object())
    if (!response.is_object()) return false;
  return true;
}

/// What Mcp-Name repeats of a method's params.
std::optional<std::string_view> named_by(std::string_view method, const json::object& params) {
  if (method == "tools/call" || method == "prompts/get") return string_member(params, "name");
  if (method == "resources/read") return string_member(params, "uri");
  return std::nullopt;
}

}  // namespace

bool is_stateless(const json::value& message, const RequestHeaders* headers) {
  const json::object* object = message.if_object();
  const json::object* params = object == nullptr ? nullptr : object_member(*object, "params");
  const json::object* meta = params == nullptr ? nullptr : object_member(*params, "_meta");
  if (meta != nullptr && meta->contains(RequestMeta::kProtocolVersion)) return true;
  if (headers == nullptr) return false;
  const std::string_view version = headers->value(kVersionHeader);
  if (version.empty()) return false;
  const RevisionRules* rules = find_rules(version);
  return rules == nullptr || rules->stateless;
}

std::optional<RpcError> Dispatch::read_envelope() {
  const bool http = inbound_.headers != nullptr;
  const std::string_view header = http ? inbound_.headers->value(kVersionHeader) : std::string_view();
  if (http && header.empty())
    return RpcError(RpcCode::header_mismatch, "The header MCP-Protocol-Version is missing.", 400);
  if (http && inbound_.headers->count(kVersionHeader) > 1)
    return RpcError(RpcCode::header_mismatch, "The header MCP-Protocol-Version is there twice.", 400);
  const RequestMeta& meta = message_.meta;
  if (!meta.is_there) {
    if (find_rules(header) == nullptr) return unsupported_version(header);
    return RpcError(RpcCode::invalid_params, "The request has no _meta.", 400);
  }
  const std::string_view version = string_of(meta.protocol_version);
  if (version.empty()) return missing(RequestMeta::kProtocolVersion);
  if (http && header != version)
    return RpcError(RpcCode::header_mismatch,
                    "The header MCP-Protocol-Version says something else than the body.", 400);
  rules_ = find_rules(version);
  if (rules_ == nullptr || !rules_->stateless) return unsupported_version(version);
  if (meta.client_capabilities == nullptr || !meta.client_capabilities->is_object())
    return missing(RequestMeta::kClientCapabilities);
  client_ = ClientCapabilities::read(meta.client_capabilities->get_object());
  if (meta.log_level != nullptr) {
    log_level_ = parse_log_level(string_of(meta.log_level));
    if (!log_level_) return RpcError(RpcCode::invalid_params, "The log level of _meta is unknown.", 400);
  }
  return check_headers();
}

std::optional<RpcError> Dispatch::check_headers() const {
  if (inbound_.headers == nullptr) return std::nullopt;
  const auto name = named_by(message_.method, params());
  if (const auto wrong = header_mismatch(*inbound_.headers, message_.method, name ? &*name : nullptr))
    return RpcError(RpcCode::header_mismatch, *wrong, 400);
  return std::nullopt;
}

void Dispatch::run_stateless() {
  if (message_.kind == MessageKind::notification) return notification();
  if (message_.kind == MessageKind::response)
    return refuse(RpcError(RpcCode::invalid_request, "This revision has no responses of clients.", 400));
  if (const auto wrong = read_envelope()) return refuse(*wrong);
  if (!has_good_responses(params()))
    return refuse(RpcError(RpcCode::invalid_params, "inputResponses is an object of the client's answers."));
  if (const json::value* sealed = params().if_contains("requestState")) {
    auto state = sealed->is_string()
                     ? open_state(*server_.settings_, sealed->get_string(), message_.method, params())
                     : std::nullopt;
    if (!state)
      return refuse(RpcError(RpcCode::invalid_params,
                             "The requestState is not ours, or of another request: begin again without it."));
    state_ = std::move(*state);
  }
  request_stateless();
}

void Dispatch::request_stateless() {
  if (message_.method == "server/discover") return discover();
  if (message_.method == "subscriptions/listen") return listen();
  if (!request())
    refuse(
        RpcError(RpcCode::method_not_found, "Method not found: " + std::string(message_.method) + ".", 404));
}

void Dispatch::discover() {
  std::string members =
      R"("supportedVersions":)" + supported_versions() + R"(,"capabilities":)" + capabilities();
  if (const std::string& text = server_.settings_->info.instructions; !text.empty()) {
    members += R"(,"instructions":)";
    append_json_string(members, text);
  }
  answer(members + "," + list_freshness(*server_.settings_));
}

void Dispatch::listen() {
  const std::weak_ptr<Server> server = server_.weak_from_this();
  launch(std::make_shared<ListenCall>(context(), server));
}

}  // namespace penstock::protocol::mcp
