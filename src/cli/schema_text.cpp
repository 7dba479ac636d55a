#include "cli/schema_text.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/printable.hpp"
#include "cli/quantity_text.hpp"
#include "cli/text_table.hpp"

namespace penstock::cli {

namespace {

std::string kind_text(TableKind kind) {
  std::string text(to_string(kind));
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string key_of(const TableInfo& table, const ColumnInfo& column) {
  const auto holds = [&](const std::vector<std::string>& names) {
    return std::ranges::find(names, column.name) != names.end();
  };
  std::string text = holds(table.primary_key) ? "primary" : "";
  if (std::ranges::any_of(table.foreign_keys, holds, &ForeignKeyInfo::columns)) {
    text += text.empty() ? "foreign" : ", foreign";
  }
  return text;
}

std::string columns_table(const TableInfo& table, const Console& console) {
  TextTable columns({"column", "type", "null", "key", "default", "comment"});
  for (const ColumnInfo& column : table.columns) {
    std::string value = column.default_value.value_or("");
    if (column.generated) value.insert(0, value.empty() ? "generated" : "generated: ");
    std::string type = column.native_type.empty() ? column.type.name() : column.native_type;
    if (!column.masked.empty()) type += fmt::format(" (masked: {})", column.masked);
    columns.add({column.name, std::move(type), column.nullable ? "yes" : "no", key_of(table, column),
                 std::move(value), column.comment});
  }
  columns.drop_empty_columns();
  return columns.to_text(console);
}

std::string foreign_key_text(const ForeignKeyInfo& key) {
  std::string text = fmt::format("({}) -> {}{}{} ({})", listed(key.columns), key.referenced_database,
                                 key.referenced_database.empty() ? "" : ".", key.referenced_table,
                                 listed(key.referenced_columns));
  if (key.on_update != "NO ACTION") text += " on update " + key.on_update;
  if (key.on_delete != "NO ACTION") text += " on delete " + key.on_delete;
  return text;
}

std::string index_text(const IndexInfo& index) {
  std::string text = fmt::format("{} ({})", index.name, listed(index.columns));
  if (index.unique) text += " unique";
  if (!index.predicate.empty()) text += " where " + index.predicate;
  return text;
}

/// A heading and what stands under it, one a line; nothing when there is nothing.
void append_list(std::string& out, const Console& console, std::string_view heading,
                 const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  out += console.out().paint(Style::dim, heading) + "\n";
  for (const std::string& line : lines)
    out += "  " + printable(line) + "\n";
}

std::string table_in_full(const TableInfo& table, const Console& console) {
  std::string out = console.out().paint(Style::strong, printable(table.name));
  out += fmt::format("  {}", kind_text(table.kind));
  if (table.estimated_rows) out += fmt::format(", about {}", counted(*table.estimated_rows, "row"));
  out += '\n';
  if (!table.comment.empty()) out += printable(table.comment) + "\n";
  if (!table.columns.empty()) out += columns_table(table, console);
  std::vector<std::string> keys;
  keys.reserve(table.foreign_keys.size());
  for (const ForeignKeyInfo& key : table.foreign_keys)
    keys.push_back(foreign_key_text(key));
  append_list(out, console, "foreign keys", keys);
  std::vector<std::string> indexes;
  for (const IndexInfo& index : table.indexes) {
    if (!index.primary) indexes.push_back(index_text(index));
  }
  append_list(out, console, "indexes", indexes);
  return out;
}

}  // namespace

std::string schema_overview(const DatabaseSchema& schema, const Console& console) {
  TextTable tables({"table", "kind", "columns", "rows", "comment"});
  for (const TableInfo& table : schema.tables) {
    tables.add({table.name, kind_text(table.kind), std::to_string(table.columns.size()),
                table.estimated_rows ? with_thousands(*table.estimated_rows) : std::string(), table.comment});
  }
  tables.align_right(2);
  tables.align_right(3);
  tables.drop_empty_columns();
  return tables.to_text(console);
}

std::string schema_in_full(const DatabaseSchema& schema, const Console& console) {
  std::string out;
  for (const TableInfo& table : schema.tables) {
    if (!out.empty()) out += '\n';
    out += table_in_full(table, console);
  }
  return out;
}

}  // namespace penstock::cli
