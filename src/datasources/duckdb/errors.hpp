// DuckDB's errors as errors of the contract. Its C API has one text for each, which begins with the kind.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "penstock/error.hpp"

namespace penstock::duckdb {

/// One function classifies them all. `message` is DuckDB's, `database` the logical database.
[[nodiscard]] Error error_of(std::string_view message, std::string_view database);

/// Whether DuckDB was interrupted.
[[nodiscard]] bool is_interrupt(std::string_view message) noexcept;
/// Whether nothing more can be done with the instance.
[[nodiscard]] bool is_fatal(std::string_view message) noexcept;
/// Whether a file has other columns than when its instance was made.
[[nodiscard]] bool files_changed(const Error& error) noexcept;
/// The table that a "does not exist" is about; empty for any other message.
[[nodiscard]] std::string_view missing_table(std::string_view message) noexcept;

}  // namespace penstock::duckdb
