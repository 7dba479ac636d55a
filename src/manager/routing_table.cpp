#include "manager/routing_table.hpp"

#include <algorithm>

#include "core/ascii_case.hpp"
#include "core/nearest.hpp"
#include "datasources/guarded.hpp"
#include "datasources/unmapped_qualifier.hpp"

namespace penstock {

namespace {

Result<std::shared_ptr<Source>> make_source(DataSourceConfig config, const DataSourceRegistry& registry,
                                            pool::Housekeeper& housekeeper) {
  auto source = std::make_shared<Source>();
  source->config = std::move(config);
  const DataSourceConfig& settings = source->config;
  const DataSourceType* type = registry.find(settings.type);
  if (type == nullptr) {
    return fail(ErrorCode::invalid_argument,
                "datasource `" + settings.name + "`: there is no datasource type `" + settings.type + "`");
  }
  if (!settings.enabled) {
    source->disabled_reason = "it is switched off by `enabled: false` in datasources.yaml";
    return source;
  }
  if (!type->create) {
    source->disabled_reason = type->missing_driver;
    source->disabled_code = ErrorCode::unsupported;
    return source;
  }
  auto driver = guarded(settings.name, [&] { return type->create(settings); });
  if (!driver) {
    driver.error().message = "datasource `" + settings.name + "`: " + driver.error().message;
    return pass_error(driver);
  }
  if (*driver == nullptr)
    return std::unexpected(driver_broke_contract(settings.name, "its factory made no datasource"));
  source->driver = std::move(*driver);
  const auto nodes =
      guarded(settings.name, [&] { return Result<std::vector<Node>>(source->driver->nodes()); });
  if (!nodes) return std::unexpected(nodes.error());
  if (nodes->empty()) return std::unexpected(driver_broke_contract(settings.name, "it has no nodes"));
  for (const Node& node : *nodes) {
    source->nodes.push_back(
        {node, pool::Pool::make(source->driver, node, settings.name, settings.pool, housekeeper)});
  }
  return source;
}

std::shared_ptr<Source> unchanged(const RoutingTable* previous, const DataSourceConfig& config) {
  if (previous == nullptr) return nullptr;
  for (const auto& source : previous->sources()) {
    if (source->config == config) return source;
  }
  return nullptr;
}

}  // namespace

Result<std::shared_ptr<const RoutingTable>> RoutingTable::make(config::Configuration configuration,
                                                               const DataSourceRegistry& registry,
                                                               pool::Housekeeper& housekeeper,
                                                               const std::shared_ptr<QueryObserver>& observer,
                                                               const RoutingTable* previous) {
  auto routing = std::make_shared<RoutingTable>();
  for (DataSourceConfig& settings : configuration.datasources) {
    std::shared_ptr<Source> source = unchanged(previous, settings);
    if (source == nullptr) {
      auto made = make_source(std::move(settings), registry, housekeeper);
      if (!made) return pass_error(made);
      source = std::move(*made);
      source->observer = observer;
    }
    routing->sources_.push_back(source);
    for (const LogicalDatabase& database : source->config.databases) {
      routing->routes_.emplace(database.name, Route{database.name, source});
    }
  }
  for (const auto& [name, route] : routing->routes_)
    routing->folded_.emplace(ascii_lower(name), &route);
  routing->summaries_ = std::move(configuration.summaries);
  return routing;
}

bool Source::is_granted_whole(const Grant* grant) const noexcept {
  return std::ranges::all_of(config.databases, [grant](const LogicalDatabase& database) {
    return is_granted(grant, database.name);
  });
}

void Source::keep_to(const Grant* grant, Error& error) const {
  for (const LogicalDatabase& database : config.databases) {
    const bool named = error.hint.find(database.name) != std::string::npos ||
                       error.hint.find(database.physical) != std::string::npos;
    if (named && !is_granted(grant, database.name)) return error.hint.clear();
  }
}

const Route* RoutingTable::find(std::string_view database, const Grant* grant) const noexcept {
  const auto found = routes_.find(database);
  return found == routes_.end() || !is_granted(grant, database) ? nullptr : &found->second;
}

const Route* RoutingTable::find_folded(std::string_view name, const Grant* grant) const {
  const auto found = folded_.find(ascii_lower(name));
  if (found == folded_.end() || !is_granted(grant, found->second->database)) return nullptr;
  return found->second;
}

Error RoutingTable::unknown_database(std::string_view database, const Grant* grant) const {
  std::vector<std::string> names;
  for (const auto& source : sources_) {
    for (const LogicalDatabase& known : source->config.databases) {
      if (is_granted(grant, known.name)) names.push_back(known.name);
    }
  }
  Error error;
  error.code = ErrorCode::not_found;
  error.message = "Database '" + std::string(database) + "' not found in any datasource";
  if (const auto nearest = nearest_name(database, names)) {
    error.hint = "Did you mean '" + std::string(*nearest) + "'?";
    return error;
  }
  constexpr std::size_t kMostListed = 20;
  error.hint = names.empty() ? "No databases are configured." : "The databases are";
  for (std::size_t i = 0; i < std::min(names.size(), kMostListed); ++i) {
    error.hint += (i == 0 ? " " : ", ") + names[i];
  }
  if (names.size() > kMostListed) error.hint += ", ...";
  return error;
}

Error RoutingTable::disabled_database(const Route& route) {
  const Source& source = *route.source;
  Error error;
  error.code = source.disabled_code;
  error.message = "Datasource '" + source.config.name + "' for database '" + route.database +
                  "' is not available: " + source.disabled_reason;
  return error;
}

DatabaseValidation RoutingTable::validate(std::span<const std::string_view> databases,
                                          const Grant* grant) const {
  DatabaseValidation validation;
  const auto refuse = [&validation](ErrorCode code, std::string text) {
    validation.code = code;
    validation.error = std::move(text);
    return std::move(validation);
  };
  if (databases.empty()) return refuse(ErrorCode::invalid_argument, "No databases specified");

  validation.database_sources.reserve(databases.size());
  const Source* first = nullptr;
  bool spread = false;
  for (const std::string_view database : databases) {
    const Route* route = find(database, grant);
    if (route == nullptr) {
      Error error = unknown_database(database, grant);
      return refuse(error.code, error.message + ". " + error.hint);
    }
    // Not enabled(): which databases belong together is a question to the configuration, and has the same
    // answer in a build that lacks a driver.
    if (!route->source->config.enabled) {
      Error error = disabled_database(*route);
      return refuse(error.code, std::move(error.message));
    }
    validation.database_sources.emplace_back(route->database, route->source->config.name);
    if (first == nullptr) first = route->source.get();
    spread = spread || route->source.get() != first;
  }
  if (!spread) {
    validation.valid = true;
    validation.datasource = first->config.name;
    return validation;
  }
  std::string text = "Cannot query across different datasources:";
  for (const auto& [database, datasource] : validation.database_sources) {
    if (text.back() != ':') text += ',';
    text += " '" + database + "' is in '" + datasource + "'";
  }
  text += ". Query each datasource on its own and combine the results.";
  return refuse(ErrorCode::cross_datasource, std::move(text));
}

Result<std::vector<std::string>> RoutingTable::also_named(const Route& home, const Analysis& analysis,
                                                          const Grant* grant) const {
  std::vector<std::string> named;
  for (const std::string& qualifier : analysis.qualifiers) {
    const Route* route = find_folded(qualifier, grant);
    if (route == nullptr && analysis.qualifiers_are_certain)
      return std::unexpected(unmapped_qualifier(qualifier));
    if (route == nullptr || route->database == home.database) continue;
    if (std::ranges::find(named, route->database) == named.end()) named.push_back(route->database);
  }
  if (named.empty()) return named;
  std::vector<std::string_view> involved{home.database};
  involved.insert(involved.end(), named.begin(), named.end());
  DatabaseValidation validation = validate(involved, grant);
  if (!validation.valid) return fail(*validation.code, std::move(validation.error));
  return named;
}

std::vector<DatabaseInfo> RoutingTable::databases(const Grant* grant) const {
  std::vector<DatabaseInfo> infos;
  for (const auto& source : sources_) {
    for (const LogicalDatabase& database : source->config.databases) {
      if (!is_granted(grant, database.name)) continue;
      DatabaseInfo info;
      info.id = database.name;
      info.name = database.name;
      info.datasource = source->config.name;
      info.type = source->config.type;
      info.access = source->access_for(grant);
      info.available = source->enabled();
      info.unavailable_reason = source->disabled_reason;
      if (const auto summary = summaries_.find(database.name); summary != summaries_.end()) {
        if (!summary->second.name.empty()) info.name = summary->second.name;
        info.description = summary->second.description;
        info.extra = summary->second.extra;
      }
      infos.push_back(std::move(info));
    }
  }
  return infos;
}

}  // namespace penstock
