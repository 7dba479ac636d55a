#include "cli/file_set.hpp"

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/descriptor.hpp"

namespace penstock::cli {

namespace {

namespace fs = std::filesystem;
using config::Descriptor;

std::unexpected<Error> system_error(std::string_view what, const fs::path& path, int number,
                                    std::string hint = {}) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("cannot {} '{}': {}", what, path.string(), std::generic_category().message(number)),
              std::move(hint));
}

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// One file on its way: beside its target first, then in its place, and out of it again unless all arrived.
class Placement {
 public:
  explicit Placement(fs::path target) : target_(std::move(target)) {}
  Placement(Placement&& other) noexcept
      : target_(std::move(other.target_)),
        staged_(std::exchange(other.staged_, {})),
        before_(std::exchange(other.before_, {})),
        is_placed_(std::exchange(other.is_placed_, false)) {}
  Placement& operator=(Placement&&) = delete;
  ~Placement() {
    if (is_placed_ && before_.empty()) ::unlink(target_.c_str());
    if (is_placed_ && !before_.empty()) ::rename(before_.c_str(), target_.c_str());
    if (!staged_.empty()) ::unlink(staged_.c_str());
    if (!before_.empty()) ::unlink(before_.c_str());
  }

  Result<void> stage(const FileToWrite& file) {
    std::string name = beside();
    const Descriptor out(::mkostemp(name.data(), O_CLOEXEC));
    if (out.get() < 0) return system_error("write to", target_, errno);
    staged_ = name;
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(out.get(), file.mode & ~mask) != 0 || !write_all(out.get(), file.text) ||
        ::fsync(out.get()) != 0) {
      return system_error("write to", target_, errno);
    }
    return {};
  }

  Result<void> place(bool overwrite) {
    if (overwrite) {
      // A second name for what is there, so that it can come back.
      before_ = staged_ + ".before";
      if (::link(target_.c_str(), before_.c_str()) != 0) before_.clear();
      if (before_.empty() && errno != ENOENT) return system_error("replace", target_, errno);
      if (::rename(staged_.c_str(), target_.c_str()) != 0) return system_error("replace", target_, errno);
      staged_.clear();
    } else if (::link(staged_.c_str(), target_.c_str()) != 0) {  // which replaces nothing, as rename() would
      if (errno == EEXIST)
        return fail(ErrorCode::invalid_argument, fmt::format("'{}' is there already", target_.string()),
                    "name another folder with --output, or write over it with --force");
      return system_error("write to", target_, errno);
    }
    is_placed_ = true;
    return {};
  }

  void keep() noexcept { is_placed_ = false; }

 private:
  [[nodiscard]] std::string beside() const {
    return (target_.parent_path() / fmt::format(".{}.XXXXXX", target_.filename().string())).string();
  }

  fs::path target_;
  std::string staged_;  ///< empty: none
  std::string before_;  ///< what was in the target's place; empty: nothing
  bool is_placed_ = false;
};

Result<void> place_all(const fs::path& folder, std::span<const FileToWrite> files, bool overwrite) {
  std::vector<Placement> placements;
  placements.reserve(files.size());
  for (const FileToWrite& file : files) {
    if (auto staged = placements.emplace_back(folder / file.name).stage(file); !staged) return staged;
  }
  for (Placement& placement : placements) {
    if (auto placed = placement.place(overwrite); !placed) return placed;
  }
  for (Placement& placement : placements)
    placement.keep();
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
  return {};
}

}  // namespace

Result<void> write_files(const fs::path& folder, std::span<const FileToWrite> files, bool overwrite) {
  std::error_code error;
  const bool is_new = fs::create_directories(folder, error);
  if (error) return system_error("make the folder", folder, error.value());
  auto written = place_all(folder, files, overwrite);
  if (!written && is_new) fs::remove(folder, error);
  return written;
}

}  // namespace penstock::cli
