// Writes a described database as a SQLite file.
#pragma once

#include <filesystem>
#include <string>

#include "demo/database.hpp"

namespace penstock::demo {

/// The CREATE TABLE statement of a table. Comments stand as SQL comments at the end of the lines they belong
/// to, where SQLite keeps them and Penstock's driver finds them.
[[nodiscard]] std::string create_table_sql(const Table& table);
/// The same for a view.
[[nodiscard]] std::string create_view_sql(const View& view);

/// Writes `database` to `file`, whole or not at all: what was there stays until the new file is complete.
/// `version` becomes the file's user_version. Throws std::runtime_error.
RowCounts write_sqlite_file(const Database& database, const std::filesystem::path& file, int version);

/// Whether `file` is a SQLite file with this user_version.
[[nodiscard]] bool has_version(const std::filesystem::path& file, int version);

}  // namespace penstock::demo
