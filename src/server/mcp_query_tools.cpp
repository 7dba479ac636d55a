// execute_query, explain_query, and the operator's own tools: statements.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "formats/json_document.hpp"
#include "protocol/mcp/message.hpp"
#include "protocol/rest/trace_parent.hpp"
#include "server/explain.hpp"
#include "server/mcp_arguments.hpp"
#include "server/mcp_errors.hpp"
#include "server/mcp_rows.hpp"
#include "server/mcp_tools.hpp"
#include "server/query_progress.hpp"

namespace penstock::server {
namespace json = boost::json;
namespace mcp = protocol::mcp;
namespace {

using ToolCallPtr = std::shared_ptr<mcp::ToolCall>;

/// What a model is given unless it asks for more: its context is dear.
constexpr std::int64_t kDefaultRows = 200;
constexpr std::int64_t kDefaultBytes = std::int64_t{64} << 10;

std::int64_t number_argument(const json::object& arguments, std::string_view name, std::int64_t otherwise) {
  const json::value* value = arguments.if_contains(name);
  return value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : otherwise;
}

/// The server's limits and the principal's.
McpLimits limits_of(const McpContext& context, const mcp::ToolCall& call) {
  const PrincipalLimits& own = principal_of(call)->limits;
  McpLimits limits = context.limits;
  limits.max_rows = std::min(limits.max_rows, own.max_rows.value_or(limits.max_rows));
  limits.max_bytes = std::min(limits.max_bytes, own.max_bytes.value_or(limits.max_bytes));
  return limits;
}

QueryOptions options_of(const McpContext& context, const mcp::ToolCall& call, const McpBounds& bounds) {
  QueryOptions options;
  options.timeout = context.limits.timeout;
  options.max_rows = bounds.max_rows;
  options.max_bytes = bounds.max_bytes;
  options.stop = call.stop_token();
  restrict_to(principal_of(call), options);
  return options;
}

/// Says of a query whose it is and how it came.
void attribute(const McpContext& context, const mcp::ToolCall& call, QueryCall& query) {
  query.principal = principal_of(call);
  query.origin.front_end = context.front_end;
  query.origin.request_id = call.request_id();
  query.origin.tool = call.tool().name;
  const auto trace = protocol::rest::parse_trace_parent(call.trace_parent());
  if (!trace) return;
  query.origin.trace_id = trace->trace_id;
  if (context.limits.pass_trace_context) query.options.trace_parent = call.trace_parent();
}

/// What is asked, in memory that the call holds: of its message, or of its tool.
struct Statement {
  std::string_view database;
  std::string_view sql;
};

/// Runs a statement and answers the call with what comes of it.
void run(const McpContextPtr& context, const ToolCallPtr& call, const Statement& statement, Params params,
         const McpBounds& bounds) {
  QueryCall query;
  query.database = statement.database;
  query.sql = statement.sql;
  query.params = std::move(params);
  query.options = options_of(*context, *call, bounds);
  attribute(*context, *call, query);
  context->executor.query(std::move(query), [context, call, bounds, statement,
                                             progress = QueryProgress::begin(call, context->executor)](
                                                Result<ResultStream> stream) {
    if (!stream)
      return reply_with_error(context, call, std::move(stream.error()), statement.database, statement.sql);
    reply_with_rows(*call, *stream, statement.database, bounds, progress.get());
  });
}

Statement statement_of(const json::object& arguments) {
  return {.database = mcp::string_member(arguments, "database"), .sql = mcp::string_member(arguments, "sql")};
}

void execute(const McpContextPtr& context, const ToolCallPtr& call) {
  const json::object& arguments = call->arguments();
  auto params = read_params(arguments.if_contains("params"));
  if (!params) return call->reply(mcp::ToolResult::error(error_text(params.error())));
  const McpLimits limits = limits_of(*context, *call);
  const McpBounds bounds{
      .max_rows = std::min(number_argument(arguments, "max_rows", kDefaultRows), limits.max_rows),
      .max_bytes = std::min(number_argument(arguments, "max_bytes", kDefaultBytes), limits.max_bytes),
      .most_rows = limits.max_rows};
  run(context, call, statement_of(arguments), std::move(*params), bounds);
}

std::string as_json(const Plan& plan) {
  JsonDocument document(false);
  return document.begin_object()
      .member("database", plan.database)
      .member("datasource", plan.datasource)
      .member("plan", plan.plan)
      .end_object()
      .take_part();
}

void explain_statement(const McpContextPtr& context, const ToolCallPtr& call) {
  const json::object& arguments = call->arguments();
  auto params = read_params(arguments.if_contains("params"));
  if (!params) return call->reply(mcp::ToolResult::error(error_text(params.error())));
  const Statement statement = statement_of(arguments);
  ExplainCall asked;
  asked.query.database = statement.database;
  asked.query.sql = statement.sql;
  asked.query.params = std::move(*params);
  asked.query.options.timeout = context->limits.timeout;
  asked.query.options.stop = call->stop_token();
  attribute(*context, *call, asked.query);
  restrict_to(asked.query.principal, asked.query.options);
  const json::value* analyze = arguments.if_contains("analyze");
  asked.analyze = analyze != nullptr && analyze->is_bool() && analyze->get_bool();
  explain(context->manager, context->executor, context->limits.explain_analyze, std::move(asked),
          [context, call, statement](Result<Plan> plan) {
            if (!plan)
              return reply_with_error(context, call, std::move(plan.error()), statement.database,
                                      statement.sql);
            mcp::ToolResult result = mcp::ToolResult::of_text(marked_data("The engine's plan.", plan->plan));
            result.structured = as_json(*plan);
            call->reply(result);
          });
}

/// Whether any database can be written to.
bool may_write(const DataSourceManager& manager) {
  return std::ranges::any_of(
      manager.databases(), [](const DatabaseInfo& database) { return database.access != Access::read_only; });
}

mcp::ToolAnnotations annotations_for(bool writes) {
  if (writes) return {.read_only = false, .destructive = true, .idempotent = false, .open_world = false};
  return {.read_only = true, .destructive = false, .idempotent = true, .open_world = false};
}

constexpr std::string_view kStatementProperties =
    R"("database":{"type":"string","description":"Name of the logical database"},)"
    R"("sql":{"type":"string","minLength":1,"description":"One statement, in the SQL of the database's type"},)"
    R"("params":{"type":["array","object","null"],"description":"Values of the statement's parameters: an array )"
    R"(by position ($1 or ?), an object by name (:name); a value of another type than JSON has is )"
    R"({\"type\": \"date\", \"value\": \"2025-03-31\"}"})";

}  // namespace

