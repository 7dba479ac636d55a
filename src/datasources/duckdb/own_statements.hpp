// Statements of Penstock's own on DuckDB: setting up, and looking into the catalogue.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasources/duckdb/handles.hpp"
#include "datasources/duckdb/run_control.hpp"

namespace penstock::duckdb {

/// What DuckDB said of a failure: "Catalog Error: Table with name x does not exist!".
struct Failure {
  std::string message;
};

/// Runs a statement whose rows nobody wants.
[[nodiscard]] std::expected<void, Failure> run_own(const Api& api, duckdb_connection connection,
                                                   const std::string& sql);

using TextRow = std::vector<std::optional<std::string>>;
/// The rows of a query all of whose columns are VARCHAR.
[[nodiscard]] std::expected<std::vector<TextRow>, Failure> read_own(const Api& api,
                                                                    duckdb_connection connection,
                                                                    const std::string& sql);

/// The text of a VARCHAR or BLOB in a vector.
[[nodiscard]] inline std::string_view text_of(const duckdb_string_t& value) noexcept {
  const std::uint32_t length = value.value.inlined.length;
  return {
      length <= sizeof(value.value.inlined.inlined) ? value.value.inlined.inlined : value.value.pointer.ptr,
      length};
}

}  // namespace penstock::duckdb
