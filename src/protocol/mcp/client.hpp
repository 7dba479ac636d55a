// What a client says of itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace penstock::protocol::mcp {

/// RFC 5424's severities, mildest first.
enum class LogLevel : std::uint8_t { debug, info, notice, warning, error, critical, alert, emergency };
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view name) noexcept;

/// What a client can be asked for.
struct ClientCapabilities {
  bool elicitation = false;
  bool sampling = false;
  bool roots = false;

  [[nodiscard]] static ClientCapabilities read(const boost::json::object& capabilities);
  /// Whether a request of this method may be sent to the client.
  [[nodiscard]] bool allow(std::string_view method) const noexcept;
};

/// The capability that a method of the client's needs: "sampling" for "sampling/createMessage".
[[nodiscard]] std::string_view capability_of(std::string_view method) noexcept;

/// Something that the client is asked before a handler can go on.
struct InputRequest {
  std::string key;     ///< by which the handler finds the answer
  std::string method;  ///< "elicitation/create", "sampling/createMessage" or "roots/list"
  std::string params;  ///< a JSON object
};

}  // namespace penstock::protocol::mcp
