#include "server/schema_text.hpp"

#include <span>
#include <vector>

#include <fmt/format.h>

#include "formats/json_document.hpp"

namespace penstock::server {

namespace {

std::span<const std::string> names(const std::vector<std::string>& list) {
  return list;
}

void write_column(JsonDocument& json, const ColumnInfo& column, SchemaDetail detail) {
  json.begin_object().member("name", column.name).member("type", column.type.name());
  if (detail == SchemaDetail::full) json.member("native_type", column.native_type);
  json.member("nullable", column.nullable);
  if (detail == SchemaDetail::full) {
    json.member("default", column.default_value).member("generated", column.generated);
  }
  if (!column.labels.empty()) json.member("labels", names(column.labels));
  if (!column.masked.empty()) json.member("masked", column.masked);
  if (detail == SchemaDetail::full || !column.comment.empty()) json.member("comment", column.comment);
  json.end_object();
}

void write_foreign_key(JsonDocument& json, const ForeignKeyInfo& key, std::string_view database,
                       SchemaDetail detail) {
  json.begin_object();
  if (detail == SchemaDetail::full) json.member("name", key.name);
  const std::string_view referenced = key.referenced_database.empty() ? database : key.referenced_database;
  json.member("columns", names(key.columns))
      .member("referenced_database", referenced)
      .member("referenced_table", key.referenced_table)
      .member("referenced_columns", names(key.referenced_columns));
  if (detail == SchemaDetail::full)
    json.member("on_update", key.on_update).member("on_delete", key.on_delete);
  json.end_object();
}

void write_index(JsonDocument& json, const IndexInfo& index) {
  json.begin_object()
      .member("name", index.name)
      .member("columns", names(index.columns))
      .member("unique", index.unique)
      .member("primary", index.primary);
  if (!index.predicate.empty()) json.member("predicate", index.predicate);
  json.end_object();
}

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
  }
  return line;
}

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& name : list)
    text += (text.empty() ? "" : ", ") + one_line(name);
  return text;
}

void append_comment(std::string& out, std::string_view comment) {
  if (!comment.empty()) out += " -- " + one_line(comment);
}

void append_column(std::string& out, const ColumnInfo& column, SchemaDetail detail) {
  out += "\n  " + one_line(column.name) + " " + column.type.name();
  const bool is_full = detail == SchemaDetail::full;
  if (is_full && !column.native_type.empty()) out += " (" + one_line(column.native_type) + ")";
  if (!column.nullable) out += " not null";
  if (is_full && column.generated) out += " generated";
  if (!column.masked.empty()) out += " masked (" + column.masked + ")";
  if (is_full && column.default_value) out += " default " + one_line(*column.default_value);
  if (!column.labels.empty()) out += " one of " + joined(column.labels);
  append_comment(out, column.comment);
}

void append_keys(std::string& out, const TableInfo& table, SchemaDetail detail) {
  if (!table.primary_key.empty()) out += "\n  primary key (" + joined(table.primary_key) + ")";
  for (const ForeignKeyInfo& key : table.foreign_keys) {
    const std::string database =
        key.referenced_database.empty() ? std::string() : one_line(key.referenced_database) + ".";
    out += fmt::format("\n  ({}) refers to {}{} ({})", joined(key.columns), database,
                       one_line(key.referenced_table), joined(key.referenced_columns));
  }
  if (detail != SchemaDetail::full) return;
  for (const IndexInfo& index : table.indexes) {
    if (index.primary) continue;
    out += fmt::format("\n  {}index {} ({})", index.unique ? "unique " : "", one_line(index.name),
                       joined(index.columns));
    if (!index.predicate.empty()) out += " where " + one_line(index.predicate);
  }
}

}  // namespace

std::string table_as_json(const TableInfo& table, std::string_view database, SchemaDetail detail) {
  JsonDocument json(false);
  json.begin_object().member("name", table.name).member("kind", penstock::to_string(table.kind));
  if (detail == SchemaDetail::names) return json.end_object().take_part();
  const bool is_full = detail == SchemaDetail::full;
  if (is_full || !table.comment.empty()) json.member("comment", table.comment);
  json.member("estimated_rows", table.estimated_rows);
  json.key("columns").begin_array();
  for (const ColumnInfo& column : table.columns)
    write_column(json, column, detail);
  json.end_array().member("primary_key", names(table.primary_key));
  json.key("foreign_keys").begin_array();
  for (const ForeignKeyInfo& key : table.foreign_keys)
    write_foreign_key(json, key, database, detail);
  json.end_array();
  if (is_full) {
    json.key("indexes").begin_array();
    for (const IndexInfo& index : table.indexes)
      write_index(json, index);
    json.end_array();
  }
  return json.end_object().take_part();
}

std::string table_as_text(const TableInfo& table, SchemaDetail detail) {
  std::string out = one_line(table.name);
  if (table.kind != TableKind::table) out += fmt::format(" ({})", penstock::to_string(table.kind));
  if (detail == SchemaDetail::names) return out;
  if (table.estimated_rows) out += fmt::format(" (about {} rows)", *table.estimated_rows);
  append_comment(out, table.comment);
  for (const ColumnInfo& column : table.columns)
    append_column(out, column, detail);
  append_keys(out, table, detail);
  return out;
}

}  // namespace penstock::server
