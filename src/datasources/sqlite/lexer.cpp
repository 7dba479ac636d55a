#include "datasources/sqlite/lexer.hpp"

#include <algorithm>

#include "core/ascii_case.hpp"

namespace penstock::sqlite {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) noexcept {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

// What may go on in an identifier: any byte beyond ASCII may.
bool is_word_char(char c) noexcept {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// A vertical tab is space to SQLite only after other space, so it is none here: it cannot hide anything.
bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

std::string enclose(std::string_view text, char quote) {
  std::string out;
  out.reserve(text.size() + 2);
  out += quote;
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  out += quote;
  return out;
}

}  // namespace

bool Token::is(std::string_view keyword) const noexcept {
  return kind == TokenKind::word && same_name(text, keyword);
}

std::string Token::unquoted() const {
  if (kind != TokenKind::quoted && kind != TokenKind::string) return std::string(text);
  const char closing = text.back();
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    out += text[i];
    if (text[i] == closing && closing != ']') ++i;
  }
  return out;
}

Token Lexer::take(TokenKind kind, std::size_t length) noexcept {
  const Token token{kind, sql_.substr(position_, length), position_};
  position_ += token.text.size();
  return token;
}

std::size_t Lexer::word_length(std::size_t from) const noexcept {
  std::size_t length = from;
  while (position_ + length < sql_.size() && is_word_char(sql_[position_ + length]))
    ++length;
  return length;
}

std::size_t Lexer::comment_length() const noexcept {
  const std::string_view rest = sql_.substr(position_);
  if (rest.starts_with("--")) return std::min(rest.find('\n'), rest.size());
  // As in SQLite, "/*" needs one more byte to open a comment, and the end of the text closes it.
  if (rest.starts_with("/*") && rest.size() > 2) {
    const std::size_t closing = rest.find("*/", 2);
    return closing == std::string_view::npos ? rest.size() : closing + 2;
  }
  return 0;
}

void Lexer::skip_space() noexcept {
  while (position_ < sql_.size()) {
    if (is_space(sql_[position_])) {
      ++position_;
    } else if (sql_.substr(position_).starts_with(kByteOrderMark)) {
      position_ += kByteOrderMark.size();
    } else if (const std::size_t comment = comment_length(); comment != 0 && comments_ == Comments::skip) {
      position_ += comment;
    } else {
      return;
    }
  }
}

Token Lexer::quoted(TokenKind kind, char closing) noexcept {
  std::size_t length = 1;
  while (position_ + length < sql_.size()) {
    if (at(length) != closing) {
      ++length;
    } else if (closing != ']' && position_ + length + 1 < sql_.size() && at(length + 1) == closing) {
      length += 2;
    } else {
      return take(kind, length + 1);
    }
  }
  return take(TokenKind::illegal, length);
}

Token Lexer::variable() noexcept {
  if (at(0) == '?') {
    std::size_t length = 1;
    while (is_digit(at(length)))
      ++length;
    return take(TokenKind::variable, length);
  }
  std::size_t length = word_length(1);
  if (length == 1) return take(TokenKind::illegal, 1);
  // Tcl's `$name::part(suffix)` is one variable to SQLite.
  while (at(length) == ':' && at(length + 1) == ':')
    length = word_length(length + 2);
  if (at(length) == '(') {
    std::size_t closing = length + 1;
    while (position_ + closing < sql_.size() && at(closing) != ')' && !is_space(at(closing)))
      ++closing;
    if (at(closing) != ')') return take(TokenKind::illegal, closing);
    length = closing + 1;
  }
  return take(TokenKind::variable, length);
}

Token Lexer::number() noexcept {
  std::size_t length = 0;
  if (at(0) == '0' && ascii_lower(at(1)) == 'x' && is_hex(at(2))) {
    length = 3;
    while (is_hex(at(length)))
      ++length;
  } else {
    const auto digits = [&] {
      while (is_digit(at(length)))
        ++length;
    };
    digits();
    if (at(length) == '.') {
      ++length;
      digits();
    }
    const std::size_t sign = at(length + 1) == '+' || at(length + 1) == '-' ? 1 : 0;
    if (ascii_lower(at(length)) == 'e' && is_digit(at(length + 1 + sign))) {
      length += 2 + sign;
      digits();
    }
  }
  const std::size_t whole = word_length(length);
  return take(whole == length ? TokenKind::number : TokenKind::illegal, whole);
}

Token Lexer::next() noexcept {
  skip_space();
  if (position_ >= sql_.size()) return take(TokenKind::end, 0);
  if (const std::size_t comment = comment_length(); comment != 0) return take(TokenKind::comment, comment);
  return cut();
}

Token Lexer::cut() noexcept {
  const char c = at(0);
  switch (c) {
    case '\'':
      return quoted(TokenKind::string, '\'');
    case '"':
    case '`':
      return quoted(TokenKind::quoted, c);
    case '[':
      return quoted(TokenKind::quoted, ']');
    case '?':
    case ':':
    case '@':
    case '$':
    case '#':
      return variable();
    case '.':
      return is_digit(at(1)) ? number() : take(TokenKind::dot, 1);
    case ',':
      return take(TokenKind::comma, 1);
    case ';':
      return take(TokenKind::semicolon, 1);
    case '(':
      return take(TokenKind::open, 1);
    case ')':
      return take(TokenKind::close, 1);
    default:
      break;
  }
  if (is_digit(c)) return number();
  if (ascii_lower(c) == 'x' && at(1) == '\'') {
    std::size_t length = 2;
    while (is_hex(at(length)))
      ++length;
    const bool whole = at(length) == '\'' && length % 2 == 0;
    return take(whole ? TokenKind::blob : TokenKind::illegal, length + 1);
  }
  if (is_word_char(c)) return take(TokenKind::word, word_length(1));
  constexpr std::string_view kSymbols = "+-*/%=<>!|&~";
  return take(kSymbols.find(c) == std::string_view::npos ? TokenKind::illegal : TokenKind::symbol, 1);
}

std::vector<Token> tokenize(std::string_view sql) {
  std::vector<Token> tokens;
  Lexer lexer(sql);
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next())
    tokens.push_back(token);
  return tokens;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
  return equal_ignoring_case(a, b);
}

std::string folded(std::string_view name) {
  return ascii_lower(name);
}

std::string quote_name(std::string_view name) {
  return enclose(name, '"');
}

}  // namespace penstock::sqlite
