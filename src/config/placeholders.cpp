#include "config/placeholders.hpp"

#include <algorithm>
#include <cstddef>

#include "config/scalar.hpp"

namespace penstock::config {

namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool starts_word(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool continues_word(char c) noexcept {
  return starts_word(c) || is_digit(c);
}

class Scanner {
 public:
  Scanner(std::string_view sql, ParameterMarks marks)
      : sql_(sql), dollars_only_(marks == ParameterMarks::numbered_dollar) {}

  Placeholders run() {
    while (at_ < sql_.size())
      step();
    return std::move(found_);
  }

 private:
  [[nodiscard]] char ahead(std::size_t count) const noexcept {
    return at_ + count < sql_.size() ? sql_[at_ + count] : '\0';
  }

  void step() {
    const char c = sql_[at_];
    if (starts_word(c)) return word();
    if (is_digit(c)) return number();
    if (c == '\'' || c == '"' || c == '`') return quoted(c, false);
    if (c == '-' && ahead(1) == '-') return line_comment();
    if (c == '/' && ahead(1) == '*') return block_comment();
    if (c == '$') return dollar();
    if (c == ':' && ahead(1) == ':') {
      at_ += 2;
      return;
    }
    if (!dollars_only_ && c == '?') return question();
    if (!dollars_only_ && (c == ':' || c == '@') && starts_word(ahead(1))) return name();
    ++at_;
  }

  void word() {
    const std::size_t start = at_;
    while (at_ < sql_.size() && (continues_word(sql_[at_]) || sql_[at_] == '$'))
      ++at_;
    // E'...' of PostgreSQL takes backslashes as escapes.
    const std::string_view text = sql_.substr(start, at_ - start);
    if (dollars_only_ && (text == "E" || text == "e") && ahead(0) == '\'') quoted('\'', true);
  }

  void number() {
    while (at_ < sql_.size() && (continues_word(sql_[at_]) || sql_[at_] == '.'))
      ++at_;
  }

  // A quote that is doubled is two quotes behind each other, which comes to the same.
  void quoted(char quote, bool backslashes) {
    ++at_;
    while (at_ < sql_.size() && sql_[at_] != quote)
      at_ += backslashes && sql_[at_] == '\\' ? 2 : 1;
    ++at_;
  }

  void line_comment() { at_ = std::min(sql_.find('\n', at_), sql_.size()); }

  void block_comment() {
    int depth = 0;
    while (at_ < sql_.size()) {
      if (sql_[at_] == '/' && ahead(1) == '*' && (depth == 0 || dollars_only_)) {
        ++depth;
        at_ += 2;
      } else if (sql_[at_] == '*' && ahead(1) == '/') {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
  }

  void dollar() {
    if (is_digit(ahead(1))) return numbered();
    if (dollars_only_) return dollar_quoted();
    if (starts_word(ahead(1))) return name();
    ++at_;
  }

  void numbered() {
    const std::size_t start = ++at_;
    while (at_ < sql_.size() && is_digit(sql_[at_]))
      ++at_;
    // Beyond int64 there is no such parameter either.
    found_.numbers.insert(parse_integer(sql_.substr(start, at_ - start)).value_or(0));
  }

  void question() {
    if (is_digit(ahead(1))) return numbered();
    ++found_.questions;
    ++at_;
  }

  void name() {
    const std::size_t start = ++at_;
    while (at_ < sql_.size() && continues_word(sql_[at_]))
      ++at_;
    std::string text(sql_.substr(start, at_ - start));
    if (std::ranges::find(found_.names, text) == found_.names.end()) found_.names.push_back(std::move(text));
  }

  // $tag$ ... $tag$
  void dollar_quoted() {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && continues_word(sql_[end]))
      ++end;
    if (end == sql_.size() || sql_[end] != '$') {
      ++at_;
      return;
    }
    const std::string_view tag = sql_.substr(at_, end + 1 - at_);
    const std::size_t closing = sql_.find(tag, end + 1);
    at_ = closing == std::string_view::npos ? sql_.size() : closing + tag.size();
  }

  std::string_view sql_;
  bool dollars_only_;
  std::size_t at_ = 0;
  Placeholders found_;
};

}  // namespace

Placeholders find_placeholders(std::string_view statement, ParameterMarks marks) {
  return Scanner(statement, marks).run();
}

}  // namespace penstock::config
