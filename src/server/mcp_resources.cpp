// Logical databases and their tables as resources, and prompts that help an agent start.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "protocol/mcp/uri_template.hpp"
#include "server/mcp_rows.hpp"
#include "server/mcp_tools.hpp"
#include "server/schema_search.hpp"

namespace penstock::server {
namespace mcp = protocol::mcp;
namespace {

using ReadCallPtr = std::shared_ptr<mcp::ReadCall>;
using PromptCallPtr = std::shared_ptr<mcp::PromptCall>;
using CompletionCallPtr = std::shared_ptr<mcp::CompletionCall>;

constexpr std::string_view kScheme = "penstock://";
constexpr std::string_view kMimeType = "text/plain";
/// Of a database as a resource; search_schema has the rest.
constexpr std::size_t kDatabaseBytes = std::size_t{64} << 10;
constexpr std::size_t kPromptBytes = std::size_t{16} << 10;

std::string uri_of(std::string_view database) {
  return std::string(kScheme) + mcp::percent_encode(database);
}

std::string database_names(const DataSourceManager& manager, const Principal& principal) {
  std::string text;
  for (const DatabaseInfo& database : manager.databases(&principal.grant))
    text += (text.empty() ? "" : ", ") + database.id;
  return text;
}

/// All tables of a database, within a budget.
std::string overview(const SchemaCache::Schema& schema, std::size_t max_bytes) {
  SchemaSearch search;
  search.limit = schema->tables.size() + 1;
  search.max_bytes = max_bytes;
  const SchemaPage page = search_schema(schema, search, SchemaForm::text);
  std::string text;
  for (const SchemaFinding& finding : page.tables)
    text += finding.written + '\n';
  if (!page.notice.empty()) text += page.notice + '\n';
  return text;
}

/// Names and comments are data of the database's, whatever they say.
void reply_with_schema(mcp::ReadCall& call, std::string_view heading, std::string_view text) {
  call.reply({{.uri = call.uri(),
               .mime_type = std::string(kMimeType),
               .text = marked_data(heading, text),
               .blob = {}}});
}

void fail_reading(const McpContext& context, mcp::ReadCall& call, const Error& error) {
  if (error.code == ErrorCode::not_found)
    return call.not_found(error.message +
                          " There are: " + database_names(context.manager, *principal_of(call)) + ".");
  call.fail(mcp::RpcCode::internal_error, error.message);
}

void read_database(const McpContextPtr& context, const ReadCallPtr& call, const std::string& database) {
  context->schemas.get(database, principal_of(*call), [context, call](Result<SchemaCache::Schema> schema) {
    if (!schema) return fail_reading(*context, *call, schema.error());
    reply_with_schema(*call, "The database's tables.", overview(*schema, kDatabaseBytes));
  });
}

void read_table(const McpContextPtr& context, const ReadCallPtr& call) {
  context->schemas.get(
      call->variable("database"), principal_of(*call), [context, call](Result<SchemaCache::Schema> schema) {
        if (!schema) return fail_reading(*context, *call, schema.error());
        for (const TableInfo& table : (*schema)->tables)
          if (table.name == call->variable("table"))
            return reply_with_schema(
                *call, "The table.",
                write_table(table, (*schema)->database, SchemaDetail::full, SchemaForm::text) + '\n');
        call->not_found(fmt::format("{} has no table {}. The resource {} lists its tables.",
                                    (*schema)->database, call->variable("table"),
                                    uri_of((*schema)->database)));
      });
}

void complete_database(const McpContextPtr& context, const CompletionCallPtr& call) {
  std::vector<std::string> names;
  const PrincipalPtr principal = principal_of(*call);
  // What a database holds is search_schema's to tell.
  if (!principal->may_use("search_schema")) return call->reply(names);
  for (const DatabaseInfo& database : context->manager.databases(&principal->grant))
    names.push_back(database.id);
  call->reply(names);
}

void complete_table(const McpContextPtr& context, const CompletionCallPtr& call) {
  if (call->argument() == "database") return complete_database(context, call);
  const std::string_view database = call->settled("database");
  if (database.empty() || !principal_of(*call)->may_use("search_schema")) return call->reply({});
  context->schemas.get(database, principal_of(*call), [call](Result<SchemaCache::Schema> schema) {
    std::vector<std::string> names;
    // Without a schema there is nothing to suggest, and reading will say why.
    if (schema)
      for (const TableInfo& table : (*schema)->tables)
        names.push_back(table.name);
    call->reply(names);
  });
}

void explore(const McpContextPtr& context, const PromptCallPtr& call) {
  const std::string database(call->argument("database"));
  context->schemas.get(database, principal_of(*call), [call, database](Result<SchemaCache::Schema> schema) {
    mcp::PromptMessages messages;
    messages.text("user",
                  fmt::format("Get to know the logical database {0}. Below are its tables. Describe what it "
                              "holds in a few sentences, which keys join its tables, and five questions "
                              "that it can answer, each with the SQL that you would run with execute_query "
                              "(database \"{0}\"). Look at a few rows first where a name leaves you in "
                              "doubt.",
                              database));
    if (schema)
      messages.resource("user",
                        {.uri = uri_of(database),
                         .mime_type = std::string(kMimeType),
                         .text = marked_data("The database's tables.", overview(*schema, kPromptBytes)),
                         .blob = {}});
    else
      messages.text("user", "Its tables cannot be shown now: " + schema.error().message);
    call->reply(messages.take(), "Get to know a database");
  });
}

void answer_question(const PromptCallPtr& call) {
  call->reply(
      mcp::PromptMessages()
          .text("user",
                fmt::format(
                    "Answer this question from the company's databases: {}\n\n"
                    "1. list_databases, and choose the databases that can know it.\n"
                    "2. search_schema with the question's nouns, and read the columns' comments.\n"
                    "3. If several databases are needed, validate_databases.\n"
                    "4. execute_query: aggregate in SQL, select few columns, and name your assumptions. If a "
                    "result was cut, do not draw conclusions from it as if it were whole.\n"
                    "5. Answer in one paragraph, with the SQL that you ran below it.",
                    call->argument("question")))
          .take(),
      "Answer a question from the databases");
}

}  // namespace

Result<void> add_mcp_resources(const McpContextPtr& context, mcp::Catalog& catalog) {
  for (const DatabaseInfo& database : context->manager.databases()) {
    mcp::Resource resource;
    resource.uri = uri_of(database.id);
    resource.database = database.id;
    resource.name = database.id;
    resource.title = database.name;
    resource.description = database.description.empty() ? "Tables of " + database.id : database.description;
    resource.mime_type = kMimeType;
    resource.handler = [context, id = database.id](const ReadCallPtr& call) {
      read_database(context, call, id);
    };
    if (auto added = catalog.add(std::move(resource)); !added) return added;
  }
  mcp::ResourceTemplate table;
  table.uri_template = std::string(kScheme) + "{database}/{table}";
  table.name = "table";
  table.title = "A table";
  table.description = "Columns with types and comments, keys, indexes of one table";
  table.mime_type = kMimeType;
  table.handler = [context](const ReadCallPtr& call) { read_table(context, call); };
  table.complete = [context](const CompletionCallPtr& call) { complete_table(context, call); };
  if (auto added = catalog.add(std::move(table)); !added) return added;
  mcp::ResourceTemplate whole;
  whole.uri_template = std::string(kScheme) + "{database}";
  whole.name = "database";
  whole.title = "A database";
  whole.description = "The tables of one logical database";
  whole.mime_type = kMimeType;
  whole.handler = [context](const ReadCallPtr& call) {
    read_database(context, call, std::string(call->variable("database")));
  };
  whole.complete = [context](const CompletionCallPtr& call) { complete_database(context, call); };
  return catalog.add(std::move(whole));
}

Result<void> add_mcp_prompts(const McpContextPtr& context, mcp::Catalog& catalog) {
  mcp::Prompt exploring;
  exploring.name = "explore_database";
  exploring.title = "Get to know a database";
  exploring.description = "What a logical database holds and what it can answer";
  exploring.arguments = {{.name = "database",
                          .title = "Database",
                          .description = "Name of a logical database",
                          .required = true}};
  exploring.tools = {"search_schema"};
  exploring.handler = [context](const PromptCallPtr& call) { explore(context, call); };
  exploring.complete = [context](const CompletionCallPtr& call) { complete_database(context, call); };
  if (auto added = catalog.add(std::move(exploring)); !added) return added;
  mcp::Prompt answering;
  answering.name = "answer_question";
  answering.title = "Answer from the databases";
  answering.description = "The way from a question to an answer with its SQL";
  answering.arguments = {
      {.name = "question", .title = "Question", .description = "In plain words", .required = true}};
  answering.tools = {"execute_query"};
  answering.handler = [](const PromptCallPtr& call) { answer_question(call); };
  return catalog.add(std::move(answering));
}

}  // namespace penstock::server
