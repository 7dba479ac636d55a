#include "datasources/duckdb/statement_text.hpp"

#include <algorithm>

#include "penstock/utf8.hpp"

#include "core/ascii_case.hpp"

namespace penstock::duckdb {

namespace {

// The parser's time grows with their square: 1,000 take some milliseconds, 20,000 minutes.
constexpr std::size_t kMaxTableExpressions = 1'000;

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_word_char(char c) noexcept {
  return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// What is left of a comment at the start of `rest`; comments of /* */ nest.
std::string_view skip_comment(std::string_view rest) noexcept {
  if (rest.starts_with("--")) {
    const std::size_t end = rest.find_first_of("\n\r");
    return end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  }
  std::size_t depth = 0;
  while (!rest.empty()) {
    if (rest.starts_with("/*")) {
      ++depth;
      rest.remove_prefix(2);
    } else if (rest.starts_with("*/")) {
      rest.remove_prefix(2);
      if (--depth == 0) break;
    } else {
      rest.remove_prefix(1);
    }
  }
  return rest;
}

std::string_view skip_space(std::string_view rest) noexcept {
  while (!rest.empty()) {
    if (is_space(rest.front())) {
      rest.remove_prefix(1);
    } else if (rest.starts_with("--") || rest.starts_with("/*")) {
      rest = skip_comment(rest);
    } else {
      break;
    }
  }
  return rest;
}

std::string_view word_at(std::string_view rest) noexcept {
  return rest.substr(0,
                     static_cast<std::size_t>(std::ranges::find_if_not(rest, is_word_char) - rest.begin()));
}

// Behind "(FORMAT json, ANALYZE)"; nothing when the parenthesis holds anything but such words.
std::string_view skip_options(std::string_view rest) noexcept {
  std::string_view inner = skip_space(rest.substr(1));
  const std::string_view first = word_at(inner);
  if (!equal_ignoring_case(first, "analyze") && !equal_ignoring_case(first, "format")) return {};
  while (!inner.empty() && inner.front() != ')') {
    const std::string_view word = word_at(inner);
    if (word.empty() && inner.front() != ',') return {};
    inner = skip_space(inner.substr(std::max<std::size_t>(word.size(), 1)));
  }
  return inner.empty() ? inner : inner.substr(1);
}

std::size_t count_table_expressions(std::string_view sql) noexcept {
  std::size_t count = 0;
  for (std::size_t at = sql.find('('); at != std::string_view::npos; at = sql.find('(', at + 1)) {
    std::size_t end = at;
    while (end != 0 && is_space(sql[end - 1]))
      --end;
    if (end >= 2 && equal_ignoring_case(sql.substr(end - 2, 2), "as")) ++count;
    if (end >= 12 && equal_ignoring_case(sql.substr(end - 12, 12), "materialized")) ++count;
  }
  return count;
}

std::string enclosed(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text)
    out.append(c == quote ? 2 : 1, c);
  return out + quote;
}

}  // namespace

Result<void> check_text(std::string_view sql) {
  if (sql.size() > kMaxSqlBytes) {
    return fail(ErrorCode::limit_exceeded, "the statement has " + std::to_string(sql.size()) +
                                               " bytes; at most " + std::to_string(kMaxSqlBytes) +
                                               " are taken: bind long values as parameters");
  }
  if (sql.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument,
                "the statement holds a NUL byte: bind such a value as a parameter");
  }
  if (!is_valid_utf8(sql)) return fail(ErrorCode::invalid_argument, "the statement is not valid UTF-8");
  if (count_table_expressions(sql) > kMaxTableExpressions) {
    return fail(ErrorCode::limit_exceeded, "the statement has more than " +
                                               std::to_string(kMaxTableExpressions) +
                                               " common table expressions; split it");
  }
  return {};
}

Explained split_explain(std::string_view sql) {
  std::string_view rest = skip_space(sql);
  if (!equal_ignoring_case(word_at(rest), "explain")) return {};
  rest = skip_space(rest.substr(7));
  if (equal_ignoring_case(word_at(rest), "analyze")) rest = skip_space(rest.substr(7));
  if (rest.starts_with('(')) {
    if (const std::string_view behind = skip_options(rest); !behind.empty()) rest = skip_space(behind);
  }
  return {.explains = true, .statement = rest};
}

std::string_view first_word(std::string_view sql) {
  return word_at(skip_space(sql));
}

std::string position_text(std::string_view sql, std::size_t offset) {
  const std::string_view before = sql.substr(0, offset);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  const auto is_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; };
  const auto column = std::ranges::count_if(before.substr(line_start), is_character) + 1;
  return ", at line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::string quote_name(std::string_view name) {
  return enclosed(name, '"');
}

std::string quote_text(std::string_view text) {
  return enclosed(text, '\'');
}

}  // namespace penstock::duckdb
