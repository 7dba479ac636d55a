#include "config/dotenv.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "config/interpolation.hpp"

namespace penstock::config {

namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  return text;
}

std::optional<char> escaped(char letter) noexcept {
  switch (letter) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '"':
    case '\\':
    case '$':
      return letter;
    default:
      return std::nullopt;
  }
}

// Reads one assignment after the other. After a mistake it goes on with the next line.
class DotenvReader {
 public:
  DotenvReader(std::string_view text, FileProblems& problems)
      : text_(text), lines_(text), problems_(problems) {}

  Dotenv run() {
    while (at_ < text_.size()) {
      skip_blanks();
      if (!at_line_end() && text_[at_] != '#') read_assignment();
      skip_line();
    }
    return std::move(read_);
  }

 private:
  void read_assignment() {
    const std::size_t start = skip_export();
    while (!at_line_end() && text_[at_] != '=')
      ++at_;
    const std::string_view key = trimmed(text_.substr(start, at_ - start));
    if (at_line_end())
      return mistake(start, "a line must be `KEY=value`, a comment or blank; `=` is missing");
    if (!is_variable_name(key)) {
      return mistake(start,
                     "before `=` stands a name of letters, digits and `_`, not beginning with a digit");
    }
    ++at_;
    const auto value = read_value();
    if (!value) {
      read_.unreadable.emplace(key);
      return;
    }
    const Place where = lines_.place(start);
    const auto [first, is_new] = places_.try_emplace(std::string(key), where);
    if (!is_new) {
      return problems_.add(where, fmt::format("{} is given twice; the first is on line {}", in_backticks(key),
                                              first->second.line));
    }
    read_.values.emplace(key, *value);
  }

  // Leaves the position at the key and returns it.
  std::size_t skip_export() {
    constexpr std::string_view kExport = "export";
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with(kExport) && rest.size() > kExport.size() && is_blank(rest[kExport.size()])) {
      const std::size_t before = at_;
      at_ += kExport.size();
      skip_blanks();
      if (!at_line_end() && text_[at_] == '=') at_ = before;  // `export =1` sets `export`
    }
    return at_;
  }

  std::optional<std::string> read_value() {
    const std::size_t after_equals = at_;
    skip_blanks();
    if (at_line_end()) return std::string();
    if (text_[at_] != '\'' && text_[at_] != '"') {
      at_ = after_equals;
      return read_bare();
    }
    const std::size_t open = at_;
    auto value = text_[at_] == '\'' ? read_single_quoted() : read_double_quoted();
    if (!value) return std::nullopt;
    skip_blanks();
    const bool is_comment = !at_line_end() && text_[at_] == '#' && is_blank(text_[at_ - 1]);
    if (at_line_end() || is_comment) return value;
    const Place opened = lines_.place(open);
    mistake(at_,
            fmt::format("only a comment may follow the closing quote of a value; the value's quote opened at "
                        "{}:{}",
                        opened.line, opened.column));
    return std::nullopt;
  }

  std::string read_bare() {
    const std::size_t start = at_;
    while (!at_line_end() && !(text_[at_] == '#' && is_blank(text_[at_ - 1])))
      ++at_;
    return std::string(trimmed(text_.substr(start, at_ - start)));
  }

  std::optional<std::string> read_single_quoted() {
    const std::size_t open = at_;
    const std::size_t close = text_.find('\'', open + 1);
    if (close == std::string_view::npos) return never_closed(open);
    at_ = close + 1;
    return std::string(text_.substr(open + 1, close - open - 1));
  }

  std::optional<std::string> read_double_quoted() {
    const std::size_t open = at_;
    std::string value;
    bool is_sound = true;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') {
        value += text_[at_];
        continue;
      }
      const auto meant = at_ + 1 < text_.size() ? escaped(text_[at_ + 1]) : std::nullopt;
      if (!meant) {
        problems_.add(lines_.place(at_),
                      "a backslash in double quotes begins one of \\n \\r \\t \\\" \\\\ \\$; use "
                      "single quotes, or write it twice");
        is_sound = false;
        continue;
      }
      value += *meant;
      ++at_;
    }
    if (at_ == text_.size()) return never_closed(open);
    ++at_;
    return is_sound ? std::optional(std::move(value)) : std::nullopt;
  }

  // Goes on behind the line of the quote, so that one forgotten quote does not hide the lines after it.
  std::nullopt_t never_closed(std::size_t open) {
    mistake(open, "this quote is never closed");
    at_ = open;
    return std::nullopt;
  }

  void mistake(std::size_t offset, std::string message) {
    problems_.add(lines_.place(offset), std::move(message));
  }

  [[nodiscard]] bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n'; }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_]))
      ++at_;
  }

  void skip_line() {
    const std::size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  std::string_view text_;
  LineIndex lines_;
  FileProblems& problems_;
  std::size_t at_ = 0;
  Dotenv read_;
  std::map<std::string, Place> places_;
};

}  // namespace

Dotenv parse_dotenv(std::string_view text, FileProblems& problems) {
  std::string unix_text;
  unix_text.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!text.substr(at).starts_with("\r\n")) unix_text += text[at];
  }
  return DotenvReader(unix_text, problems).run();
}

}  // namespace penstock::config
