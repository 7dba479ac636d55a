#include "config/claim_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "config/keys.hpp"

namespace penstock::config {

namespace {

constexpr std::size_t kMaxPath = 8;

bool is_claim_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 256;
}

std::optional<ClaimRule> read_rule(const Node& map, std::string_view key, std::span<const std::string> names,
                                   ValueReader& reader) {
  const std::array<std::string, 3> keys{"claim", "has", std::string(key)};
  if (map.kind != NodeKind::map) {
    reader.problems().add(map.place,
                          fmt::format("must be a map with {}, found {}", listed(keys), describe(map.kind)));
    return std::nullopt;
  }
  ClaimRule rule;
  bool whole = true;
  for (const std::string& needed : keys) {
    if (map.find(needed) != nullptr) continue;
    reader.problems().add(map.place, fmt::format("a rule for claims needs `{}`", needed));
    whole = false;
  }
  for (const Entry& entry : map.entries) {
    if (entry.key == "claim") {
      auto path = read_claim_path(entry, reader);
      whole = whole && path;
      rule.claim = std::move(path).value_or(ClaimPath());
    } else if (entry.key == "has") {
      const auto text = reader.clean_text(*entry.value, "has", "a text");
      whole = whole && text;
      if (text) rule.has = text->value;
    } else if (entry.key == key) {
      auto name = read_known_name(entry, names, reader);
      whole = whole && name;
      rule.name = std::move(name).value_or("");
    } else {
      report_unknown_key(entry, "a rule for claims", keys, reader.problems());
    }
  }
  return whole ? std::optional(std::move(rule)) : std::nullopt;
}

}  // namespace

std::vector<std::string> read_texts(const Entry& entry, std::string_view meaning,
                                    bool (*fits)(std::string_view), ValueReader& reader) {
  std::vector<std::string> texts;
  const auto read = [&](const Node& node) {
    const auto text = reader.clean_text(node, entry.key, meaning);
    if (!text) return;
    if (fits(text->value)) return texts.push_back(text->value);
    reader.refuse(*text, entry.key, fmt::format("must be {}", meaning), Showing::allowed);
  };
  if (entry.value->kind != NodeKind::list) {
    read(*entry.value);
    return texts;
  }
  for (const Node* item : entry.value->items)
    read(*item);
  return texts;
}

std::optional<std::string> read_known_name(const Entry& entry, std::span<const std::string> names,
                                           ValueReader& reader) {
  const auto text = reader.clean_text(*entry.value, entry.key, "a name");
  if (!text) return std::nullopt;
  if (!is_valid_name(text->value)) {
    reader.refuse(*text, entry.key, kNameRule, Showing::allowed);
    return std::nullopt;
  }
  if (!names.empty() && std::ranges::find(names, text->value) == names.end()) {
    reader.refuse(*text, entry.key, "must be one that is configured", Showing::allowed,
                  did_you_mean(text->value, names));
    return std::nullopt;
  }
  return text->value;
}

std::optional<ClaimPath> read_claim_path(const Entry& entry, ValueReader& reader) {
  const std::size_t before = reader.problems().count();
  ClaimPath path =
      read_texts(entry, "a claim's name, or a list of names from the top down", is_claim_name, reader);
  if (reader.problems().count() == before && (path.empty() || path.size() > kMaxPath))
    reader.problems().add(entry.value->place,
                          fmt::format("`{}` must have 1 to {} names", entry.key, kMaxPath));
  if (reader.problems().count() != before) return std::nullopt;
  return path;
}

std::vector<ClaimRule> read_claim_rules(const Entry& entry, std::string_view key,
                                        std::span<const std::string> names, ValueReader& reader) {
  std::vector<ClaimRule> rules;
  if (entry.value->kind != NodeKind::list) {
    reader.problems().add(
        entry.value->place,
        fmt::format("`{}` must be a list of rules `{{claim: NAME, has: VALUE, {}: NAME}}`, found {}",
                    entry.key, key, describe(entry.value->kind)));
    return rules;
  }
  for (const Node* item : entry.value->items) {
    if (auto rule = read_rule(*item, key, names, reader)) rules.push_back(*std::move(rule));
  }
  return rules;
}

std::vector<ClaimSetting> read_claim_settings(const Entry& entry, ValueReader& reader) {
  std::vector<ClaimSetting> settings;
  if (entry.value->kind != NodeKind::map) {
    reader.problems().add(
        entry.value->place,
        fmt::format("`{}` must be a map from settings to claims, such as `app.user_id: sub`, found {}",
                    entry.key, describe(entry.value->kind)));
    return settings;
  }
  for (const Entry& inner : entry.value->entries) {
    if (!is_setting_name(inner.key)) {
      reader.problems().add(
          inner.place, fmt::format("the setting {} must be {}", in_backticks(inner.key), kSettingNameRule));
    } else if (auto path = read_claim_path(inner, reader)) {
      settings.push_back({inner.key, *std::move(path)});
    }
  }
  return settings;
}

}  // namespace penstock::config
