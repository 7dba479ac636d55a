// principals.yaml and keys.yaml: who may ask, and the keys they show.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/grant.hpp"
#include "penstock/settings.hpp"

namespace penstock::config {

class ValueReader;
struct Node;
struct DatasourceReading;
struct ToolConfig;

/// One entry of `principals:`. What is not set does not tighten what holds for everybody.
struct PrincipalConfig {
  std::string name;
  Grant grant{.databases = NameSet(), .access = Access::read_only};  ///< nothing unless it is written
  NameSet tools = NameSet::all();
  bool metrics = false;
  std::optional<std::int64_t> max_rows;
  std::optional<std::int64_t> max_bytes;
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::int64_t> max_concurrent;
  std::optional<std::int64_t> requests_per_minute;
  std::int64_t queue_share = 1;
  std::string role;
  std::vector<std::pair<std::string, std::string>> settings;
  friend bool operator==(const PrincipalConfig&, const PrincipalConfig&) = default;
};

/// One key, as it is kept: enough to know it again, and nothing to make it from.
struct KeyConfig {
  std::string sha256;  ///< of the whole token: 64 digits of `0` to `9` and `a` to `f`
  std::string principal;
  std::chrono::sys_seconds created;
  std::optional<std::chrono::sys_seconds> expires;
  std::string note;
  friend bool operator==(const KeyConfig&, const KeyConfig&) = default;
};

struct IdentityConfig {
  /// There is a principals.yaml: nobody is anonymous any more.
  bool required = false;
  std::vector<PrincipalConfig> principals;
  std::vector<KeyConfig> keys;
  friend bool operator==(const IdentityConfig&, const IdentityConfig&) = default;
};

/// The keys of a principal and of its `limits`, but for the lists `databases` and `tools`, the map `settings`
/// and `limits` itself.
[[nodiscard]] std::span<const SettingSpec> principal_keys();
[[nodiscard]] std::span<const SettingSpec> principal_limit_keys();

/// Reads and checks the whole file. Whatever is wrong is reported to the reader's problems. A name without
/// `*` must be a logical database of `datasources`, as far as these could be read, or one of Penstock's tools
/// or of `tools`; null: they are not known.
[[nodiscard]] std::vector<PrincipalConfig> read_principals(const Node& root,
                                                           std::span<const DatasourceReading> datasources,
                                                           const std::vector<ToolConfig>* tools,
                                                           ValueReader& reader);

/// The same of keys.yaml. `principals`: null when they could not be read, which is reported elsewhere.
[[nodiscard]] std::vector<KeyConfig> read_keys(const Node& root,
                                               const std::vector<PrincipalConfig>* principals,
                                               ValueReader& reader);

/// "2026-03-31T12:00:00Z", and back; nothing when it is no such text.
[[nodiscard]] std::string format_time(std::chrono::sys_seconds time);
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) noexcept;

}  // namespace penstock::config
