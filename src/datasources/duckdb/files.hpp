// The files behind a datasource: which tables a folder holds, and whether anything changed since it was
// looked at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "penstock/error.hpp"

namespace penstock::duckdb {

/// Which file a path leads to, and its state.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  friend bool operator==(const FileState&, const FileState&) = default;
};
/// Nothing when there is no file, or it cannot be seen.
[[nodiscard]] std::optional<FileState> file_state(const std::filesystem::path& path) noexcept;

enum class FileFormat : std::uint8_t { parquet, csv, json };

struct DataFile {
  std::filesystem::path path;  ///< canonical
  FileState state;
  friend bool operator==(const DataFile&, const DataFile&) = default;
};

/// A file, or a folder of files of one format.
struct FileTable {
  std::string name;
  FileFormat format = FileFormat::parquet;
  std::vector<DataFile> files;  ///< by path; never empty
  bool is_partitioned = false;  ///< every file lies in a folder called `key=value`
  friend bool operator==(const FileTable&, const FileTable&) = default;
};

/// What a logical database's folder holds.
struct Inventory {
  std::vector<FileTable> tables;      ///< by name, each name once whatever its case
  std::vector<std::string> problems;  ///< what was left out, and why: for who runs the server
  friend bool operator==(const Inventory&, const Inventory&) = default;
};

/// Looks through a folder. Every file is a regular one whose real place is in the folder: a symbolic link
/// that leads out of it is left out, as are hidden files, those whose name begins with '_' and those of other
/// formats. The folder itself may be a link to elsewhere in `root`, and nowhere else. Errors: `unavailable`,
/// `limit_exceeded` (100,000 files).
[[nodiscard]] Result<Inventory> take_inventory(const std::filesystem::path& root, const std::string& folder);

/// The condition of a database file and of the log beside it.
struct DatabaseFileState {
  FileState file;
  std::filesystem::path log_path;
  std::optional<FileState> log;
};
/// Errors: `unavailable`.
[[nodiscard]] Result<DatabaseFileState> look_at_file(const std::filesystem::path& path);
/// Whether the file is what it was when it was looked at; cheap, as every query asks. Errors: `unavailable`.
[[nodiscard]] Result<bool> is_still(const std::filesystem::path& path, const DatabaseFileState& seen);

}  // namespace penstock::duckdb
