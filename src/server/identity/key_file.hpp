// keys.yaml, as `penstock key` changes it.
#pragma once

#include <filesystem>
#include <span>

#include "penstock/error.hpp"

#include "config/principals.hpp"

namespace penstock::server {

/// Keeps other `penstock key` commands from changing the folder's keys meanwhile. Waits for its turn.
class KeyFileLock {
 public:
  /// `invalid_argument` when the folder cannot be opened.
  [[nodiscard]] static Result<KeyFileLock> take(const std::filesystem::path& folder);
  KeyFileLock(KeyFileLock&& other) noexcept;
  KeyFileLock& operator=(KeyFileLock&&) = delete;
  KeyFileLock(const KeyFileLock&) = delete;
  KeyFileLock& operator=(const KeyFileLock&) = delete;
  ~KeyFileLock();

 private:
  explicit KeyFileLock(int descriptor) noexcept : descriptor_(descriptor) {}
  int descriptor_;
};

/// Writes keys.yaml of the folder anew: whole or not at all, readable by its owner alone, who is that of the
/// file before, else of the folder, so that the server may read what root writes. `invalid_argument`, naming
/// the file, when it cannot be written.
[[nodiscard]] Result<void> write_key_file(const std::filesystem::path& folder,
                                          std::span<const config::KeyConfig> keys);

/// The file's text.
[[nodiscard]] std::string key_file_text(std::span<const config::KeyConfig> keys);

}  // namespace penstock::server
