#include "config/principals.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "config/datasources.hpp"
#include "config/keys.hpp"
#include "config/tools.hpp"
#include "config/value_reader.hpp"

namespace penstock::config {

namespace {

constexpr std::int64_t kMostRows = 1'000'000'000'000;
constexpr std::int64_t kMostBytes = 1LL << 40;
constexpr std::int64_t kDay = 86'400'000;
constexpr std::size_t kMaxPatternBytes = 128;
constexpr std::size_t kMaxSettingBytes = 1'024;

std::vector<std::string> names_of(std::span<const SettingSpec> specs, std::vector<std::string> others) {
  for (const SettingSpec& spec : specs)
    others.push_back(spec.name);
  return others;
}

class PrincipalReader {
 public:
  PrincipalReader(std::span<const DatasourceReading> datasources, const std::vector<ToolConfig>* tools,
                  ValueReader& reader)
      : reader_(reader),
        tools_known_(tools != nullptr),
        tools_(kReservedToolNames.begin(), kReservedToolNames.end()) {
    databases_known_ =
        !datasources.empty() && std::ranges::all_of(datasources, &DatasourceReading::databases_known);
    for (const DatasourceReading& reading : datasources) {
      for (const LogicalDatabase& database : reading.config.databases) {
        databases_.push_back(database.name);
        owners_.emplace(database.name, &reading.config);
      }
    }
    if (tools == nullptr) return;
    for (const ToolConfig& tool : *tools)
      tools_.push_back(tool.name);
  }

  void read(const Entry& entry) {
    PrincipalConfig principal;
    principal.name = entry.key;
    if (!is_valid_name(entry.key))
      add(entry.place, fmt::format("the principal {} {}", in_backticks(entry.key), kNameRule));
    if (entry.value->kind != NodeKind::map) {
      return add(entry.value->place, fmt::format("a principal must be a map with {}, found {}",
                                                 listed(all_keys()), describe(entry.value->kind)));
    }
    for (const Entry& inner : entry.value->entries)
      read_key(inner, principal);
    if (entry.value->find("databases") == nullptr)
      add(entry.place, fmt::format("the principal {} needs `databases`: a list of logical databases, or of "
                                   "patterns with `*`",
                                   in_backticks(entry.key)));
    check_identity(*entry.value, principal);
    principals_.push_back(std::move(principal));
  }

  std::vector<PrincipalConfig> take() { return std::move(principals_); }

 private:
  static const std::vector<std::string>& all_keys() {
    static const std::vector<std::string> keys =
        names_of(principal_keys(), {"databases", "tools", "limits", "settings"});
    return keys;
  }

  void add(Place where, std::string message) { reader_.problems().add(where, std::move(message)); }

  void read_key(const Entry& entry, PrincipalConfig& principal) {
    if (entry.key == "databases") {
      principal.grant.databases = read_patterns(entry, "a logical database or a pattern such as `sales_*`",
                                                databases_known_, databases_);
    } else if (entry.key == "tools") {
      principal.tools = read_patterns(entry, "a tool or a pattern such as `report_*`", tools_known_, tools_);
    } else if (entry.key == "limits") {
      read_limits(entry, principal);
    } else if (entry.key == "settings") {
      read_settings(entry, principal);
    } else if (const SettingSpec* spec = find(principal_keys(), entry.key)) {
      read_plain(entry, *spec, principal);
    } else {
      report_unknown_key(entry, "a principal", all_keys(), reader_.problems());
    }
  }

  static const SettingSpec* find(std::span<const SettingSpec> specs, std::string_view name) {
    const auto found = std::ranges::find(specs, name, &SettingSpec::name);
    return found == specs.end() ? nullptr : &*found;
  }

