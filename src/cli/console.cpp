#include "cli/console.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/printable.hpp"

namespace penstock::cli {

namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view(value);
}

StreamStyle style_of(int fd, ColorChoice color) {
  StreamStyle style;
  style.is_terminal = ::isatty(fd) == 1;
  const bool wanted = style.is_terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  style.color = color == ColorChoice::always || (color == ColorChoice::automatic && wanted);
  return style;
}

int terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

/// As setlocale() would choose for LC_CTYPE, without its effects on the process.
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = environment(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != std::string_view::npos || value.find("utf8") != std::string_view::npos ||
           value.find("utf-8") != std::string_view::npos || value.find("UTF8") != std::string_view::npos;
  }
  return false;
}

std::string_view escape_of(Style style) {
  switch (style) {
    case Style::strong:
      return "\x1b[1m";
    case Style::good:
      return "\x1b[32m";
    case Style::warning:
      return "\x1b[33m";
    case Style::bad:
      return "\x1b[1;31m";
    case Style::dim:
      return "\x1b[2m";
  }
  return {};
}

/// The lines behind the first one indented, so that a message of many lines is seen to be one.
std::string indented(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

}  // namespace

std::string StreamStyle::paint(Style style, std::string_view text) const {
  if (!color) return std::string(text);
  return fmt::format("{}{}\x1b[0m", escape_of(style), text);
}

Console::Console(ColorChoice color, bool quiet, bool verbose)
    : out_(style_of(STDOUT_FILENO, color)),
      err_(style_of(STDERR_FILENO, color)),
      width_(out_.is_terminal ? terminal_width() : 0),
      unicode_(locale_is_utf8()),
      quiet_(quiet),
      verbose_(verbose) {}

void Console::error(const Error& error) const {
  message(Style::bad, "error", error.message);
  const auto detail = [this](std::string_view label, std::string_view text) {
    if (text.empty()) return;
    const std::string line =
        fmt::format("  {} {}\n", err_.paint(Style::dim, label), indented(printable(text, "\n")));
    std::fputs(line.c_str(), stderr);
  };
  detail("hint:", error.hint);
  detail("SQLSTATE:", error.sqlstate);
  if (!verbose_) return;
  detail("code:", to_string(error.code));
  detail("server:", error.server_message);
}

void Console::warning(std::string_view message_text) const {
  message(Style::warning, "warning", message_text);
}

void Console::note(std::string_view message_text) const {
  if (!quiet_) message(Style::dim, "note", message_text);
}

void Console::message(Style style, std::string_view label, std::string_view text) const {
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  const std::string line = fmt::format("penstock: {} {}\n", err_.paint(style, fmt::format("{}:", label)),
                                       indented(printable(text, "\n")));
  std::fputs(line.c_str(), stderr);
}

}  // namespace penstock::cli
