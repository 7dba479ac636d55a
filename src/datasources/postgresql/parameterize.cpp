#include "datasources/postgresql/parameterize.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "penstock/utf8.hpp"

#include "core/ascii_case.hpp"

namespace penstock::postgresql {

namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
// Every byte of a character beyond ASCII is a letter to PostgreSQL.
bool begins_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_of_word(char c) noexcept {
  return begins_word(c) || is_digit(c);
}
bool is_of_operator(char c) noexcept {
  return std::string_view("+-*/<>=~!@#%^&|`?").find(c) != std::string_view::npos;
}
bool is_punctuation(char c) noexcept {
  return std::string_view("(),;[].").find(c) != std::string_view::npos;
}
bool is_comparison(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 7> kComparisons{"=", "<>", "!=", "<", ">", "<=", ">="};
  return std::ranges::find(kComparisons, text) != kComparisons.end();
}

// One pass over the statement, which copies it but for its literals.
class Literals {
 public:
  explicit Literals(std::string_view sql) : rest_(sql) { out_.reserve(sql.size() + 32); }

  [[nodiscard]] std::optional<ParameterizedStatement> take_out() {
    while (!rest_.empty()) {
      if (!token()) return std::nullopt;
    }
    if (values_.empty() || (groups_ && has_equals())) return std::nullopt;
    return ParameterizedStatement{std::move(out_), Params(std::move(values_))};
  }

 private:
  // Copies the next token, or takes it out. False: the statement is better left as it is.
  [[nodiscard]] bool token() {
    const char c = rest_.front();
    if (is_blank(c)) return copy(run_of(is_blank), compared_);
    const bool compared = std::exchange(compared_, false);
    if (begins_word(c)) return word();
    if (is_digit(c)) return number(compared);
    if (c == '\'') return string(compared);
    if (c == '"') return quoted_name();
    if (is_of_operator(c)) return comparison_or_other();
    // `:=` names an argument and is no comparison.
    if (c == ':') return copy(after(1) == '=' ? 2 : 1, false);
    return is_punctuation(c) && copy(1, false);
  }

  template <typename Belongs>
  [[nodiscard]] std::size_t run_of(Belongs belongs) const {
    return static_cast<std::size_t>(std::ranges::find_if_not(rest_, belongs) - rest_.begin());
  }
  [[nodiscard]] bool copy(std::size_t size, bool compared) {
    out_ += rest_.substr(0, size);
    rest_.remove_prefix(size);
    compared_ = compared;
    return true;
  }
  [[nodiscard]] char after(std::size_t size) const noexcept {
    return size < rest_.size() ? rest_[size] : ' ';
  }

  // A quote right behind a word makes the word a prefix of the string: E'', B'', X'', N''.
  [[nodiscard]] bool word() {
    const std::size_t size = run_of(is_of_word);
    if (after(size) == '\'' || after(size) == '$') return false;
    const std::string_view text = rest_.substr(0, size);
    groups_ = groups_ || equal_ignoring_case(text, "group") || equal_ignoring_case(text, "distinct");
    return copy(size, false);
  }

  [[nodiscard]] bool number(bool compared) {
    const std::size_t size = run_of(is_digit);
    const char next = after(size);
    if (begins_word(next) || next == '$') return false;  // 1e5, 0x1F, 1_000: not the same in every version
    if (next == '.') return copy(size, false);
    std::int64_t value = 0;
    const std::string_view digits = rest_.substr(0, size);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (!compared || failed != std::errc{}) return copy(size, false);
    const bool is_integer = value <= std::numeric_limits<std::int32_t>::max();
    rest_.remove_prefix(size);
    return parameter(Value(value), is_integer ? "::integer" : "::bigint");
  }

  // Two strings with a line break between them are one.
  [[nodiscard]] bool string(bool compared) {
    std::string value;
    std::size_t at = 1;
    while (true) {
      const std::size_t quote = rest_.find('\'', at);
      if (quote == std::string_view::npos) return false;
      value += rest_.substr(at, quote - at);
      at = quote + 1;
      if (after(at) != '\'') break;
      value += '\'';
      ++at;
    }
    const std::string_view behind = rest_.substr(at);
    const auto next = std::ranges::find_if_not(behind, is_blank);
    if (next != behind.end() && *next == '\'') return false;
    if (value.find('\\') != std::string::npos) return false;
    if (!compared) return copy(at, false);
    rest_.remove_prefix(at);
    return parameter(Value(std::move(value)), "");
  }

  [[nodiscard]] bool quoted_name() {
    const std::size_t end = rest_.find('"', 1);
    return end != std::string_view::npos && copy(end + 1, false);
  }

  [[nodiscard]] bool comparison_or_other() {
    const std::size_t size = run_of(is_of_operator);
    const std::string_view text = rest_.substr(0, size);
    if (text.find("--") != std::string_view::npos || text.find("/*") != std::string_view::npos) return false;
    return copy(size, is_comparison(text));
  }

  [[nodiscard]] bool parameter(Value value, std::string_view cast) {
    if (values_.size() == kMaxLiterals) return false;
    values_.push_back(std::move(value));
    out_ += '$';
    out_ += std::to_string(values_.size());
    out_ += cast;
    return true;
  }

  // GROUP BY finds `a = 1` in the select list by its literal, and would not by a parameter of another number.
  [[nodiscard]] bool has_equals() const {
    for (std::size_t i = 1; i < values_.size(); ++i) {
      const auto earlier = values_.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find(values_.begin(), earlier, values_[i]) != earlier) return true;
    }
    return false;
  }

  std::string_view rest_;
  std::string out_;
  std::vector<Value> values_;
  bool compared_ = false;  // the last token but blanks was a comparison operator
  bool groups_ = false;
};

}  // namespace

std::optional<ParameterizedStatement> parameterize(std::string_view sql) {
  if (sql.size() > kMaxParameterizedBytes || sql.find('\0') != std::string_view::npos ||
      !is_valid_utf8(sql)) {
    return std::nullopt;
  }
  return Literals(sql).take_out();
}

}  // namespace penstock::postgresql
