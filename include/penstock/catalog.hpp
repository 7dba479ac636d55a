// What a logical database holds: the answer of schema introspection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "penstock/value.hpp"

namespace penstock {

struct ColumnInfo {
  std::string name;
  std::string native_type;  ///< as declared to the engine
  DataType type;            ///< what a query returns it as
  bool nullable = true;
  std::optional<std::string> default_value;  ///< the expression, as the engine writes it
  bool generated = false;                    ///< computed by the engine, not to be inserted
  std::vector<std::string> labels;           ///< of an enumeration: its values, in their order
  std::string comment;
  /// How its values are masked (MaskRule, as text), which the types say already; empty: they are not.
  std::string masked{};
};

struct ForeignKeyInfo {
  std::string name;  ///< empty when the engine has none
  std::vector<std::string> columns;
  std::string referenced_database;  ///< logical where one maps to it; empty: the same database
  std::string referenced_table;
  std::vector<std::string> referenced_columns;  ///< as many as columns
  std::string on_update = "NO ACTION";
  std::string on_delete = "NO ACTION";
};

struct IndexInfo {
  std::string name;
  std::vector<std::string> columns;  ///< names, or expressions where the index has them
  bool unique = false;
  bool primary = false;
  std::string predicate;  ///< of a partial index; empty otherwise
};

enum class TableKind : std::uint8_t {
  table,
  view,
  materialized_view,
  virtual_table,
  partitioned_table,
  foreign_table
};
[[nodiscard]] std::string_view to_string(TableKind kind) noexcept;

struct TableInfo {
  std::string name;
  TableKind kind = TableKind::table;
  std::string comment;
  std::vector<ColumnInfo> columns;
  std::vector<std::string> primary_key;
  std::vector<ForeignKeyInfo> foreign_keys;
  std::vector<IndexInfo> indexes;
  std::optional<std::int64_t> estimated_rows;  ///< nothing when the engine has no estimate
};

/// One logical database. Tables by name, columns in their own order.
struct DatabaseSchema {
  std::string database;
  std::string datasource;
  std::string comment;
  std::vector<TableInfo> tables;
};

}  // namespace penstock
