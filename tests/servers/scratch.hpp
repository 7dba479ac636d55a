// Where test servers keep their files: private temporary folders, and what is left of tests that crashed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace penstock::test {

/// The user that servers run as when the tests run as root; elsewhere nobody but the user itself.
struct ServerUser {
  std::string name;  ///< empty: whoever runs the test
  uid_t uid = 0;
  gid_t gid = 0;
};
[[nodiscard]] const ServerUser& server_user();

/// Gives a file, or a folder with all in it, to server_user(). Throws std::system_error.
void give_to_server(const std::filesystem::path& path);

/// An exclusive lock on a file, made when missing, held until destroyed or the process ends. Waits for it.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  int file_ = -1;
};

/// A new folder `<temporary>/<prefix>XXXXXX`, server_user()'s own and locked by this process; removed with
/// all in it when destroyed. Making one removes folders of the same prefix whose process is gone.
class ScratchFolder {
 public:
  explicit ScratchFolder(std::string_view prefix);
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace penstock::test
