#include "importers/dsn.hpp"

#include <algorithm>
#include <charconv>

#include "core/ascii_case.hpp"

namespace penstock::importers {

namespace {

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const char* const end = text.data() + i + 3;
      const auto [stop, error] = std::from_chars(text.data() + i + 1, end, value, 16);
      if (error == std::errc() && stop == end) {
        out += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

// Cuts the text at the mark: what stands before it is returned, what stands behind it stays. Without the
// mark, all of it is returned.
std::string_view cut(std::string_view& text, std::size_t mark) {
  const std::string_view before = text.substr(0, mark);
  text = mark == std::string_view::npos ? std::string_view() : text.substr(mark + 1);
  return before;
}

void read_query(std::string_view text, Dsn& dsn) {
  while (!text.empty()) {
    std::string_view value = cut(text, text.find('&'));
    if (value.empty()) continue;
    const std::string_view key = cut(value, value.find('='));
    dsn.query.emplace_back(decoded(key), decoded(value));
  }
}

void read_server(std::string_view text, Dsn& dsn) {
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    dsn.host = std::string(cut(text, text.find(']')));
    if (text.starts_with(':')) dsn.port = std::string(text.substr(1));
    return;
  }
  dsn.host = decoded(cut(text, text.rfind(':')));
  dsn.port = std::string(text);
}

}  // namespace

std::optional<Dsn> parse_dsn(std::string_view text) {
  const std::size_t separator = text.find("://");
  if (separator == std::string_view::npos || separator == 0) return std::nullopt;
  Dsn dsn;
  dsn.scheme = ascii_lower(text.substr(0, separator));
  if (!std::ranges::all_of(dsn.scheme, [](char c) { return (c >= 'a' && c <= 'z') || c == '+'; }))
    return std::nullopt;
  text.remove_prefix(separator + 3);
  if (dsn.scheme == "sqlite") {
    // "sqlite:///data/x.db" is /data/x.db, but "sqlite:///./x.db", "sqlite:///~/x.db" and
    // "sqlite:///:memory:" are what stands behind the three slashes.
    constexpr std::string_view kAsWritten = ".~:";
    if (text.size() > 1 && text.front() == '/' && kAsWritten.find(text[1]) != std::string_view::npos)
      text.remove_prefix(1);
    dsn.database = std::string(text);
    return dsn;
  }
  std::string_view rest = text;
  const std::string_view before_query = cut(rest, rest.find('?'));
  read_query(rest, dsn);
  rest = before_query;
  std::string_view authority = cut(rest, rest.find('/'));
  dsn.database = decoded(rest);
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    std::string_view password = cut(authority, at);
    dsn.user = decoded(cut(password, password.find(':')));
    dsn.password = decoded(password);
  }
  read_server(authority, dsn);
  return dsn;
}

}  // namespace penstock::importers
