#include "servers/scratch.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace penstock::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLockFile = "owner.lock";

[[noreturn]] void fail_with_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

ServerUser find_server_user() {
  if (geteuid() != 0) return {};
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* entry = getpwnam(name)) return {name, entry->pw_uid, entry->pw_gid};
  }
  throw std::runtime_error("test servers cannot run as root, and there is neither postgres nor nobody");
}

/// Ends the server whose process id PostgreSQL left in `folder`, when that process still works there.
void end_server_of(const fs::path& folder) {
  std::ifstream file(folder / "data" / "postmaster.pid");
  pid_t server = 0;
  if (!(file >> server) || server <= 1) return;
  std::error_code gone;
  const fs::path place = fs::read_symlink("/proc/" + std::to_string(server) + "/cwd", gone);
  if (!gone && place == folder / "data") ::kill(server, SIGKILL);
}

void sweep(const fs::path& parent, std::string_view prefix) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    const int lock = open((entry.path() / kLockFile).c_str(), O_RDWR | O_CLOEXEC);
    if (lock < 0) continue;  // another user's, or so new that it has none yet
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
      end_server_of(entry.path());
      std::error_code ignored;
      fs::remove_all(entry.path(), ignored);
    }
    close(lock);
  }
}

}  // namespace

const ServerUser& server_user() {
  static const ServerUser user = find_server_user();
  return user;
}

void give_to_server(const fs::path& path) {
  const ServerUser& user = server_user();
  if (user.name.empty()) return;
  const auto give = [&user](const fs::path& file) {
    if (lchown(file.c_str(), user.uid, user.gid) != 0) fail_with_errno("chown " + file.string());
  };
  give(path);
  if (!fs::is_directory(path)) return;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path))
    give(entry.path());
}

FileLock::FileLock(const fs::path& file) {
  file_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) fail_with_errno(file.string());
  while (flock(file_, LOCK_EX) != 0) {
    if (errno != EINTR) fail_with_errno(file.string());
  }
}

FileLock::~FileLock() {
  close(file_);
}

ScratchFolder::ScratchFolder(std::string_view prefix) {
  const fs::path parent = fs::temp_directory_path();
  sweep(parent, prefix);
  // Only a folder that is locked already gets the name that sweeps look for.
  std::string made = (parent / "penstock-new-XXXXXX").string();
  if (mkdtemp(made.data()) == nullptr) fail_with_errno(made);
  lock_ = open((fs::path(made) / kLockFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0 || flock(lock_, LOCK_EX) != 0) fail_with_errno(made);
  give_to_server(made);
  path_ = parent / (std::string(prefix) + made.substr(made.size() - 6));
  fs::rename(made, path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  close(lock_);
}

}  // namespace penstock::test
