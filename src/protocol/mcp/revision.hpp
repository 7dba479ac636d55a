// The revisions of the Model Context Protocol, and what differs between them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace penstock::protocol::mcp {

enum class Revision : std::uint8_t { v2024_11_05, v2025_03_26, v2025_06_18, v2025_11_25, v2026_07_28 };

/// What a revision says, as far as it makes the same server answer differently. Each revision has a file of
/// its own; https://modelcontextprotocol.io/specification has their texts.
struct RevisionRules {
  Revision revision = Revision::v2025_11_25;
  std::string_view name;
  bool stateless = false;            ///< no initialize and no session: each request carries its `_meta`
  bool batches = false;              ///< an array of messages is one too
  bool completions = false;          ///< `completions` is a capability
  bool tool_annotations = false;     ///< tools say whether they write
  bool progress_message = false;     ///< progress carries a text
  bool titles = false;               ///< things have a title beside their name
  bool structured_content = false;   ///< tools have outputSchema and structuredContent
  bool input_is_tool_error = false;  ///< bad arguments are the tool's error, which a model sees
  bool primed_streams = false;       ///< a stream that can be resumed begins with an event of its own
  int resource_not_found = -32002;
};

[[nodiscard]] const RevisionRules& rules_2024_11_05() noexcept;
[[nodiscard]] const RevisionRules& rules_2025_03_26() noexcept;
[[nodiscard]] const RevisionRules& rules_2025_06_18() noexcept;
[[nodiscard]] const RevisionRules& rules_2025_11_25() noexcept;
[[nodiscard]] const RevisionRules& rules_2026_07_28() noexcept;

[[nodiscard]] const RevisionRules& rules_of(Revision revision) noexcept;
/// The rules of the revision of this name, such as "2025-11-25"; null when we do not know it.
[[nodiscard]] const RevisionRules* find_rules(std::string_view name) noexcept;
/// All that are served, the newest first.
[[nodiscard]] std::span<const RevisionRules* const> all_rules() noexcept;

}  // namespace penstock::protocol::mcp
