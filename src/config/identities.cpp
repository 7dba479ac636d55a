#include "config/identities.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "config/keys.hpp"

namespace penstock::config {

namespace {

// As PostgreSQL cuts names off behind it, a longer one would mean another role.
constexpr std::size_t kMaxRoleBytes = 63;

class IdentityReader {
 public:
  IdentityReader(DataSourceConfig& config, ValueReader& reader) : config_(config), reader_(reader) {}

  void read_roles(const Node& roles) {
    if (roles.kind != NodeKind::map || roles.entries.empty()) {
      return add(
          roles.place,
          fmt::format("`roles` must be a map from the names that queries say to roles of the database, "
                      "found {}",
                      roles.kind == NodeKind::map ? "an empty one" : describe(roles.kind)));
    }
    for (const Entry& entry : roles.entries)
      read_role(entry);
  }

  void read_settings(const Node& settings) {
    if (settings.kind != NodeKind::list) {
      return add(settings.place,
                 fmt::format("`settings` must be a list of names such as `app.user_id`, found {}",
                             describe(settings.kind)));
    }
    for (const Node* item : settings.items) {
      const auto text = reader_.clean_text(*item, "settings", "a name such as `app.user_id`");
      if (!text) continue;
      if (!is_setting_name(text->value)) {
        reader_.refuse(*text, "settings", fmt::format("must be {}", kSettingNameRule), Showing::allowed);
      } else if (std::ranges::find(config_.query_settings, text->value) != config_.query_settings.end()) {
        add(item->place, fmt::format("{} is listed twice", in_backticks(text->value)));
      } else {
        config_.query_settings.push_back(text->value);
      }
    }
  }

 private:
  void add(Place place, std::string message) { reader_.problems().add(place, std::move(message)); }

  // `reader: app_reader`, or `auditor: {role: app_auditor, privileged: true}`.
  void read_role(const Entry& entry) {
    if (!is_valid_name(entry.key)) add(entry.place, fmt::format("the name of a role {}", kNameRule));
    MappedRole role{.name = entry.key, .role = {}};
    const Node* name = entry.value;
    if (entry.value->kind == NodeKind::map) {
      name = nullptr;
      for (const Entry& key : entry.value->entries) {
        if (key.key == "role") {
          name = key.value;
        } else if (key.key == "privileged") {
          const SettingSpec spec{.name = "privileged", .kind = SettingKind::boolean, .description = {}};
          if (const auto value = reader_.setting(*key.value, spec)) role.privileged = std::get<bool>(*value);
        } else {
          const std::vector<std::string> known{"role", "privileged"};
          report_unknown_key(key, "a role", known, reader_.problems());
        }
      }
      if (name == nullptr)
        return add(entry.value->place, "a role of a map needs its `role`, the database's name");
    }
    const auto text = reader_.clean_text(*name, entry.key, "the name of a role of the database");
    if (!text) return;
    if (text->value.empty() || text->value.size() > kMaxRoleBytes || text->value == "none") {
      return reader_.refuse(*text, entry.key,
                            "must be the name of a role, of at most 63 bytes and not `none`",
                            Showing::allowed);
    }
    role.role = text->value;
    config_.roles.push_back(std::move(role));
  }

  DataSourceConfig& config_;
  ValueReader& reader_;
};

}  // namespace

void read_identities(const Node& datasource, const TypeSpec* type, DataSourceConfig& config,
                     ValueReader& reader) {
  const Entry* roles = datasource.find("roles");
  const Entry* settings = datasource.find("settings");
  if (type != nullptr && !type->takes_roles) {
    for (const Entry* entry : {roles, settings}) {
      if (entry == nullptr) continue;
      reader.problems().add(
          entry->place, fmt::format("{} is not supported by datasources of the type {}: they have no roles "
                                    "that a query could run under",
                                    in_backticks(entry->key), in_backticks(type->name)));
    }
    return;
  }
  IdentityReader identities(config, reader);
  if (roles != nullptr) identities.read_roles(*roles->value);
  if (settings != nullptr) identities.read_settings(*settings->value);
}

}  // namespace penstock::config