  void read_plain(const Entry& entry, const SettingSpec& spec, PrincipalConfig& principal) {
    const auto value = reader_.setting(*entry.value, spec);
    if (!value) return;
    if (spec.name == "access") {
      const bool writes = std::get<std::string>(*value) == "read_write";
      principal.grant.access = writes ? Access::read_write : Access::read_only;
    } else if (spec.name == "metrics") {
      principal.metrics = std::get<bool>(*value);
    } else {
      principal.role = std::get<std::string>(*value);
    }
  }

  // A database that is named, and whose queries would all be refused for what the principal brings along, is
  // a mistake. What a pattern finds is refused query by query.
  void check_identity(const Node& map, const PrincipalConfig& principal) {
    const Entry* databases = map.find("databases");
    if (databases == nullptr) return;
    for (const Node* item : databases->value->items) {
      const auto owner = owners_.find(item->text);
      if (owner == owners_.end()) continue;
      const DataSourceConfig& source = *owner->second;
      if (!principal.role.empty() &&
          std::ranges::find(source.roles, principal.role, &MappedRole::name) == source.roles.end())
        add_unfit(item->place, *item, source, "`roles`", principal.role);
      for (const auto& [name, value] : principal.settings) {
        if (std::ranges::find(source.query_settings, name) == source.query_settings.end())
          add_unfit(item->place, *item, source, "`settings`", name);
      }
    }
  }

  void add_unfit(Place place, const Node& database, const DataSourceConfig& source, std::string_view list,
                 std::string_view name) {
    add(place,
        fmt::format("the principal could not query {}: the {} of its datasource {} have no {}; give the "
                    "database to a principal without it",
                    in_backticks(database.text), list, in_backticks(source.name), in_backticks(name)));
  }

  NameSet read_patterns(const Entry& entry, std::string_view meaning, bool all_known,
                        const std::vector<std::string>& known) {
    std::vector<std::string> patterns;
    if (entry.value->kind != NodeKind::list) {
      add(entry.value->place, fmt::format("`{}` must be a list, each entry {}, found {}", entry.key, meaning,
                                          describe(entry.value->kind)));
      return NameSet();
    }
    for (const Node* item : entry.value->items) {
      const auto text = reader_.clean_text(*item, entry.key, meaning);
      if (!text) continue;
      const bool is_pattern = text->value.contains('*');
      if (text->value.empty() || text->value.size() > kMaxPatternBytes) {
        reader_.refuse(*text, entry.key, fmt::format("must hold {}, 1 to 128 bytes long", meaning),
                       Showing::allowed);
      } else if (!is_pattern && all_known && std::ranges::find(known, text->value) == known.end()) {
        reader_.refuse(*text, entry.key, fmt::format("must hold {}", meaning), Showing::allowed,
                       text->variables.empty() && !reader_.problems().full()
                           ? did_you_mean(text->value, known)
                           : std::string());
      } else {
        patterns.push_back(text->value);
      }
    }
    return NameSet(std::move(patterns));
  }

  void read_limits(const Entry& entry, PrincipalConfig& principal) {
    static const std::vector<std::string> names = names_of(principal_limit_keys(), {});
    if (entry.value->kind != NodeKind::map) {
      return add(entry.value->place, fmt::format("`limits` must be a map with {}, found {}", listed(names),
                                                 describe(entry.value->kind)));
    }
    for (const Entry& inner : entry.value->entries) {
      const SettingSpec* spec = find(principal_limit_keys(), inner.key);
      if (spec == nullptr) {
        report_unknown_key(inner, "`limits`", names, reader_.problems());
      } else if (const auto value = reader_.setting(*inner.value, *spec)) {
        assign_limit(spec->name, *value, principal);
      }
    }
  }

  static void assign_limit(std::string_view name, const SettingValue& value, PrincipalConfig& principal) {
    if (name == "timeout") {
      principal.timeout = std::get<std::chrono::milliseconds>(value);
      return;
    }
    const std::int64_t number = std::get<std::int64_t>(value);
    if (name == "max_rows") principal.max_rows = number;
    if (name == "max_bytes") principal.max_bytes = number;
    if (name == "max_concurrent") principal.max_concurrent = number;
    if (name == "requests_per_minute") principal.requests_per_minute = number;
    if (name == "queue_share") principal.queue_share = number;
  }

