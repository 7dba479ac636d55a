#include <span>
#include <string>
#include <vector>

#include "cli/schema_text.hpp"
#include "formats/json_document.hpp"

namespace penstock::cli {

namespace {

std::span<const std::string> names(const std::vector<std::string>& list) {
  return list;
}

void write_column(JsonDocument& json, const ColumnInfo& column) {
  json.begin_object()
      .member("name", column.name)
      .member("type", column.type.name())
      .member("native_type", column.native_type)
      .member("nullable", column.nullable)
      .member("default", column.default_value)
      .member("generated", column.generated)
      .member("comment", column.comment);
  if (!column.masked.empty()) json.member("masked", column.masked);
  json.end_object();
}

void write_foreign_key(JsonDocument& json, const ForeignKeyInfo& key, const std::string& database) {
  json.begin_object()
      .member("name", key.name)
      .member("columns", names(key.columns))
      .member("referenced_database", key.referenced_database.empty() ? database : key.referenced_database)
      .member("referenced_table", key.referenced_table)
      .member("referenced_columns", names(key.referenced_columns))
      .member("on_update", key.on_update)
      .member("on_delete", key.on_delete)
      .end_object();
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

void write_table(JsonDocument& json, const TableInfo& table, const std::string& database) {
  json.begin_object()
      .member("name", table.name)
      .member("kind", to_string(table.kind))
      .member("comment", table.comment)
      .member("estimated_rows", table.estimated_rows);
  json.key("columns").begin_array();
  for (const ColumnInfo& column : table.columns)
    write_column(json, column);
  json.end_array().member("primary_key", names(table.primary_key));
  json.key("foreign_keys").begin_array();
  for (const ForeignKeyInfo& key : table.foreign_keys)
    write_foreign_key(json, key, database);
  json.end_array().key("indexes").begin_array();
  for (const IndexInfo& index : table.indexes)
    write_index(json, index);
  json.end_array().end_object();
}

}  // namespace

std::string schema_as_json(const DatabaseSchema& schema, bool pretty) {
  JsonDocument json(pretty);
  json.begin_object()
      .member("success", true)
      .member("database", schema.database)
      .member("datasource", schema.datasource)
      .member("comment", schema.comment);
  json.key("tables").begin_array();
  for (const TableInfo& table : schema.tables)
    write_table(json, table, schema.database);
  return json.end_array().end_object().take();
}

}  // namespace penstock::cli
