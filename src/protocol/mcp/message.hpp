// JSON-RPC 2.0 as MCP uses it: bytes to messages, and answers to bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

namespace penstock::protocol::mcp {

/// Codes of errors: JSON-RPC's own, and those that MCP adds.
enum class RpcCode : std::int32_t {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  header_mismatch = -32020,            ///< since 2026-07-28
  missing_client_capability = -32021,  ///< since 2026-07-28
  unsupported_version = -32022,        ///< since 2026-07-28
  too_many_requests = -32000,          ///< ours: the protocol leaves -32000 to -32019 to servers
};

/// Why a request has no result.
struct RpcError {
  int code = 0;
  std::string message;
  std::string data;       ///< JSON text; empty: none
  int http_status = 200;  ///< where the message came over HTTP

  RpcError() = default;
  RpcError(RpcCode rpc_code, std::string text, int status = 200)
      : code(static_cast<int>(rpc_code)), message(std::move(text)), http_status(status) {}
};

template <typename T>
using RpcResult = std::expected<T, RpcError>;

struct MessageLimits {
  std::size_t max_bytes = std::size_t{16} << 20;
  std::size_t max_depth = 64;
  std::size_t max_batch = 100;  ///< messages in one array, in the revision that has them
};

/// The parsed bytes of one or several messages. Small ones need no memory beyond this object.
class Document {
 public:
  /// Errors: `parse_error`, with the place; too long or too deep is one too.
  [[nodiscard]] static RpcResult<std::shared_ptr<const Document>> parse(std::string_view text,
                                                                        const MessageLimits& limits);
  Document() : resource_(buffer_.data(), buffer_.size()) {}
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() = default;

  [[nodiscard]] const boost::json::value& root() const noexcept { return *root_; }

 private:
  std::array<unsigned char, 3072> buffer_;  // NOLINT: left as it is, the resource writes before it reads
  boost::json::monotonic_resource resource_;
  std::optional<boost::json::value> root_;
};

enum class MessageKind : std::uint8_t { request, notification, response };

/// What a request says in the `_meta` of its params; null is what it does not say. Lives as long as they.
struct RequestMeta {
  bool is_there = false;
  const boost::json::value* protocol_version = nullptr;
  const boost::json::value* client_capabilities = nullptr;
  const boost::json::value* log_level = nullptr;
  const boost::json::value* progress_token = nullptr;
  const boost::json::value* trace_parent = nullptr;

  static constexpr std::string_view kProtocolVersion = "io.modelcontextprotocol/protocolVersion";
  static constexpr std::string_view kClientCapabilities = "io.modelcontextprotocol/clientCapabilities";

  [[nodiscard]] static RequestMeta read(const boost::json::object& params) noexcept;
};

/// One message; its views live as long as its document.
struct Message {
  std::shared_ptr<const Document> document;
  MessageKind kind = MessageKind::request;
  std::string id;           ///< JSON text: a string or an integer; empty of a notification
  std::string_view method;  ///< empty of a response
  const boost::json::object* params = nullptr;  ///< never null once read
  RequestMeta meta;                             ///< of `params`
  const boost::json::value* result = nullptr;   ///< of a response that has one
  const boost::json::value* error = nullptr;    ///< of a response that failed
};

/// A message of the document. Errors: `invalid_request`, with the id where there is a good one in `*bad_id`.
[[nodiscard]] RpcResult<Message> read_message(std::shared_ptr<const Document> document,
                                              const boost::json::value& value, std::string* bad_id);

/// {"jsonrpc":"2.0","id":ID,"error":{...}}. An empty id is null.
[[nodiscard]] std::string error_message(std::string_view id, const RpcError& error);
/// {"jsonrpc":"2.0","id":ID,"result":RESULT}.
[[nodiscard]] std::string result_message(std::string_view id, std::string_view result);
/// {"jsonrpc":"2.0","method":METHOD,"params":PARAMS}, and with an id a request.
[[nodiscard]] std::string method_message(std::string_view method, std::string_view params,
                                         std::string_view id = {});

/// A member that is an object or a string; null or empty when it is anything else.
[[nodiscard]] const boost::json::object* object_member(const boost::json::object& object,
                                                       std::string_view name) noexcept;
[[nodiscard]] std::string_view string_member(const boost::json::object& object,
                                             std::string_view name) noexcept;
/// The text of a string; empty when it is anything else, or null.
[[nodiscard]] std::string_view string_of(const boost::json::value* value) noexcept;

}  // namespace penstock::protocol::mcp
