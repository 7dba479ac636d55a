// The state that travels through the client between the rounds of a request (2026-07-28, "MRTR").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace penstock::protocol::mcp {

struct ServerSettings;

/// The state as the client gets it: bound to the method and the name it was made for, so that it proves
/// nothing elsewhere.
[[nodiscard]] std::string seal_state(const ServerSettings& settings, std::string_view state,
                                     std::string_view method, const boost::json::object& params);
/// The state that was sealed; nothing when it was not by us, or for another request.
[[nodiscard]] std::optional<std::string> open_state(const ServerSettings& settings, std::string_view sealed,
                                                    std::string_view method,
                                                    const boost::json::object& params);

}  // namespace penstock::protocol::mcp
