#include "cli/statement_text.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/printable.hpp"

namespace penstock::cli {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Reads the descriptor to its end.
Result<std::string> read_all(int fd, std::string_view name) {
  std::string text;
  std::array<char, 64 << 10> piece;
  for (;;) {
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count == 0) break;
    if (count < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorCode::invalid_argument,
                  fmt::format("cannot read {}: {}", name, std::generic_category().message(errno)));
    }
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaxStatementBytes) {
      return fail(ErrorCode::invalid_argument, fmt::format("{} holds more than {} MiB, which is no statement",
                                                           name, kMaxStatementBytes >> 20));
    }
  }
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return text;
}

Result<std::string> read_file(const std::string& path) {
  const std::string name = fmt::format("'{}'", printable(path));
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("cannot read {}: {}", name, std::generic_category().message(errno)));
  }
  auto text = read_all(fd, name);
  ::close(fd);
  return text;
}

}  // namespace

Result<std::string> read_statement(const StatementSource& source) {
  if (source.sql && source.file) {
    return fail(ErrorCode::invalid_argument, "the statement is given twice, as an argument and by --file");
  }
  if (source.file && *source.file != "-") return read_file(*source.file);
  if (source.sql && *source.sql != "-") return *source.sql;
  const bool asked_for_input = source.sql.has_value() || source.file.has_value();
  if (!asked_for_input && ::isatty(STDIN_FILENO) == 1) {
    return fail(ErrorCode::invalid_argument, "no statement given",
                "write it behind the database's name, name a file with --file, or pipe it in");
  }
  return read_all(STDIN_FILENO, "standard input");
}

}  // namespace penstock::cli