  void read_settings(const Entry& entry, PrincipalConfig& principal) {
    if (entry.value->kind != NodeKind::map) {
      return add(entry.value->place,
                 fmt::format("`settings` must be a map of names such as `app.user_id` and "
                             "texts, found {}",
                             describe(entry.value->kind)));
    }
    for (const Entry& inner : entry.value->entries) {
      if (!is_setting_name(inner.key)) {
        add(inner.place, fmt::format("the setting {} must be {}", in_backticks(inner.key), kSettingNameRule));
        continue;
      }
      const auto text = reader_.clean_text(*inner.value, inner.key, "a text");
      if (!text) continue;
      if (text->value.size() > kMaxSettingBytes)
        reader_.refuse(*text, inner.key, "must be at most 1024 bytes long", Showing::forbidden);
      else
        principal.settings.emplace_back(inner.key, text->value);
    }
  }

  ValueReader& reader_;
  bool databases_known_ = false;
  bool tools_known_;
  std::vector<std::string> databases_;
  std::map<std::string, const DataSourceConfig*, std::less<>> owners_;
  std::vector<std::string> tools_;
  std::vector<PrincipalConfig> principals_;
};

}  // namespace

std::span<const SettingSpec> principal_keys() {
  static const std::array keys{
      SettingSpec{.name = "access",
                  .kind = SettingKind::choice,
                  .description = "what it may do at most; a datasource's `access` may be less",
                  .default_text = "read_only",
                  .choices = {"read_only", "read_write"}},
      SettingSpec{.name = "metrics",
                  .kind = SettingKind::boolean,
                  .description = "true: may read /metrics",
                  .default_text = "false"},
      SettingSpec{.name = "role",
                  .kind = SettingKind::text,
                  .description = "a name of the datasources' `roles`, whose database role its queries run "
                                 "under"},
  };
  return keys;
}

std::span<const SettingSpec> principal_limit_keys() {
  using enum SettingKind;
  static const std::array keys{
      SettingSpec{.name = "max_rows",
                  .kind = integer,
                  .description = "rows of one result",
                  .min = 1,
                  .max = kMostRows},
      SettingSpec{.name = "max_bytes",
                  .kind = size,
                  .description = "bytes of one result",
                  .min = 1,
                  .max = kMostBytes},
      SettingSpec{.name = "timeout", .kind = duration, .description = "for one query", .min = 1, .max = kDay},
      SettingSpec{.name = "max_concurrent",
                  .kind = integer,
                  .description = "queries at a time",
                  .min = 1,
                  .max = 100'000},
      SettingSpec{.name = "requests_per_minute",
                  .kind = integer,
                  .description = "requests in a minute; more are answered 429",
                  .min = 1,
                  .max = 100'000'000},
      SettingSpec{.name = "queue_share",
                  .kind = integer,
                  .description = "its weight where several wait for one datasource",
                  .default_text = "1",
                  .min = 1,
                  .max = 100},
  };
  return keys;
}

std::vector<PrincipalConfig> read_principals(const Node& root, std::span<const DatasourceReading> datasources,
                                             const std::vector<ToolConfig>* tools, ValueReader& reader) {
  const Entry* section = find_section(root, "principals", reader.problems());
  if (section == nullptr) return {};
  if (section->value->kind != NodeKind::map) {
    reader.problems().add(section->value->place,
                          fmt::format("`principals` must be a map of names and what they may do, found {}",
                                      describe(section->value->kind)));
    return {};
  }
  PrincipalReader principals(datasources, tools, reader);
  for (const Entry& entry : section->value->entries)
    principals.read(entry);
  return principals.take();
}

}  // namespace penstock::config
