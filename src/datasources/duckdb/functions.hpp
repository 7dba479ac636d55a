// Which of DuckDB's functions and catalogue tables a statement may use: reviewed lists, by name.
#pragma once

#include <span>
#include <string_view>

namespace penstock::duckdb {

/// A scalar function, an aggregate, a window function, a macro; operators always.
[[nodiscard]] bool may_call(std::string_view function);
[[nodiscard]] bool may_read_from(std::string_view table_function);
/// The name of something of DuckDB's own that is found without a schema, such as duckdb_settings.
[[nodiscard]] bool is_catalogue_name(std::string_view table);
/// A table of information_schema.
[[nodiscard]] bool may_read_information_schema(std::string_view table);
/// What may_call() allows, sorted.
[[nodiscard]] std::span<const std::string_view> allowed_functions() noexcept;
/// What may_read_from() allows, sorted.
[[nodiscard]] std::span<const std::string_view> allowed_table_functions() noexcept;

}  // namespace penstock::duckdb
