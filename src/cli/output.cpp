#include "cli/output.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace penstock::cli {

namespace {

namespace fs = std::filesystem;

/// What a new file's permissions are to be: those of the file it replaces, else what the umask leaves.
mode_t wanted_mode(const fs::path& target) {
  struct stat info{};
  if (::stat(target.c_str(), &info) == 0) return info.st_mode & 07777;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

void wait_until_writable(int fd) {
  pollfd wait{fd, POLLOUT, 0};
  ::poll(&wait, 1, -1);
}

}  // namespace

Result<std::unique_ptr<Output>> Output::open(const fs::path& file) {
  std::unique_ptr<Output> output(new Output);
  if (file.empty()) {
    output->fd_ = STDOUT_FILENO;
    output->name_ = "standard output";
    return output;
  }
  output->name_ = fmt::format("'{}'", file.string());
  if (auto opened = output->open_file(file); !opened) return pass_error(opened);
  return output;
}

Output::~Output() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<void> Output::open_file(const fs::path& file) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (fs::is_directory(status)) {
    return fail(ErrorCode::invalid_argument, fmt::format("{} is a folder, not a file to write to", name_));
  }
  if (!fs::exists(status) || fs::is_regular_file(status)) {
    // A link stays a link: what it points to is replaced.
    const fs::path resolved = fs::weakly_canonical(file, ignored);
    return open_temporary(resolved.empty() ? file : resolved);
  }
  fd_ = ::open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (fd_ < 0) return system_error(ErrorCode::invalid_argument, "cannot open", errno);
  return {};
}

Result<void> Output::open_temporary(const fs::path& target) {
  if (::access(target.c_str(), F_OK) == 0 && ::access(target.c_str(), W_OK) != 0) {
    return system_error(ErrorCode::invalid_argument, "cannot write to", errno);
  }
  std::string pattern =
      (target.parent_path() / fmt::format(".{}.XXXXXX", target.filename().string())).string();
  fd_ = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (fd_ < 0) return system_error(ErrorCode::invalid_argument, "cannot write to", errno);
  temporary_ = pattern;
  target_ = target;
  if (::fchmod(fd_, wanted_mode(target)) != 0) {
    return system_error(ErrorCode::invalid_argument, "cannot set the permissions of", errno);
  }
  return {};
}

Result<void> Output::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      reader_gone_ = true;
      return fail(ErrorCode::cancelled, "nobody reads the output any more");
    } else if (errno == EAGAIN) {
      wait_until_writable(fd_);  // whoever shares the pipe or terminal with us made it non-blocking
    } else if (errno != EINTR) {
      return system_error(ErrorCode::unavailable, "cannot write to", errno);
    }
  }
  return {};
}

Result<void> Output::commit() {
  if (temporary_.empty()) return {};
  if (::close(std::exchange(fd_, -1)) != 0)
    return system_error(ErrorCode::unavailable, "cannot write to", errno);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    return system_error(ErrorCode::unavailable, "cannot write to", errno);
  }
  temporary_.clear();
  return {};
}

std::unexpected<Error> Output::system_error(ErrorCode code, std::string_view what, int number) const {
  return fail(code, fmt::format("{} {}: {}", what, name_, std::generic_category().message(number)));
}

Result<void> write_standard_output(std::string_view text) {
  auto output = Output::open({});
  if (!output) return pass_error(output);
  return (*output)->write(text);
}

}  // namespace penstock::cli
