#include "server/identity/key_file.hpp"

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/json_text.hpp"

namespace penstock::server {

namespace {

constexpr std::string_view kName = "keys.yaml";
constexpr mode_t kOwnerOnly = 0600;

std::unexpected<Error> cannot(std::string_view what, const std::filesystem::path& path, int number) {
  return fail(ErrorCode::invalid_argument, fmt::format("cannot {} '{}': {}", what, path.string(),
                                                       std::generic_category().message(number)));
}

/// A file that is not there yet by its own name; gone unless it is put there.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& target)
      : path_(target.string() + ".XXXXXX"), descriptor_(::mkostemp(path_.data(), O_CLOEXEC)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    if (!placed_) ::unlink(path_.c_str());
  }

  /// The number of what went wrong; 0: nothing.
  [[nodiscard]] int write(std::string_view text) const noexcept {
    if (descriptor_ < 0 || ::fchmod(descriptor_, kOwnerOnly) != 0) return errno;
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(descriptor_) == 0 ? 0 : errno;
  }
  void give_to(const struct stat& owner) const noexcept {
    // Only root can, and only root has to.
    if (::fchown(descriptor_, owner.st_uid, owner.st_gid) != 0) return;
  }
  [[nodiscard]] int place(const std::filesystem::path& target) noexcept {
    if (::rename(path_.c_str(), target.c_str()) != 0) return errno;
    placed_ = true;
    return 0;
  }

 private:
  std::string path_;
  int descriptor_;
  bool placed_ = false;
};

/// As a text of YAML that is read back as it was.
std::string yaml_text(std::string_view text) {
  std::string doubled;
  for (const char c : text) {
    doubled += c;
    if (c == '$') doubled += c;
  }
  std::string out;
  protocol::append_json_string(out, doubled);
  return out;
}

}  // namespace

Result<KeyFileLock> KeyFileLock::take(const std::filesystem::path& folder) {
  KeyFileLock lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.descriptor_ < 0) return cannot("open", folder, errno);
  while (::flock(lock.descriptor_, LOCK_EX) != 0) {
    if (errno != EINTR) return cannot("lock", folder, errno);
  }
  return lock;
}

KeyFileLock::KeyFileLock(KeyFileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

KeyFileLock::~KeyFileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string key_file_text(std::span<const config::KeyConfig> keys) {
  std::string text =
      "# Written by `penstock key`. Hashes alone: the keys themselves are with those who use them.\n";
  text += keys.empty() ? "keys: []\n" : "keys:\n";
  for (const config::KeyConfig& key : keys) {
    text += fmt::format("  - sha256: {}\n    principal: {}\n    created: {}\n", key.sha256,
                        yaml_text(key.principal), config::format_time(key.created));
    if (key.expires) text += fmt::format("    expires: {}\n", config::format_time(*key.expires));
    if (!key.note.empty()) text += fmt::format("    note: {}\n", yaml_text(key.note));
  }
  return text;
}

Result<void> write_key_file(const std::filesystem::path& folder, std::span<const config::KeyConfig> keys) {
  const std::filesystem::path target = folder / kName;
  struct stat owner{};
  const bool owned = ::stat(target.c_str(), &owner) == 0 || ::stat(folder.c_str(), &owner) == 0;
  NewFile file(target);
  if (const int number = file.write(key_file_text(keys)); number != 0) return cannot("write", target, number);
  if (owned) file.give_to(owner);
  if (const int number = file.place(target); number != 0) return cannot("write", target, number);
  // That it is there is on the disk only when the folder is.
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened >= 0) {
    ::fsync(opened);
    ::close(opened);
  }
  return {};
}

}  // namespace penstock::server
