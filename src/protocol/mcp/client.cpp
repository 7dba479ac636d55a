#include "protocol/mcp/client.hpp"

#include <array>
#include <cstddef>

namespace penstock::protocol::mcp {
namespace {

constexpr std::array<std::string_view, 8> kLevels{"debug", "info",     "notice", "warning",
                                                  "error", "critical", "alert",  "emergency"};

bool has_object(const boost::json::object& capabilities, std::string_view name) {
  const boost::json::value* capability = capabilities.if_contains(name);
  return capability != nullptr && capability->is_object();
}

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
  return kLevels[static_cast<std::size_t>(level)];
}

std::optional<LogLevel> parse_log_level(std::string_view name) noexcept {
  for (std::size_t level = 0; level < kLevels.size(); ++level)
    if (kLevels[level] == name) return static_cast<LogLevel>(level);
  return std::nullopt;
}

ClientCapabilities ClientCapabilities::read(const boost::json::object& capabilities) {
  ClientCapabilities client;
  client.elicitation = has_object(capabilities, "elicitation");
  client.sampling = has_object(capabilities, "sampling");
  client.roots = has_object(capabilities, "roots");
  return client;
}

std::string_view capability_of(std::string_view method) noexcept {
  return method.substr(0, method.find('/'));
}

bool ClientCapabilities::allow(std::string_view method) const noexcept {
  const std::string_view capability = capability_of(method);
  return (capability == "elicitation" && elicitation) || (capability == "sampling" && sampling) ||
         (capability == "roots" && roots);
}

}  // namespace penstock::protocol::mcp
