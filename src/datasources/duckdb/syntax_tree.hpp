// What a statement names, read from the tree that DuckDB's parser makes of it (json_serialize_sql).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/error.hpp"

namespace penstock::duckdb {

/// A table, view or common table expression as the statement names it.
struct NamedTable {
  std::string catalog;  ///< of three parts
  std::string schema;   ///< of two, where it may be a catalogue too
  std::string name;
};

/// A type as the statement names it, when it says where that is; DuckDB's own types have no names here.
struct NamedType {
  std::string catalog;
  std::string schema;
  std::string name;
};

struct NamedFunction {
  std::string catalog;
  std::string schema;  ///< `x` of `x.lower()` too, which calls it on a column
  std::string name;
  bool reads_table = false;  ///< it stands where a table does
};

/// What DuckDB shows of itself: SHOW TABLES, SHOW ALL TABLES, SHOW DATABASES, ...
struct Shown {
  std::string what;    ///< DuckDB's name for it, such as "tables"; empty with a schema
  std::string schema;  ///< of SHOW TABLES FROM schema
};

struct SyntaxTree {
  std::size_t statements = 0;
  std::vector<NamedTable> tables;
  std::vector<NamedFunction> functions;
  std::vector<NamedType> types;
  std::vector<Shown> shown;
  /// What DuckDB's parser says instead of a tree; empty when there is one.
  std::string error_type;
  std::string error_message;
  std::string error_position;  ///< a byte of the statement, in digits; empty: of none
};

/// Reads the JSON. Errors: `unsupported` for a kind of node that nobody has reviewed, `internal` for what is
/// no such JSON. Needs no stack for what is nested.
[[nodiscard]] Result<SyntaxTree> read_syntax_tree(std::string_view json);

}  // namespace penstock::duckdb
