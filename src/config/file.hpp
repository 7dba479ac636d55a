// Reading a whole file, bounded.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>

namespace penstock::config {

enum class FileFault : std::uint8_t {
  missing,
  not_a_file,  ///< a folder, pipe or device
  unreadable,
  too_large,
};

struct FileError {
  FileFault fault = FileFault::unreadable;
  std::string message;  ///< why, to be put behind the file's name
};

/// The bytes of a regular file of at most `max_bytes`. Never waits for a pipe or device.
[[nodiscard]] std::expected<std::string, FileError> read_file(const std::filesystem::path& path,
                                                              std::size_t max_bytes);

}  // namespace penstock::config
