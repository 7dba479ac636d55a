#include "config/file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/descriptor.hpp"

namespace penstock::config {

namespace {

std::unexpected<FileError> fault(FileFault kind, std::string message) {
  return std::unexpected(FileError{kind, std::move(message)});
}

std::unexpected<FileError> fault_of(int error) {
  if (error == ENOENT || error == ENOTDIR) return fault(FileFault::missing, "does not exist");
  return fault(FileFault::unreadable,
               fmt::format("cannot be read: {}", std::generic_category().message(error)));
}

}  // namespace

std::expected<std::string, FileError> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return fault_of(errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fault_of(errno);
  if (S_ISDIR(status.st_mode)) return fault(FileFault::not_a_file, "is a folder, not a file");
  if (!S_ISREG(status.st_mode)) return fault(FileFault::not_a_file, "is not a regular file");

  std::string bytes;
  while (bytes.size() <= max_bytes) {
    constexpr std::size_t kChunk = 64 << 10;
    const std::size_t before = bytes.size();
    bytes.resize(before + std::min(kChunk, max_bytes - before + 1));
    const ssize_t got = ::read(file.get(), bytes.data() + before, bytes.size() - before);
    const int error = errno;
    bytes.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && error != EINTR) return fault_of(error);
    if (got == 0) return bytes;
  }
  return fault(FileFault::too_large,
               fmt::format("is larger than {} bytes, the most that is read", max_bytes));
}

}  // namespace penstock::config
