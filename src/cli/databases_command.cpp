// penstock databases: what can be queried.

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/listing.hpp"
#include "cli/text_table.hpp"
#include "formats/json_document.hpp"
#include "server/rest_answers.hpp"

namespace penstock::cli {

namespace {

std::string as_json(const std::vector<DatabaseInfo>& databases, bool pretty) {
  JsonDocument json(pretty);
  json.begin_object().member("success", true).key("databases").begin_array();
  for (const DatabaseInfo& info : databases)
    server::write_database(json, info);
  return json.end_array().end_object().take();
}

std::string as_table(const std::vector<DatabaseInfo>& databases, const Console& console) {
  TextTable table({"database", "name", "datasource", "type", "access", "available", "description"});
  for (const DatabaseInfo& info : databases) {
    table.add({info.id, info.name == info.id ? std::string() : info.name, info.datasource, info.type,
               std::string(to_string(info.access)), info.available ? std::string() : "no", info.description});
  }
  table.drop_empty_columns();
  return table.to_text(console);
}

constexpr const char* kDescription =
    "Lists the logical databases\n"
    "Reads the configuration only; `penstock check` asks the datasources too.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock databases\n"
    "  penstock databases --names\n"
    "  penstock databases --format json | jq -r '.databases[].id'\n"
    "\n"
    "Exit status: 0 done, 2 usage or configuration.\n";

}  // namespace

Command add_databases(CLI::App& parent) {
  return add_listing<DatabaseInfo>(parent, {.things = "databases",
                                            .description = kDescription,
                                            .footer = kFooter,
                                            .all = &DataSourceManager::databases,
                                            .name = &DatabaseInfo::id,
                                            .as_json = as_json,
                                            .as_table = as_table});
}

}  // namespace penstock::cli