mcp::Tool execute_query_tool(const McpContextPtr& context) {
  const bool writes = may_write(context->manager);
  mcp::Tool tool;
  tool.name = "execute_query";
  tool.title = "Run a SQL statement";
  tool.description =
      std::string("Runs one SQL statement on a logical database and returns its rows. ") +
      (writes ? "Databases with access read_write can be changed, the others only be read. "
              : "Read-only: a statement that could write is refused. ") +
      "Unqualified tables are those of `database`; tables of other databases of the same datasource "
      "are written database.table. Results are cut at max_rows and max_bytes, and say so: prefer "
      "aggregates, few columns and LIMIT.";
  tool.input_schema = fmt::format(
      R"({{"type":"object","properties":{{{},"max_rows":{{"type":"integer","minimum":1,"maximum":{},"default":{}}},)"
      R"("max_bytes":{{"type":"integer","minimum":1024,"maximum":{},"default":{}}}}},)"
      R"("required":["database","sql"],"additionalProperties":false}})",
      kStatementProperties, context->limits.max_rows, std::min(kDefaultRows, context->limits.max_rows),
      context->limits.max_bytes, std::min(kDefaultBytes, context->limits.max_bytes));
  tool.output_schema = kRowsSchema;
  tool.annotations = annotations_for(writes);
  tool.handler = [context](const ToolCallPtr& call) { execute(context, call); };
  return tool;
}

mcp::Tool explain_query_tool(const McpContextPtr& context) {
  mcp::Tool tool;
  tool.name = "explain_query";
  tool.title = "Explain a SQL statement";
  tool.description =
      "Shows how the engine would run a statement, without running it: which indexes, which scans, "
      "what it expects to cost. For a query that is slow, or may be.";
  std::string analyze;
  if (context->limits.explain_analyze) {
    analyze =
        R"(,"analyze":{"type":"boolean","default":false,"description":"Run it, and tell what came of the plan"})";
    tool.description += " With analyze it is run, and only a statement that cannot write may be.";
  }
  tool.input_schema = fmt::format(
      R"({{"type":"object","properties":{{{}{}}},"required":["database","sql"],"additionalProperties":false}})",
      kStatementProperties, analyze);
  tool.output_schema =
      R"({"type":"object","properties":{"database":{"type":"string"},"datasource":{"type":"string"},)"
      R"("plan":{"type":"string"}},"required":["database","plan"]})";
  tool.annotations = annotations_for(false);
  tool.handler = [context](const ToolCallPtr& call) { explain_statement(context, call); };
  return tool;
}

mcp::Tool own_tool(const McpContextPtr& context, const config::ToolConfig& config) {
  bool writes = true;
  for (const DatabaseInfo& database : context->manager.databases())
    if (database.id == config.database) writes = database.access != Access::read_only;
  mcp::Tool tool;
  tool.name = config.name;
  tool.description = config.description;
  tool.database = config.database;
  tool.input_schema = tool_input_schema(config);
  tool.output_schema = kRowsSchema;
  tool.annotations = annotations_for(writes);
  tool.handler = [context, config](const ToolCallPtr& call) {
    const McpLimits limits = limits_of(*context, *call);
    const McpBounds bounds{.max_rows = std::min(config.max_rows.value_or(limits.max_rows), limits.max_rows),
                           .max_bytes = limits.max_bytes,
                           .most_rows = 0};
    auto params = read_tool_params(config, call->arguments());
    if (!params) return call->reply(mcp::ToolResult::error(error_text(params.error())));
    run(context, call, {.database = config.database, .sql = config.statement}, std::move(*params), bounds);
  };
  return tool;
}

}  // namespace penstock::server
