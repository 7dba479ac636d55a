#include "manager/query_identity.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "penstock/utf8.hpp"

#include "core/nearest.hpp"

namespace penstock {

namespace {

constexpr std::string_view kDefaultRole = "default";

Result<void> check_settings(const QueryOptions& options, const DataSourceConfig& config) {
  for (auto setting = options.settings.begin(); setting != options.settings.end(); ++setting) {
    const auto& [name, value] = *setting;
    if (std::ranges::find(config.query_settings, name) == config.query_settings.end()) {
      return fail(ErrorCode::forbidden,
                  "a query of datasource '" + config.name + "' may not set '" + name + "'",
                  "The operator can add it to the datasource's `settings`.");
    }
    if (std::any_of(options.settings.begin(), setting, [&](const auto& one) { return one.first == name; })) {
      return fail(ErrorCode::invalid_argument, "the setting '" + name + "' is given twice");
    }
    if (value.size() > QueryOptions::kMaxSettingBytes) {
      return fail(ErrorCode::invalid_argument, "the value of the setting '" + name + "' has " +
                                                   std::to_string(value.size()) + " bytes, more than the " +
                                                   std::to_string(QueryOptions::kMaxSettingBytes) +
                                                   " that it may have");
    }
    if (!is_valid_utf8(value) || value.find('\0') != std::string::npos) {
      return fail(ErrorCode::invalid_argument,
                  "the value of the setting '" + name + "' is not UTF-8 without NUL bytes");
    }
  }
  return {};
}

std::unexpected<Error> unknown_role(const std::string& role, const DataSourceConfig& config) {
  if (config.roles.empty()) {
    return fail(ErrorCode::forbidden,
                "datasource '" + config.name + "' has no `roles`, so its queries cannot choose one",
                "Leave the role out, or let the operator map it in the datasource's `roles`.");
  }
  std::vector<std::string> names;
  for (const MappedRole& known : config.roles)
    names.push_back(known.name);
  const auto nearest = nearest_name(role, names);
  return fail(ErrorCode::forbidden, "datasource '" + config.name + "' has no role '" + role + "'",
              nearest ? "Did you mean '" + std::string(*nearest) + "'?"
                      : "The operator can map it in the datasource's `roles`.");
}

}  // namespace

Result<std::string_view> query_role(const QueryOptions& options, const DataSourceConfig& config) {
  if (auto usable = check_settings(options, config); !usable) return pass_error(usable);
  if (options.role.empty() && config.roles.empty()) return std::string_view();
  const std::string_view wanted = options.role.empty() ? kDefaultRole : std::string_view(options.role);
  const auto found = std::ranges::find(config.roles, wanted, &MappedRole::name);
  if (found != config.roles.end()) return std::string_view(found->role);
  if (!options.role.empty()) return unknown_role(options.role, config);
  return fail(ErrorCode::forbidden,
              "datasource '" + config.name + "' runs queries under a role, and none was given",
              "Name one of its `roles`; the one called `default` is for queries that name none.");
}

}  // namespace penstock
