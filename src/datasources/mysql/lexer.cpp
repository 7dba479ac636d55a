#include "datasources/mysql/lexer.hpp"

#include <algorithm>
#include <optional>

#include "core/ascii_case.hpp"

namespace penstock::mysql {

namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_space(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

enum class Comments : std::uint8_t { open, pass };

// Cuts one reading of a text.
class Lexer {
 public:
  Lexer(std::string_view sql, Comments executable) noexcept : sql_(sql), executable_(executable) {}

  [[nodiscard]] Result<Tokens> run();
  /// What decides whether the executable comments that were seen are executed; nothing when there were none,
  /// or each server executes them.
  [[nodiscard]] const std::optional<std::string>& condition() const noexcept { return condition_; }

 private:
  [[nodiscard]] char at(std::size_t ahead) const noexcept {
    return position_ + ahead < sql_.size() ? sql_[position_ + ahead] : '\0';
  }
  [[nodiscard]] bool starts(std::string_view text) const noexcept {
    return sql_.substr(position_).starts_with(text);
  }
  [[nodiscard]] bool begins_line_comment() const noexcept;
  [[nodiscard]] Result<bool> skip_comment();
  [[nodiscard]] Result<bool> open_executable();
  void cut();
  void take(TokenKind kind, std::size_t length);
  void take_quoted(TokenKind kind);
  void take_number();
  void take_variable();
  [[nodiscard]] std::size_t word_length(std::size_t from) const noexcept;

  std::string_view sql_;
  Comments executable_;
  std::size_t position_ = 0;
  bool in_executable_ = false;
  std::optional<std::string> condition_;
  Tokens tokens_;
};

std::unexpected<Error> unclear_comments() {
  return fail(ErrorCode::unsupported,
              "comments that some servers execute (/*! ... */) may hold no comments, and must all name the "
              "same version; leave them away",
              "Write what they hold as plain SQL.");
}

// "--" is a comment only in front of a blank, a control character or the end.
bool Lexer::begins_line_comment() const noexcept {
  if (at(0) == '#') return true;
  if (!starts("--")) return false;
  const bool last = position_ + 2 >= sql_.size();
  return last || static_cast<unsigned char>(at(2)) <= ' ' || at(2) == '\x7f';
}

// Whether there was one.
Result<bool> Lexer::skip_comment() {
  if (begins_line_comment()) {
    const std::size_t end = sql_.find('\n', position_);
    position_ = end == sql_.npos ? sql_.size() : end + 1;
    return true;
  }
  if (in_executable_ && starts("*/")) {
    in_executable_ = false;
    position_ += 2;
    return true;
  }
  if (!starts("/*")) return false;
  if (in_executable_) return unclear_comments();
  if (starts("/*!") || starts("/*M!")) return open_executable();
  const std::size_t end = sql_.find("*/", position_ + 2);
  if (end == sql_.npos) {
    take(TokenKind::illegal, sql_.size() - position_);
    return true;
  }
  // MySQL, other than MariaDB, reads these as hints, of which some change settings.
  if (starts("/*+")) {
    const std::string hint = ascii_lower(sql_.substr(position_, end - position_));
    if (hint.find("set_var") != hint.npos || hint.find("max_execution_time") != hint.npos)
      return fail(ErrorCode::forbidden, "hints that change settings are refused");
  }
  position_ = end + 2;
  return true;
}

Result<bool> Lexer::open_executable() {
  const std::size_t begin = position_;
  const std::size_t behind = begin + (starts("/*M!") ? 4 : 3);
  std::size_t digits = 0;
  while (behind + digits < sql_.size() && is_digit(sql_[behind + digits]))
    ++digits;
  const std::size_t body = behind + digits;
  const std::size_t end = sql_.find("*/", body);
  if (end == sql_.npos) {
    take(TokenKind::illegal, sql_.size() - position_);
    return true;
  }
  // Servers differ in how many digits they take, so what follows them must be no part of a token.
  const bool clear = digits == 0 || ((digits == 5 || digits == 6) && is_space(sql_[body]));
  if (!clear || sql_.substr(body, end - body).find("/*") != sql_.npos) return unclear_comments();
  std::string condition(sql_.substr(begin + 2, body - begin - 2));
  if (condition != "!") {
    if (condition_ && *condition_ != condition) return unclear_comments();
    condition_ = std::move(condition);
    if (executable_ == Comments::pass) {
      // A quote in it may hold what looks like its end, to a server that opens it.
      position_ = end + 2;
      return true;
    }
  }
  position_ = body;
  in_executable_ = true;
  return true;
}

void Lexer::take(TokenKind kind, std::size_t length) {
  tokens_.push_back({kind, sql_.substr(position_, length), position_});
  position_ += length;
}

std::size_t Lexer::word_length(std::size_t from) const noexcept {
  std::size_t length = 0;
  while (is_word(at(from + length)))
    ++length;
  return length;
}

void Lexer::take_quoted(TokenKind kind) {
  const char quote = at(0);
  std::size_t length = 1;
  while (position_ + length < sql_.size()) {
    const char c = at(length);
    if (c == '\\' && kind != TokenKind::quoted) {
      length += 2;
      continue;
    }
    ++length;
    if (c != quote) continue;
    if (at(length) != quote) return take(kind, length);
    ++length;
  }
  take(TokenKind::illegal, sql_.size() - position_);
}

// Of a run of letters and digits that begins with `digits` of them. A server ends a number in the middle of
// what looks like a word ("1e5FROM"), which nobody writes but to hide the rest.
TokenKind kind_of_digits(std::string_view run, std::size_t digits) noexcept {
  const auto all_of = [](std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == text.npos;
  };
  const char letter = ascii_lower(run[digits]);
  const std::string_view rest = run.substr(digits + 1);
  if (run.starts_with("0x") || run.starts_with("0b")) {
    const bool fits = !rest.empty() && all_of(rest, letter == 'b' ? "01" : "0123456789abcdefABCDEF");
    return fits ? TokenKind::number : TokenKind::illegal;
  }
  if (letter != 'e' || rest.empty() || !is_digit(rest.front())) return TokenKind::word;
  return all_of(rest, "0123456789") ? TokenKind::number : TokenKind::illegal;
}

// Digits with a point and an exponent; a word when letters follow.
void Lexer::take_number() {
  std::size_t length = 0;
  while (is_digit(at(length)))
    ++length;
  if (length > 0 && is_word(at(length))) {
    const std::size_t all = word_length(0);
    const bool exponent = ascii_lower(at(length)) == 'e';
    const bool sign =
        exponent && all == length + 1 && (at(all) == '+' || at(all) == '-') && is_digit(at(all + 1));
    if (sign) {
      std::size_t end = all + 1;
      while (is_digit(at(end)))
        ++end;
      return take(TokenKind::number, end);
    }
    return take(kind_of_digits(sql_.substr(position_, all), length), all);
  }
  if (at(length) == '.') {
    ++length;
    while (is_digit(at(length)))
      ++length;
    if (ascii_lower(at(length)) == 'e') {
      std::size_t end = length + 1;
      if (at(end) == '+' || at(end) == '-') ++end;
      if (is_digit(at(end))) {
        while (is_digit(at(end)))
          ++end;
        length = end;
      }
    }
  }
  take(TokenKind::number, length);
}

void Lexer::take_variable() {
  if (starts("@@")) return take(TokenKind::system_variable, 2);
  take(TokenKind::user_variable, 1);
}

void Lexer::cut() {
  const char c = at(0);
  const Token last = tokens_.empty() ? Token{} : tokens_.back();
  const bool behind_dot = last.kind == TokenKind::dot;
  // "ALL.5" is a name with a dot in it, "ALL .5" a keyword and a number.
  const bool behind_name = last.kind == TokenKind::word && last.offset + last.text.size() == position_;
  if (is_digit(c) && !behind_dot) return take_number();
  if (c == '.' && is_digit(at(1)) && !behind_name) return take_number();
  if (is_word(c)) return take(TokenKind::word, word_length(0));
  switch (c) {
    case '\'':
    case '"':
      return take_quoted(TokenKind::string);
    case '`':
      return take_quoted(TokenKind::quoted);
    case '?':
      return take(TokenKind::parameter, 1);
    case '@':
      return take_variable();
    case '.':
      return take(TokenKind::dot, 1);
    case ',':
      return take(TokenKind::comma, 1);
    case ';':
      return take(TokenKind::semicolon, 1);
    case '(':
      return take(TokenKind::open, 1);
    case ')':
      return take(TokenKind::close, 1);
    case ':':
      return at(1) == '=' ? take(TokenKind::assignment, 2) : take(TokenKind::illegal, 1);
    case '\\':
      return at(1) == 'N' && !is_word(at(2)) ? take(TokenKind::symbol, 2) : take(TokenKind::illegal, 1);
    default:
      break;
  }
  constexpr std::string_view kOperators = "+-*/%&|^~!=<>{}";
  take(kOperators.find(c) == kOperators.npos ? TokenKind::illegal : TokenKind::symbol, 1);
}

Result<Tokens> Lexer::run() {
  while (position_ < sql_.size()) {
    if (is_space(at(0))) {
      ++position_;
      continue;
    }
    auto skipped = skip_comment();
    if (!skipped) return pass_error(skipped);
    if (!*skipped) cut();
  }
  if (in_executable_) tokens_.push_back({TokenKind::illegal, sql_.substr(sql_.size()), sql_.size()});
  return std::move(tokens_);
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) noexcept {
  return equal_ignoring_case(a, b);
}

bool Token::is(std::string_view keyword) const noexcept {
  return kind == TokenKind::word && same_word(text, keyword);
}

std::string Token::unquoted() const {
  if (kind != TokenKind::quoted) return std::string(text);
  std::string name;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    name += text[i];
    if (text[i] == '`') ++i;
  }
  return name;
}

std::string quote_name(std::string_view name) {
  std::string out = "`";
  for (const char c : name)
    out.append(c == '`' ? 2 : 1, c);
  return out + "`";
}

Result<std::vector<Tokens>> readings(std::string_view sql) {
  Lexer opened(sql, Comments::open);
  auto first = opened.run();
  if (!first) return pass_error(first);
  std::vector<Tokens> all;
  all.push_back(std::move(*first));
  // What one reading takes for a comment's beginning may stand in a string of the other's.
  Lexer passed(sql, Comments::pass);
  auto second = passed.run();
  if (!second) return pass_error(second);
  if (opened.condition() || passed.condition()) {
    if (opened.condition() && passed.condition() && opened.condition() != passed.condition())
      return unclear_comments();
    all.push_back(std::move(*second));
  }
  return all;
}

}  // namespace penstock::mysql
