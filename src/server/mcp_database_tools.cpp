// list_databases and validate_databases: what the configuration says.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "formats/json_document.hpp"
#include "server/identity/principal.hpp"
#include "server/mcp_rows.hpp"
#include "server/mcp_tools.hpp"

namespace penstock::server {
namespace mcp = protocol::mcp;
namespace {

using ToolCallPtr = std::shared_ptr<mcp::ToolCall>;

std::string database_line(const DatabaseInfo& database) {
  std::string line =
      fmt::format("- {} ({}, {}, datasource {})", database.id, database.type,
                  database.access == Access::read_only ? "read-only" : "read-write", database.datasource);
  if (!database.description.empty()) line += ": " + database.description;
  if (!database.available) line += " NOT AVAILABLE: " + database.unavailable_reason;
  return line + '\n';
}

std::string as_json(const std::vector<DatabaseInfo>& databases) {
  JsonDocument json(false);
  json.begin_object().key("databases").begin_array();
  for (const DatabaseInfo& database : databases) {
    json.begin_object()
        .member("id", database.id)
        .member("name", database.name)
        .member("description", database.description)
        .member("type", database.type)
        .member("access", database.access == Access::read_only ? "read_only" : "read_write")
        .member("datasource", database.datasource)
        .member("available", database.available);
    if (!database.available) json.member("unavailable_reason", database.unavailable_reason);
    json.end_object();
  }
  return json.end_array().end_object().take_part();
}

void list_databases(const McpContextPtr& context, const ToolCallPtr& call) {
  const std::vector<DatabaseInfo> databases = context->manager.databases(&principal_of(*call)->grant);
  std::string text = fmt::format("{} databases. Those of one datasource can be joined in one statement.\n",
                                 databases.size());
  for (const DatabaseInfo& database : databases)
    text += database_line(database);
  mcp::ToolResult result = mcp::ToolResult::of_text(text);
  result.structured = as_json(databases);
  call->reply(result);
}

std::string as_json(const DatabaseValidation& validation) {
  JsonDocument json(false);
  json.begin_object().member("valid", validation.valid);
  if (validation.valid)
    json.member("datasource", validation.datasource);
  else
    json.member("error", validation.error);
  json.key("database_sources").begin_object();
  for (const auto& [database, datasource] : validation.database_sources)
    json.member(database, datasource);
  return json.end_object().end_object().take_part();
}

void validate_databases(const McpContextPtr& context, const ToolCallPtr& call) {
  std::vector<std::string_view> names;
  for (const boost::json::value& name : call->arguments().at("databases").get_array())
    names.emplace_back(name.get_string());
  const DatabaseValidation validation =
      context->manager.validate_databases(names, &principal_of(*call)->grant);
  std::string text = validation.valid
                         ? fmt::format(
                               "Yes: one statement can use them all, on the datasource {}. Qualify tables "
                               "with the database's name where they are not of `database`.\n",
                               validation.datasource)
                         : fmt::format("No: {}\n", validation.error);
  for (const auto& [database, datasource] : validation.database_sources)
    text += fmt::format("- {}: {}\n", database, datasource);
  mcp::ToolResult result = mcp::ToolResult::of_text(text);
  result.structured = as_json(validation);
  call->reply(result);
}

}  // namespace

mcp::Tool list_databases_tool(const McpContextPtr& context) {
  LookingTool tool;
  tool.name = "list_databases";
  tool.title = "List databases";
  tool.description =
      "Lists the logical databases: what each one holds, its SQL dialect (type), whether it is read-only, "
      "and which "
      "datasource it lives in. Start here.";
  tool.input_schema = R"({"type":"object","additionalProperties":false})";
  tool.output_schema =
      R"({"type":"object","properties":{"databases":{"type":"array","items":{"type":"object","properties":{)"
      R"("id":{"type":"string"},"name":{"type":"string"},"description":{"type":"string"},"type":{"type":"string"},)"
      R"("access":{"type":"string","enum":["read_only","read_write"]},"datasource":{"type":"string"},)"
      R"("available":{"type":"boolean"},"unavailable_reason":{"type":"string"}},)"
      R"("required":["id","type","access","datasource","available"]}}},"required":["databases"]})";
  return looking_tool(std::move(tool), context, list_databases);
}

mcp::Tool validate_databases_tool(const McpContextPtr& context) {
  LookingTool tool;
  tool.name = "validate_databases";
  tool.title = "Can these be joined?";
  tool.description =
      "Says whether one SQL statement can use all of these databases, which it can when they live in one "
      "datasource, "
      "and where each of them lives.";
  tool.input_schema =
      R"({"type":"object","properties":{"databases":{"type":"array","items":{"type":"string"},"minItems":1,)"
      R"("maxItems":100,"description":"Names of logical databases"}},"required":["databases"],)"
      R"("additionalProperties":false})";
  tool.output_schema =
      R"({"type":"object","properties":{"valid":{"type":"boolean"},"datasource":{"type":"string"},)"
      R"("error":{"type":"string"},"database_sources":{"type":"object",)"
      R"("additionalProperties":{"type":"string"}}},"required":["valid","database_sources"]})";
  return looking_tool(std::move(tool), context, validate_databases);
}

}  // namespace penstock::server
