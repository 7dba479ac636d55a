// The files behind the handles: where they are, whether they are still the same, how SQLite is told to open
// them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "penstock/error.hpp"
#include "penstock/settings.hpp"

namespace penstock::sqlite {

/// Which file a path leads to, and its state.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;

  [[nodiscard]] bool same_file(const FileState& other) const noexcept {
    return device == other.device && inode == other.inode;
  }
  friend bool operator==(const FileState&, const FileState&) = default;
};

/// Follows symbolic links. Nothing when there is no file, or it cannot be seen.
[[nodiscard]] std::optional<FileState> file_state(const std::filesystem::path& path) noexcept;

/// How a file is opened.
enum class OpenMode : std::uint8_t {
  read_only,
  immutable,  ///< read_only, without locks or a log: for a file that cannot be written from here
  read_write,
  create,  ///< read_write, and made when it does not exist
};
/// https://www.sqlite.org/uri.html; any byte of the path is kept from meaning something.
[[nodiscard]] std::string file_uri(const std::filesystem::path& path, OpenMode mode);

/// One file of a session, as it was when opened.
class OpenedFile {
 public:
  OpenedFile(std::string database, std::filesystem::path path, OpenMode mode);

  [[nodiscard]] const std::string& database() const noexcept { return database_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] OpenMode mode() const noexcept { return mode_; }
  /// Whether the path leads to another file now, or to none; of an immutable file also whether its content
  /// may have changed or a log has appeared.
  [[nodiscard]] bool changed() const noexcept;
  /// Remembers the state of a file that has just been made.
  void refresh() noexcept { state_ = file_state(path_); }

 private:
  std::string database_;
  std::filesystem::path path_;
  OpenMode mode_;
  std::optional<FileState> state_;
};

/// Whether a write-ahead log with content lies beside the file.
[[nodiscard]] bool has_wal(const std::filesystem::path& path) noexcept;

/// The folder that holds the file.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& path);

/// `unavailable` with what is wrong, when a file of `database` that is not there cannot be made.
[[nodiscard]] Result<void> check_folder(const std::string& database, const std::filesystem::path& path);
/// `unavailable` with what is wrong, when the file of `database` cannot be there to be opened.
[[nodiscard]] Result<void> check_file(const std::string& database, const std::filesystem::path& path);

}  // namespace penstock::sqlite
