#include "datasources/pg_query/syntax.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <vector>

#include "core/nearest.hpp"
#include "core/utf8_decode.hpp"

namespace penstock::pg_query {

namespace {

constexpr std::size_t kMaxQuoted = 60;

struct Place {
  std::size_t line = 1;
  std::size_t column = 1;
  std::size_t byte = 0;
};

/// Of the character with number `position`, counted from 1, in valid UTF-8.
Place place_of(std::string_view sql, int position) {
  Place place;
  for (int left = position - 1; left > 0 && place.byte < sql.size(); --left) {
    place.column = sql[place.byte] == '\n' ? 1 : place.column + 1;
    if (sql[place.byte] == '\n') ++place.line;
    ++place.byte;
    while (place.byte < sql.size() && (static_cast<unsigned char>(sql[place.byte]) & 0xC0U) == 0x80U)
      ++place.byte;
  }
  return place;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view word_at(std::string_view sql, std::size_t byte) {
  std::size_t end = byte;
  while (end < sql.size() && is_word(sql[end]))
    ++end;
  return sql.substr(byte, end - byte);
}

std::string_view word_before(std::string_view sql, std::size_t byte) {
  while (byte > 0 && std::isspace(static_cast<unsigned char>(sql[byte - 1])) != 0)
    --byte;
  std::size_t begin = byte;
  while (begin > 0 && is_word(sql[begin - 1]))
    --begin;
  return sql.substr(begin, byte - begin);
}

const std::vector<std::string>& keywords() {
  static const std::vector<std::string> words{
      "SELECT",    "FROM",      "WHERE",  "GROUP",  "ORDER",    "HAVING",    "LIMIT",   "OFFSET",
      "DISTINCT",  "JOIN",      "INNER",  "LEFT",   "RIGHT",    "OUTER",     "CROSS",   "LATERAL",
      "UNION",     "INTERSECT", "EXCEPT", "WITH",   "VALUES",   "TABLE",     "EXPLAIN", "SHOW",
      "INSERT",    "UPDATE",    "DELETE", "CREATE", "ALTER",    "DROP",      "BETWEEN", "EXISTS",
      "RETURNING", "PARTITION", "WINDOW", "FILTER", "INTERVAL", "RECURSIVE", "USING"};
  return words;
}

bool same_folded(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

std::string keyword_hint(std::string_view word) {
  if (word.size() < 3) return {};
  const auto nearest = nearest_name(word, keywords());
  if (!nearest || same_folded(*nearest, word)) return {};
  // A word that merely begins like a keyword (tables, groups) is more likely a name.
  if (word.size() > nearest->size() + 1 || word.size() + 2 < nearest->size()) return {};
  return "did you mean " + std::string(*nearest) + " instead of " + std::string(word) + "?";
}

std::string hint_for(std::string_view sql, const Place& place, std::string_view message) {
  const std::string_view at = word_at(sql, place.byte);
  const std::string_view first = word_at(sql, std::min(sql.find_first_not_of(" \t\r\n("), sql.size()));
  if (sql.find('`') != std::string_view::npos) return "PostgreSQL quotes names with \", not with `";
  if (same_folded(first, "describe") || same_folded(first, "desc")) {
    return "columns are listed in information_schema.columns";
  }
  if (same_folded(first, "use")) return "the database of a statement is chosen by the call, not by USE";
  if (message.starts_with("LIMIT #")) return "write LIMIT count OFFSET start";
  if (same_folded(word_before(sql, place.byte), "top") || same_folded(at, "top")) {
    return "PostgreSQL has no TOP; write LIMIT count at the end";
  }
  if (place.byte < sql.size() && sql[place.byte] == '[')
    return "PostgreSQL quotes names with \", not with []";
  std::string hint = keyword_hint(at);
  // The parser takes a misspelt keyword for a name, and stumbles over what follows.
  return hint.empty() ? keyword_hint(word_before(sql, place.byte)) : hint;
}

// The scanner's words may end in the middle of a character: "2\305" of 2ū.
std::string whole_characters(std::string_view said) {
  std::string out;
  while (!said.empty()) {
    const std::size_t valid = valid_utf8_prefix(said);
    out.append(said.substr(0, valid));
    said.remove_prefix(std::min(valid + 1, said.size()));
  }
  return out;
}

}  // namespace

Error syntax_error(std::string_view sql, const PgQueryError& error) {
  const std::string_view said = error.message == nullptr ? "syntax error" : error.message;
  Error made;
  if (said.starts_with("memory exhausted") || said.starts_with("stack depth limit")) {
    made.code = ErrorCode::limit_exceeded;
    made.message = "the statement nests too deeply; split it into several";
    made.sqlstate = "54001";
    return made;
  }
  made.code = ErrorCode::syntax_error;
  made.sqlstate = "42601";
  const std::size_t quote = said.find(" at or near \"");
  made.message = whole_characters(
      said.size() - std::min(quote, said.size()) > kMaxQuoted ? said.substr(0, quote) : said);
  if (error.cursorpos > 0) {
    const Place place = place_of(sql, error.cursorpos);
    made.message += " (line " + std::to_string(place.line) + ", column " + std::to_string(place.column) + ")";
    made.hint = hint_for(sql, place, said);
  }
  return made;
}

}  // namespace penstock::pg_query
