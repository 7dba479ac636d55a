#include "server/mcp_errors.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/ascii_case.hpp"
#include "core/nearest.hpp"

namespace penstock::server {
namespace mcp = protocol::mcp;
namespace {

constexpr std::string_view kUndefinedTable = "42P01";
constexpr std::string_view kUndefinedColumn = "42703";
/// Names beyond this are a list for search_schema.
constexpr std::size_t kMaxNames = 40;

/// The first name between backticks.
std::string_view named_in(std::string_view message) {
  const std::size_t begin = message.find('`');
  const std::size_t end = begin == std::string_view::npos ? begin : message.find('`', begin + 1);
  if (end == std::string_view::npos) return {};
  return message.substr(begin + 1, end - begin - 1);
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t at = 0; at < std::min(names.size(), kMaxNames); ++at)
    text += (at == 0 ? "" : ", ") + names[at];
  if (names.size() > kMaxNames)
    text += ", and " + std::to_string(names.size() - kMaxNames) + " more, which search_schema finds";
  return text;
}

std::vector<std::string> column_names(const TableInfo& table) {
  std::vector<std::string> names;
  for (const ColumnInfo& column : table.columns)
    names.push_back(column.name);
  return names;
}

/// Whether the text has the word, in any case.
bool mentions(std::string_view text, std::string_view word) {
  const auto is_part = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
  };
  for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
    if (!equal_ignoring_case(text.substr(at, word.size()), word)) continue;
    const bool begins = at == 0 || !is_part(text[at - 1]);
    const bool ends = at + word.size() == text.size() || !is_part(text[at + word.size()]);
    if (begins && ends) return true;
  }
  return false;
}

std::string tables_there_are(const DatabaseSchema& schema, std::string_view wanted, bool has_hint) {
  std::vector<std::string> names;
  for (const TableInfo& table : schema.tables)
    names.push_back(table.name);
  if (names.empty()) return schema.database + " has no tables.";
  std::string text;
  if (const auto nearest = nearest_name(wanted, names); nearest && !has_hint)
    text = "Did you mean " + std::string(*nearest) + "? ";
  return text + "The tables of " + schema.database + ": " + listed(names) + ".";
}

std::string columns_there_are(const DatabaseSchema& schema, std::string_view wanted, std::string_view sql,
                              bool has_hint) {
  std::string nearest;
  std::string lists;
  for (const TableInfo& table : schema.tables) {
    if (!mentions(sql, table.name)) continue;
    const std::vector<std::string> names = column_names(table);
    if (const auto name = nearest_name(wanted, names); name && nearest.empty() && !has_hint)
      nearest = "Did you mean " + std::string(*name) + " of " + table.name + "? ";
    lists += (lists.empty() ? "" : " ") + ("The columns of " + table.name + ": ") + listed(names) + ".";
  }
  return nearest + lists;
}

}  // namespace

std::string error_text(const Error& error) {
  std::string text = "ERROR " + std::string(to_string(error.code));
  if (!error.sqlstate.empty()) text += " (SQLSTATE " + error.sqlstate + ")";
  text += ": " + error.message;
  if (!text.ends_with('.')) text += '.';
  if (!error.hint.empty()) text += " Hint: " + error.hint;
  if (error.retryable) text += " The same call may succeed later.";
  return text;
}

std::string what_there_is(const Error& error, const DatabaseSchema& schema, std::string_view sql) {
  std::string_view wanted = named_in(error.message);
  wanted = wanted.substr(wanted.rfind('.') + 1);  // npos + 1 is 0: the whole
  if (error.sqlstate == kUndefinedTable) return tables_there_are(schema, wanted, !error.hint.empty());
  if (error.sqlstate == kUndefinedColumn) return columns_there_are(schema, wanted, sql, !error.hint.empty());
  return {};
}

void reply_with_error(const McpContextPtr& context, const std::shared_ptr<mcp::ToolCall>& call, Error error,
                      std::string_view database, std::string_view sql) {
  if (error.sqlstate != kUndefinedTable && error.sqlstate != kUndefinedColumn)
    return call->reply(mcp::ToolResult::error(error_text(error)));
  context->schemas.get(
      database, principal_of(*call),
      [call, sql = std::string(sql), error = std::move(error)](Result<SchemaCache::Schema> schema) {
        std::string text = error_text(error);
        if (schema) {
          const std::string further = what_there_is(error, **schema, sql);
          if (!further.empty()) text += "\n" + further;
        }
        call->reply(mcp::ToolResult::error(text));
      });
}

}  // namespace penstock::server
