// The table of docs/datasource-types.md: what each type can do, as its quirks have it.
#pragma once

#include <filesystem>
#include <string>

namespace penstock::conformance {

/// In Markdown. Of the types that Penstock has, not of examples.
[[nodiscard]] std::string support_table();

/// What `page` has between its markers; empty: it has none.
[[nodiscard]] std::string support_table_of(const std::filesystem::path& page);
/// Writes the table between the page's markers. False: it has none, or cannot be written.
[[nodiscard]] bool write_support_table(const std::filesystem::path& page);

}  // namespace penstock::conformance
