// Several files of one folder that are written together.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include <sys/types.h>

#include "penstock/error.hpp"

namespace penstock::cli {

struct FileToWrite {
  std::string name;
  std::string text;
  mode_t mode = 0644;  ///< less what the umask takes away
};

/// Writes all of them, each whole, or none: what was there before is there again after a failure. Makes the
/// folder. Without `overwrite`, a file that is there already is an error, whoever made it meanwhile. Errors:
/// `invalid_argument`.
[[nodiscard]] Result<void> write_files(const std::filesystem::path& folder,
                                       std::span<const FileToWrite> files, bool overwrite);

}  // namespace penstock::cli
