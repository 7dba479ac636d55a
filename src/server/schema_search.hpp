// What a logical database holds, as far as someone asks: search, detail, pages, and a budget of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/catalog.hpp"
#include "penstock/error.hpp"

namespace penstock::server {

enum class SchemaDetail : std::uint8_t {
  names,    ///< tables by name and kind
  summary,  ///< and their columns with types, keys and comments
  full,     ///< and defaults, native types, indexes
};
[[nodiscard]] std::string_view to_string(SchemaDetail detail) noexcept;
[[nodiscard]] std::optional<SchemaDetail> parse_schema_detail(std::string_view name) noexcept;
[[nodiscard]] std::optional<TableKind> parse_table_kind(std::string_view name) noexcept;

struct SchemaSearch {
  /// Words, each of which must be found somewhere in the table, in any case (of ASCII): as part of a name or
  /// comment, or, with `*` and `?` in it, as the whole name. Empty: every table.
  std::string pattern;
  bool in_tables = true;  ///< where to look
  bool in_columns = true;
  bool in_comments = true;
  std::vector<TableKind> kinds;  ///< empty: any
  SchemaDetail detail = SchemaDetail::summary;
  std::size_t offset = 0;            ///< of the tables found, how many to leave out first
  std::size_t limit = 100;           ///< tables at most
  std::size_t max_bytes = 64 << 10;  ///< of all that is written of tables
};

/// How findings are written.
enum class SchemaForm : std::uint8_t {
  json,  ///< an object a table
  text,  ///< compact lines, for a model
};

struct SchemaFinding {
  const TableInfo* table = nullptr;           ///< of the page's schema
  SchemaDetail detail = SchemaDetail::names;  ///< less than was asked for when it alone is beyond the budget
  std::vector<std::string> matched_columns;   ///< that the pattern was found in
  std::string written;
};

struct SchemaPage {
  std::shared_ptr<const DatabaseSchema> schema;
  std::vector<SchemaFinding> tables;
  std::size_t found = 0;  ///< tables that the search finds, on all pages
  std::size_t offset = 0;
  std::optional<std::size_t> next_offset;  ///< when there are more
  std::string notice;                      ///< what was left out and how to get it; empty: nothing was
};

/// Pure. Never an empty page while there are tables left at the offset, however small the budget.
[[nodiscard]] SchemaPage search_schema(std::shared_ptr<const DatabaseSchema> schema,
                                       const SchemaSearch& search, SchemaForm form);

/// One table in that form and detail, without a line end behind it.
[[nodiscard]] std::string write_table(const TableInfo& table, std::string_view database, SchemaDetail detail,
                                      SchemaForm form);

}  // namespace penstock::server
