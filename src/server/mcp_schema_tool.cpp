// search_schema: tables and columns, as much as a model can use.
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "formats/json_document.hpp"
#include "protocol/mcp/message.hpp"
#include "server/mcp_errors.hpp"
#include "server/mcp_rows.hpp"
#include "server/mcp_tools.hpp"
#include "server/schema_search.hpp"

namespace penstock::server {
namespace json = boost::json;
namespace mcp = protocol::mcp;
namespace {

using ToolCallPtr = std::shared_ptr<mcp::ToolCall>;

constexpr std::size_t kDefaultBytes = std::size_t{16} << 10;

std::size_t number_argument(const json::object& arguments, std::string_view name, std::size_t otherwise) {
  const json::value* value = arguments.if_contains(name);
  return value != nullptr && value->is_number() ? value->to_number<std::size_t>() : otherwise;
}

SchemaSearch read_search(const json::object& arguments) {
  SchemaSearch search;
  search.pattern = mcp::string_member(arguments, "pattern");
  const auto detail = parse_schema_detail(mcp::string_member(arguments, "detail"));
  search.detail = detail.value_or(SchemaDetail::summary);
  if (const json::value* kinds = arguments.if_contains("kinds"); kinds != nullptr && kinds->is_array())
    for (const json::value& kind : kinds->get_array())
      if (const auto known = parse_table_kind(kind.get_string())) search.kinds.push_back(*known);
  search.offset = number_argument(arguments, "offset", 0);
  search.limit = number_argument(arguments, "limit", search.limit);
  search.max_bytes = number_argument(arguments, "max_bytes", kDefaultBytes);
  return search;
}

std::string as_json(const SchemaPage& page) {
  JsonDocument document(false);
  document.begin_object()
      .member("database", page.schema->database)
      .member("found", static_cast<std::uint64_t>(page.found))
      .member("offset", static_cast<std::uint64_t>(page.offset));
  if (page.next_offset) document.member("next_offset", static_cast<std::uint64_t>(*page.next_offset));
  document.key("tables").begin_array();
  for (const SchemaFinding& finding : page.tables) {
    document.begin_object()
        .member("name", finding.table->name)
        .member("kind", to_string(finding.table->kind))
        .key("matched_columns")
        .value(finding.matched_columns)
        .end_object();
  }
  return document.end_array().end_object().take_part();
}

void reply_with_page(mcp::ToolCall& call, const SchemaPage& page) {
  std::string text;
  if (page.found == 0) {
    text = fmt::format(
        "No table of {} fits; it has {} tables. Search with fewer or shorter words, or without a "
        "pattern and with detail names.",
        page.schema->database, page.schema->tables.size());
  } else {
    std::string lines;
    for (const SchemaFinding& finding : page.tables)
      lines += finding.written + '\n';
    text = marked_data(
        fmt::format("{} of {} tables of {}.", page.tables.size(), page.found, page.schema->database), lines);
    if (!page.notice.empty()) text += '\n' + page.notice;
    if (page.next_offset) text += fmt::format("\nGo on with offset {}.", *page.next_offset);
  }
  mcp::ToolResult result = mcp::ToolResult::of_text(text);
  result.structured = as_json(page);
  call.reply(result);
}

void search(const McpContextPtr& context, const ToolCallPtr& call) {
  SchemaSearch wanted = read_search(call->arguments());
  context->schemas.get(mcp::string_member(call->arguments(), "database"), principal_of(*call),
                       [call, wanted = std::move(wanted)](Result<SchemaCache::Schema> schema) {
                         if (!schema) return call->reply(mcp::ToolResult::error(error_text(schema.error())));
                         reply_with_page(*call, search_schema(*schema, wanted, SchemaForm::text));
                       });
}

}  // namespace

mcp::Tool search_schema_tool(const McpContextPtr& context) {
  LookingTool tool;
  tool.name = "search_schema";
  tool.title = "Search tables and columns";
  tool.description =
      "Finds tables of one logical database by words in the names and comments of tables and columns. "
      "detail: names "
      "(tables alone), summary (columns, types, keys, comments), full (also defaults and indexes). Without a "
      "pattern, "
      "all tables: use detail names for a large database. Stays within max_bytes, and says what was left "
      "out.";
  tool.input_schema =
      R"({"type":"object","properties":{"database":{"type":"string","description":"Name of a logical database"},)"
      R"("pattern":{"type":"string","maxLength":200,"description":"Words, each of which must be found; * and ? )"
      R"(stand for any characters"},)"
      R"("detail":{"type":"string","enum":["names","summary","full"],"default":"summary"},)"
      R"("kinds":{"type":"array","maxItems":6,"items":{"type":"string","enum":["table","view",)"
      R"("materialized_view","virtual_table","partitioned_table","foreign_table"]}},)"
      R"("limit":{"type":"integer","minimum":1,"maximum":1000,"default":100},)"
      R"("offset":{"type":"integer","minimum":0,"maximum":1000000,"default":0},)"
      R"("max_bytes":{"type":"integer","minimum":512,"maximum":262144,"default":16384}},)"
      R"("required":["database"],"additionalProperties":false})";
  tool.output_schema =
      R"({"type":"object","properties":{"database":{"type":"string"},"found":{"type":"integer"},)"
      R"("offset":{"type":"integer"},"next_offset":{"type":"integer"},"tables":{"type":"array",)"
      R"("items":{"type":"object","properties":{"name":{"type":"string"},"kind":{"type":"string"},)"
      R"("matched_columns":{"type":"array","items":{"type":"string"}}},"required":["name","kind"]}}},)"
      R"("required":["database","found","tables"]})";
  return looking_tool(std::move(tool), context, search);
}

}  // namespace penstock::server
