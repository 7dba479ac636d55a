// The outer form of results.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

struct ServerSettings;

/// A result of these members, which may be none, in pieces, with what the revision puts around them.
[[nodiscard]] std::string complete_message(const RevisionRules& rules, const ServerSettings& settings,
                                           std::string_view id,
                                           std::initializer_list<std::string_view> members);

/// `"ttlMs":...,"cacheScope":...` of a list.
[[nodiscard]] std::string list_freshness(const ServerSettings& settings);

}  // namespace penstock::protocol::mcp
