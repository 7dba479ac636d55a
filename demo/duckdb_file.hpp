// Writes described databases with DuckDB: as schemas of one file, or as a folder of Parquet files.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "demo/database.hpp"

namespace penstock::demo {

/// Told of each database as it is written.
using OnWritten = std::function<void(const Database&, const RowCounts&)>;

/// Writes the databases as schemas of `file`, whole or not at all: what was there stays until the new file is
/// complete. Views and comments too; foreign keys are left out, as DuckDB checks them row by row. Throws
/// std::runtime_error, also in a build without DuckDB.
void write_duckdb_file(const std::vector<Database>& databases, const std::filesystem::path& file, int version,
                       const OnWritten& written);

/// Writes a Parquet file for each table of `database` into `folder`, which is made. Throws as above.
RowCounts write_parquet_folder(const Database& database, const std::filesystem::path& folder);

/// Whether `file` was written by write_duckdb_file() with this version.
[[nodiscard]] bool has_duckdb_version(const std::filesystem::path& file, int version);

}  // namespace penstock::demo
