// What the conformance suite expects of a server under test: names and texts are the suite's.
#pragma once

#include <memory>

#include "protocol/mcp/server.hpp"

namespace penstock::mcp_fixture {

/// A small image and a small sound, in base64.
inline constexpr std::string_view kImage =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
inline constexpr std::string_view kAudio = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

/// Set once there is a server; tools that change its lists use it.
struct Hooks {
  std::weak_ptr<protocol::mcp::Server> server;
};

void add_tools(protocol::mcp::Catalog& catalog, const std::shared_ptr<Hooks>& hooks);
/// Tools that ask the client in the middle of a call.
void add_input_tools(protocol::mcp::Catalog& catalog);
void add_resources(protocol::mcp::Catalog& catalog);
void add_prompts(protocol::mcp::Catalog& catalog);

}  // namespace penstock::mcp_fixture
