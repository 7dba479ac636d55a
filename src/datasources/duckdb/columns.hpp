// The columns of a result: what DuckDB calls their types, and what a batch holds them as.
#pragma once

#include <string>
#include <vector>

#include "penstock/batch.hpp"

#include "datasources/duckdb/handles.hpp"

namespace penstock::duckdb {

/// One column, field or element. A value.
struct ColumnType {
  duckdb_type id = DUCKDB_TYPE_INVALID;       ///< as DuckDB calls it
  duckdb_type storage = DUCKDB_TYPE_INVALID;  ///< of a decimal and an enumeration: how their values lie
  DataType type;                              ///< in a batch
  std::string name;                           ///< as DuckDB writes the type
  std::uint8_t scale = 0;                     ///< of a decimal
  std::size_t array_size = 0;                 ///< of an array
  std::vector<std::string> labels;            ///< of an enumeration; the names of fields and members
  std::vector<ColumnType> children;           ///< element; key and value; fields; members
};

/// Errors: `unsupported` for a type that nothing here can hold. `column` is for the message.
[[nodiscard]] Result<ColumnType> read_type(const Api& api, duckdb_logical_type type,
                                           const std::string& column);

/// What a column declared as `name` comes as: the type of a DuckDB that was asked for it in words.
[[nodiscard]] DataType type_named(std::string_view name);
/// The labels of "ENUM('a', 'b')"; empty for any other type.
[[nodiscard]] std::vector<std::string> labels_named(std::string_view name);

}  // namespace penstock::duckdb
