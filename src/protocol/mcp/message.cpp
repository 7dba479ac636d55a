#include "protocol/mcp/message.hpp"

#include <utility>

#include "core/spare_allocator.hpp"
#include "protocol/json_text.hpp"

namespace penstock::protocol::mcp {
namespace json = boost::json;
namespace {

constexpr std::string_view kHead = R"({"jsonrpc":"2.0")";
/// An id longer than this is no id of an honest client, and would be carried in every message about it.
constexpr std::size_t kMaxIdBytes = 256;

const json::object& no_members() {
  static const json::object none;
  return none;
}

/// The id as JSON text; empty when it is neither a string nor an integer, or is too long.
std::string id_text(const json::value& id) {
  if (id.is_int64()) return std::to_string(id.get_int64());
  if (id.is_uint64()) return std::to_string(id.get_uint64());
  std::string text;
  if (id.is_string() && id.get_string().size() <= kMaxIdBytes)
    append_json_string(text, std::string_view(id.get_string()));
  return text;
}

RpcError invalid(std::string message) {
  return {RpcCode::invalid_request, std::move(message), 400};
}

}  // namespace

RpcResult<std::shared_ptr<const Document>> Document::parse(std::string_view text,
                                                           const MessageLimits& limits) {
  if (text.size() > limits.max_bytes)
    return std::unexpected(RpcError(
        RpcCode::parse_error,
        "The message is longer than " + std::to_string(limits.max_bytes) + " bytes: ask for less at once.",
        400));
  auto document = std::allocate_shared<Document>(SpareAllocator<Document>());
  json::parse_options options;
  options.max_depth = limits.max_depth;
  std::array<unsigned char, 2048> scratch;  // NOLINT: the parser writes before it reads
  json::parser parser({}, options, scratch.data(), scratch.size());
  parser.reset(json::storage_ptr(&document->resource_));
  boost::system::error_code failed;
  parser.write(text.data(), text.size(), failed);
  if (failed)
    return std::unexpected(
        RpcError(RpcCode::parse_error, "The message is not valid JSON: " + failed.message() + ".", 400));
  // Made by the same resource, so that nothing is copied.
  document->root_.emplace(parser.release());
  return document;
}

RpcResult<Message> read_message(std::shared_ptr<const Document> document, const json::value& value,
                                std::string* bad_id) {
  const json::object* object = value.if_object();
  if (object == nullptr) return std::unexpected(invalid("A message is a JSON object."));
  Message message;
  message.document = std::move(document);
  message.params = &no_members();
  if (const json::value* id = object->if_contains("id")) {
    message.id = id_text(*id);
    if (bad_id != nullptr) *bad_id = message.id;
    if (message.id.empty()) return std::unexpected(invalid("\"id\" is a string or an integer."));
  }
  if (string_member(*object, "jsonrpc") != "2.0")
    return std::unexpected(invalid("\"jsonrpc\" is missing, or is not \"2.0\"."));
  if (const json::value* method = object->if_contains("method")) {
    if (!method->is_string()) return std::unexpected(invalid("\"method\" is a string."));
    message.method = method->get_string();
    message.kind = message.id.empty() ? MessageKind::notification : MessageKind::request;
    if (const json::value* params = object->if_contains("params")) {
      if (!params->is_object()) return std::unexpected(invalid("\"params\" is an object."));
      message.params = &params->get_object();
      message.meta = RequestMeta::read(*message.params);
    }
    return message;
  }
  message.result = object->if_contains("result");
  message.error = object->if_contains("error");
  message.kind = MessageKind::response;
  if (message.id.empty() || (message.result == nullptr) == (message.error == nullptr))
    return std::unexpected(
        invalid("A message has a \"method\", or an \"id\" with a \"result\" or an \"error\"."));
  return message;
}

// In one pass: to look up each name that may be there takes several times as long.
RequestMeta RequestMeta::read(const json::object& params) noexcept {
  RequestMeta meta;
  const json::object* members = object_member(params, "_meta");
  if (members == nullptr) return meta;
  meta.is_there = true;
  for (const auto& member : *members) {
    const std::string_view name = member.key();
    if (name == kProtocolVersion)
      meta.protocol_version = &member.value();
    else if (name == kClientCapabilities)
      meta.client_capabilities = &member.value();
    else if (name == "io.modelcontextprotocol/logLevel")
      meta.log_level = &member.value();
    else if (name == "progressToken")
      meta.progress_token = &member.value();
    else if (name == "traceparent")
      meta.trace_parent = &member.value();
  }
  return meta;
}

std::string error_message(std::string_view id, const RpcError& error) {
  std::string out(kHead);
  out += R"(,"id":)";
  out += id.empty() ? std::string_view("null") : id;
  out += R"(,"error":{"code":)";
  out += std::to_string(error.code);
  out += R"(,"message":)";
  append_json_string(out, error.message);
  if (!error.data.empty()) {
    out += R"(,"data":)";
    out += error.data;
  }
  out += "}}";
  return out;
}

std::string result_message(std::string_view id, std::string_view result) {
  std::string out;
  out.reserve(kHead.size() + id.size() + result.size() + 24);
  out += kHead;
  out += R"(,"id":)";
  out += id;
  out += R"(,"result":)";
  out += result;
  out += '}';
  return out;
}

std::string method_message(std::string_view method, std::string_view params, std::string_view id) {
  std::string out(kHead);
  if (!id.empty()) {
    out += R"(,"id":)";
    out += id;
  }
  out += R"(,"method":)";
  append_json_string(out, method);
  if (!params.empty()) {
    out += R"(,"params":)";
    out += params;
  }
  out += '}';
  return out;
}

const json::object* object_member(const json::object& object, std::string_view name) noexcept {
  const json::value* member = object.if_contains(name);
  return member == nullptr ? nullptr : member->if_object();
}

std::string_view string_member(const json::object& object, std::string_view name) noexcept {
  return string_of(object.if_contains(name));
}

std::string_view string_of(const json::value* value) noexcept {
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

}  // namespace penstock::protocol::mcp
