#include "server/audit/audit_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace penstock::server {

namespace {

/// Of a line that never came to its end, what is kept.
constexpr std::size_t kMaxTornBytes = 16 << 10;
/// A name is tried so often, as somebody else may rename the file meanwhile.
constexpr int kMaxTries = 8;
constexpr std::chrono::minutes kRotationRetry{1};

std::int64_t size_of(int descriptor) noexcept {
  struct stat about{};
  return ::fstat(descriptor, &about) == 0 ? static_cast<std::int64_t>(about.st_size) : 0;
}

std::string read_at(int descriptor, std::int64_t offset, std::size_t count) {
  std::string bytes(count, '\0');
  const ssize_t got = ::pread(descriptor, bytes.data(), count, offset);
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

/// Whether `name` is one that rotated_name() gives.
bool is_rotated(std::string_view name, std::string_view stem, std::string_view extension) noexcept {
  constexpr std::string_view kForm = "-00000000T000000.000000Z";
  if (name.size() != stem.size() + kForm.size() + extension.size() || !name.starts_with(stem) ||
      !name.ends_with(extension)) {
    return false;
  }
  const std::string_view time = name.substr(stem.size(), kForm.size());
  return std::ranges::equal(time, kForm, [](char found, char form) {
    return form == '0' ? found >= '0' && found <= '9' : found == form;
  });
}

}  // namespace

/// The file's lock, while it lives. Of what is no regular file there is none.
class AuditFile::Lock {
 public:
  Lock(int descriptor, bool wanted) noexcept : descriptor_(wanted ? descriptor : -1) {
    if (descriptor_ < 0) return;
    while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { release(); }
  void release() noexcept {
    if (descriptor_ >= 0) ::flock(std::exchange(descriptor_, -1), LOCK_UN);
  }

 private:
  int descriptor_;
};

Error AuditFile::failure(std::string_view what, int error) const {
  auto made =
      fail(ErrorCode::unavailable, fmt::format("the audit log {} cannot be {}: {}", options_.path.string(),
                                               what, std::generic_category().message(error)))
          .error();
  made.retryable = true;
  return made;
}

void AuditFile::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Result<void> AuditFile::open_unlocked() {
  close();
  descriptor_ = ::open(options_.path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (descriptor_ < 0) return std::unexpected(failure("opened", errno));
  struct stat about{};
  if (::fstat(descriptor_, &about) != 0) return std::unexpected(failure("looked at", errno));
  is_regular_ = S_ISREG(about.st_mode);
  began_.reset();
  return {};
}

Result<void> AuditFile::open(AuditTime now) {
  if (auto opened = open_unlocked(); !opened) return opened;
  const Lock lock(descriptor_, is_regular_);
  return is_regular_ ? repair(now) : Result<void>{};
}

Result<void> AuditFile::repair(AuditTime now) {
  const std::int64_t size = size_of(descriptor_);
  if (size == 0) return {};
  began_ = time_of_line(read_at(descriptor_, 0, 64)).value_or(now);
  if (read_at(descriptor_, size - 1, 1) == "\n") return {};
  // The end of the last whole line; a file without any line end begins with the torn one.
  std::int64_t end = size;
  std::array<char, 4096> buffer{};
  for (bool found = false; !found && end > 0;) {
    const auto count = std::min<std::int64_t>(end, buffer.size());
    if (::pread(descriptor_, buffer.data(), static_cast<std::size_t>(count), end - count) != count)
      return std::unexpected(failure("read", errno));
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    const std::size_t at = bytes.rfind('\n');
    found = at != std::string_view::npos;
    end -= found ? count - static_cast<std::int64_t>(at) - 1 : count;
  }
  const auto torn = read_at(descriptor_, end, std::min<std::size_t>(size - end, kMaxTornBytes));
  // What is none of ours stays where it is, whatever it is.
  const std::string_view ours = R"({"time":")";
  if (!torn.starts_with(std::string_view(ours).substr(0, torn.size()))) {
    notices_ += '\n';
    return {};
  }
  append_line(notices_, AuditNotice{.time = now, .event = "line_torn", .since = std::nullopt, .torn = torn});
  if (::ftruncate(descriptor_, end) != 0) return std::unexpected(failure("repaired", errno));
  return {};
}

bool AuditFile::is_still_there() const noexcept {
  struct stat open{};
  struct stat named{};
  return ::fstat(descriptor_, &open) == 0 && ::stat(options_.path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

bool AuditFile::is_due(std::size_t more, AuditTime now) const noexcept {
  const std::int64_t size = size_of(descriptor_);
  if (size == 0 || now < next_rotation_) return false;
  return size + static_cast<std::int64_t>(more) > options_.max_bytes ||
         (began_ && now - *began_ >= options_.max_age);
}

std::filesystem::path AuditFile::rotated_name(const std::filesystem::path& path, AuditTime ended) {
  std::string time;
  append_time(time, ended);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return path.parent_path() / fmt::format("{}-{}{}", path.stem().string(), time, path.extension().string());
}

bool AuditFile::rotate(AuditTime now) {
  AuditTime ended = now;
  std::filesystem::path name = rotated_name(options_.path, ended);
  std::error_code error;
  while (std::filesystem::exists(name, error))
    name = rotated_name(options_.path, ++ended);
  // What is renamed is not synced any more.
  ::fdatasync(descriptor_);
  if (::rename(options_.path.c_str(), name.c_str()) != 0) {
    warning_ = failure("rotated", errno);
    next_rotation_ = now + kRotationRetry;
    return false;
  }
  remove_oldest();
  return true;
}

void AuditFile::remove_oldest() {
  const std::filesystem::path folder =
      options_.path.has_parent_path() ? options_.path.parent_path() : std::filesystem::path(".");
  const std::string stem = options_.path.stem().string();
  const std::string extension = options_.path.extension().string();
  std::vector<std::filesystem::path> rotated;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_rotated(entry->path().filename().string(), stem, extension)) rotated.push_back(entry->path());
  }
  // Names are in the order of their times.
  std::ranges::sort(rotated);
  for (std::size_t i = 0; i + options_.keep < rotated.size(); ++i) {
    if (!std::filesystem::remove(rotated[i], error) && error)
      warning_ = failure("rid of its oldest file", error.value());
  }
}

Result<void> AuditFile::write(std::string_view lines, AuditTime now) {
  for (int tries = 0; tries < kMaxTries; ++tries) {
    if (descriptor_ < 0) {
      if (auto opened = open(now); !opened) return opened;
    }
    Lock lock(descriptor_, is_regular_);
    if (is_regular_ && (!is_still_there() || (is_due(lines.size(), now) && rotate(now)))) {
      lock.release();
      close();
      continue;
    }
    if (!began_) began_ = now;
    if (!notices_.empty()) {
      if (auto noticed = append(notices_); !noticed) return noticed;
      notices_.clear();
    }
    return append(lines);
  }
  return std::unexpected(failure("kept: it is renamed all the time", EBUSY));
}

Result<void> AuditFile::append(std::string_view lines) {
  const std::int64_t size = is_regular_ ? size_of(descriptor_) : 0;
  std::string_view rest = lines;
  while (!rest.empty()) {
    const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    const int error = errno;
    // A part of a line would break the next one, too.
    if (is_regular_ && rest.size() < lines.size() && ::ftruncate(descriptor_, size) != 0) close();
    return std::unexpected(failure("written", error));
  }
  return {};
}

Result<void> AuditFile::sync() {
  if (descriptor_ < 0 || !is_regular_) return {};
  if (::fdatasync(descriptor_) != 0) return std::unexpected(failure("synced", errno));
  return {};
}

}  // namespace penstock::server
