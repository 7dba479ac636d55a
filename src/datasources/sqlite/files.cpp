#include "datasources/sqlite/files.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace penstock::sqlite {

namespace {

std::unexpected<Error> file_problem(const std::string& database, const std::filesystem::path& path,
                                    std::string_view problem) {
  auto error = fail(ErrorCode::unavailable, "the file `" + path.filename().string() + "` of " + database +
                                                " " + std::string(problem));
  error.error().sqlstate = "58P01";
  error.error().server_message = path.string();
  return error;
}

std::string in_quotes(const std::filesystem::path& name) {
  return "`" + name.string() + "`";
}

std::filesystem::path wal_of(std::filesystem::path path) {
  path += "-wal";
  return path;
}

}  // namespace

std::optional<FileState> file_state(const std::filesystem::path& path) noexcept {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  constexpr std::int64_t kNanos = 1'000'000'000;
  return FileState{found.st_dev, found.st_ino, found.st_size,
                   found.st_mtim.tv_sec * kNanos + found.st_mtim.tv_nsec};
}

std::string file_uri(const std::filesystem::path& path, OpenMode mode) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~/";
  std::string uri = "file://";
  for (const char c : std::filesystem::absolute(path).string()) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       kPlain.find(c) != std::string_view::npos;
    if (plain) {
      uri += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    uri += '%';
    uri += kHex[byte >> 4];
    uri += kHex[byte & 15];
  }
  switch (mode) {
    case OpenMode::read_only:
      return uri + "?mode=ro";
    case OpenMode::immutable:
      return uri + "?mode=ro&immutable=1";
    case OpenMode::read_write:
      return uri + "?mode=rw";
    case OpenMode::create:
      return uri + "?mode=rwc";
  }
  std::unreachable();
}

OpenedFile::OpenedFile(std::string database, std::filesystem::path path, OpenMode mode)
    : database_(std::move(database)), path_(std::move(path)), mode_(mode), state_(file_state(path_)) {}

bool OpenedFile::changed() const noexcept {
  const std::optional<FileState> now = file_state(path_);
  if (!now || !state_ || !now->same_file(*state_)) return true;
  return mode_ == OpenMode::immutable && (*now != *state_ || has_wal(path_));
}

bool has_wal(const std::filesystem::path& path) noexcept {
  const auto wal = file_state(wal_of(path));
  return wal && wal->size > 0;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).parent_path();
}

Result<void> check_folder(const std::string& database, const std::filesystem::path& path) {
  const std::filesystem::path folder = folder_of(path);
  const std::string named = "its folder " + in_quotes(folder.filename());
  struct stat found{};
  if (::stat(folder.c_str(), &found) != 0) {
    const int reason = errno;
    return file_problem(database, path,
                        "cannot be made: " + named + " cannot be reached (" + std::strerror(reason) +
                            "), and `create` makes files, not folders");
  }
  if (!S_ISDIR(found.st_mode))
    return file_problem(database, path, "cannot be made: " + named + " is no folder");
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    const int reason = errno;
    return file_problem(
        database, path,
        "cannot be made: this process may not write in " + named + " (" + std::strerror(reason) + ")");
  }
  return {};
}

Result<void> check_file(const std::string& database, const std::filesystem::path& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    const int reason = errno;
    const std::filesystem::path folder = folder_of(path);
    if (reason == ENOENT && ::stat(folder.c_str(), &found) == 0)
      return file_problem(database, path, "does not exist; check `path` in the configuration");
    if (reason == ENOENT) {
      return file_problem(database, path,
                          "does not exist, nor does its folder " + in_quotes(folder.filename()) +
                              "; check `path` in the configuration");
    }
    if (reason == EACCES) {
      return file_problem(database, path,
                          "cannot be reached: this process may not enter its folder " +
                              in_quotes(folder.filename()) + " (" + std::strerror(reason) + ")");
    }
    return file_problem(database, path, "cannot be reached: " + std::string(std::strerror(reason)));
  }
  if (!S_ISREG(found.st_mode)) return file_problem(database, path, "is not a regular file");
  if (::access(path.c_str(), R_OK) != 0)
    return file_problem(database, path, "may not be read by this process");
  return {};
}

}  // namespace penstock::sqlite
