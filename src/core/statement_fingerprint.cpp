#include "core/statement_fingerprint.hpp"

#include <algorithm>
#include <cstddef>

#include "core/ascii_case.hpp"

namespace penstock {

namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool begins_word(char c) noexcept {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool continues_word(char c) noexcept {
  return begins_word(c) || is_digit(c) || c == '$';
}

/// FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/), token by token.
class Shape {
 public:
  void word(std::string_view text) noexcept {
    begin_token();
    for (const char c : text)
      byte(ascii_lower(c));
    byte(kEnd);
  }
  void name(std::string_view quoted) noexcept {
    begin_token();
    for (const char c : quoted)
      byte(c);
    byte(kEnd);
  }
  void mark(char c) noexcept {
    if (c == ',' && after_value_) {
      comma_waits_ = true;
      after_value_ = false;
      return;
    }
    begin_token();
    byte(c);
  }
  // `?, ?, ?` is `?`: how long a list is makes no other statement.
  void value() noexcept {
    if (!comma_waits_) {
      begin_token();
      byte('?');
    }
    comma_waits_ = false;
    after_value_ = true;
  }
  [[nodiscard]] std::uint64_t take() noexcept {
    begin_token();
    return hash_;
  }

 private:
  static constexpr char kEnd = '\0';

  void begin_token() noexcept {
    if (comma_waits_) byte(',');
    comma_waits_ = after_value_ = false;
  }
  void byte(char c) noexcept { hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL; }

  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  bool after_value_ = false;
  bool comma_waits_ = false;
};

class Scan {
 public:
  explicit Scan(std::string_view sql) noexcept : sql_(sql) {}

  std::uint64_t run() noexcept {
    while (at_ < sql_.size())
      token();
    return shape_.take();
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }

  void token() noexcept {
    const char c = peek();
    if (is_blank(c) || c == ';') {
      ++at_;
    } else if (c == '-' && peek(1) == '-') {
      at_ = std::min(sql_.find('\n', at_), sql_.size());
    } else if (c == '/' && peek(1) == '*') {
      skip_comment();
    } else if (begins_word(c)) {
      word();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
    } else if (c == '\'') {
      text('\'', false);
      shape_.value();
    } else if (c == '"' || c == '`') {
      const std::size_t begin = at_;
      text(c, false);
      shape_.name(sql_.substr(begin, at_ - begin));
    } else {
      mark(c);
    }
  }

  void skip_comment() noexcept {
    std::size_t depth = 0;
    do {
      if (peek() == '/' && peek(1) == '*') {
        ++depth;
        at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < sql_.size());
  }

  void word() noexcept {
    const std::size_t begin = at_;
    while (continues_word(peek()))
      ++at_;
    const std::string_view found = sql_.substr(begin, at_ - begin);
    // E'...', B'...', X'...', N'...' are one literal.
    if (found.size() == 1 && peek() == '\'') {
      text('\'', ascii_lower(found.front()) == 'e');
      return shape_.value();
    }
    shape_.word(found);
  }

  void number() noexcept {
    while (continues_word(peek()) || peek() == '.') {
      const bool exponent = ascii_lower(peek()) == 'e' && (peek(1) == '-' || peek(1) == '+');
      at_ += exponent ? 2 : 1;
    }
    shape_.value();
  }

  /// To the end of what a quote begins; a doubled one does not end it.
  void text(char quote, bool escapes) noexcept {
    ++at_;
    while (at_ < sql_.size()) {
      const char c = sql_[at_++];
      if (escapes && c == '\\') {
        ++at_;
      } else if (c == quote) {
        if (peek() != quote) return;
        ++at_;
      }
    }
    at_ = sql_.size();
  }

  void mark(char c) noexcept {
    const char next = peek(1);
    if (c == '$' && skip_dollar_text()) return shape_.value();
    const bool is_parameter =
        c == '?' || (c == '$' && is_digit(next)) ||
        ((c == ':' || c == '@') && begins_word(next) && (at_ == 0 || sql_[at_ - 1] != c));
    ++at_;
    if (!is_parameter) return shape_.mark(c);
    while (continues_word(peek()))
      ++at_;
    shape_.value();
  }

  /// $tag$ ... $tag$ of PostgreSQL.
  bool skip_dollar_text() noexcept {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && sql_[end] != '$' && continues_word(sql_[end]))
      ++end;
    if (end >= sql_.size() || sql_[end] != '$' || is_digit(peek(1))) return false;
    const std::string_view tag = sql_.substr(at_, end + 1 - at_);
    const std::size_t close = sql_.find(tag, end + 1);
    at_ = close == std::string_view::npos ? sql_.size() : close + tag.size();
    return true;
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  Shape shape_;
};

}  // namespace

std::uint64_t statement_fingerprint(std::string_view sql) noexcept {
  return Scan(sql).run();
}

}  // namespace penstock
