#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

std::span<const RevisionRules* const> all_rules() noexcept {
  static const std::array<const RevisionRules*, 5> all{&rules_2026_07_28(), &rules_2025_11_25(),
                                                       &rules_2025_06_18(), &rules_2025_03_26(),
                                                       &rules_2024_11_05()};
  return all;
}

const RevisionRules& rules_of(Revision revision) noexcept {
  for (const RevisionRules* rules : all_rules())
    if (rules->revision == revision) return *rules;
  return rules_2025_11_25();
}

const RevisionRules* find_rules(std::string_view name) noexcept {
  for (const RevisionRules* rules : all_rules())
    if (rules->name == name) return rules;
  return nullptr;
}

}  // namespace penstock::protocol::mcp
