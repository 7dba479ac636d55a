// penstock datasources: where the logical databases live, as configured.

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.hpp"
#include "cli/listing.hpp"
#include "cli/text_table.hpp"
#include "formats/json_document.hpp"

namespace penstock::cli {

namespace {

std::string as_json(const std::vector<DataSourceInfo>& datasources, bool pretty) {
  JsonDocument json(pretty);
  json.begin_object().member("success", true).key("datasources").begin_array();
  for (const DataSourceInfo& info : datasources) {
    json.begin_object()
        .member("name", info.name)
        .member("type", info.type)
        .member("description", info.description)
        .member("access", to_string(info.access))
        .member("enabled", info.state != DataSourceState::disabled);
    if (info.state == DataSourceState::disabled) json.member("disabled_reason", info.state_reason);
    json.key("nodes").begin_array();
    for (const auto& [node, pool] : info.pools) {
      json.begin_object()
          .member("name", node)
          .member("min_pool_size", pool.min_size)
          .member("max_pool_size", pool.max_size)
          .end_object();
    }
    json.end_array().member("databases", std::span<const std::string>(info.databases)).end_object();
  }
  return json.end_array().end_object().take();
}

std::string pool_sizes(const DataSourceInfo& info) {
  std::vector<std::string> sizes;
  for (const auto& [node, pool] : info.pools) {
    const std::string range = fmt::format("{}-{}", pool.min_size, pool.max_size);
    sizes.push_back(info.pools.size() == 1 ? range : fmt::format("{} {}", node, range));
  }
  return fmt::format("{}", fmt::join(sizes, ", "));
}

std::string as_table(const std::vector<DataSourceInfo>& datasources, const Console& console) {
  TextTable table({"datasource", "type", "access", "pool", "state", "databases", "description"});
  for (const DataSourceInfo& info : datasources) {
    table.add({info.name, info.type, std::string(to_string(info.access)), pool_sizes(info),
               info.state == DataSourceState::disabled ? "disabled" : std::string(),
               fmt::format("{}", fmt::join(info.databases, ", ")), info.description});
  }
  table.drop_empty_columns();
  return table.to_text(console);
}

constexpr const char* kDescription =
    "Lists the datasources and the databases in each\n"
    "Reads the configuration only; `penstock check` asks the datasources too.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock datasources\n"
    "  penstock datasources --format json | jq '.datasources[] | {name, databases}'\n"
    "\n"
    "Exit status: 0 done, 2 usage or configuration.\n";

}  // namespace

Command add_datasources(CLI::App& parent) {
  return add_listing<DataSourceInfo>(parent, {.things = "datasources",
                                              .description = kDescription,
                                              .footer = kFooter,
                                              .all = &DataSourceManager::datasources,
                                              .name = &DataSourceInfo::name,
                                              .as_json = as_json,
                                              .as_table = as_table});
}

}  // namespace penstock::cli
