#include "protocol/mcp/uri_template.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace penstock::protocol::mcp {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_unreserved(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '-' || character == '.' || character == '_' ||
         character == '~';
}

bool is_variable_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::all_of(name, [](char character) {
    return is_unreserved(character) && character != '-' && character != '~';
  });
}

std::optional<std::uint8_t> hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<std::uint8_t>(digit - 'A' + 10);
  return std::nullopt;
}

}  // namespace

Result<UriTemplate> UriTemplate::parse(std::string_view text) {
  const std::string in = " in the URI template \"" + std::string(text) + "\".";
  UriTemplate parsed;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    Piece piece{.literal = std::string(text.substr(0, open)), .variable = {}};
    if (piece.literal.contains('}')) return fail(ErrorCode::invalid_argument, "'}' without '{'" + in);
    if (open != std::string_view::npos) {
      const std::size_t close = text.find('}', open);
      if (close == std::string_view::npos) return fail(ErrorCode::invalid_argument, "'{' without '}'" + in);
      piece.variable = text.substr(open + 1, close - open - 1);
      if (!is_variable_name(piece.variable))
        return fail(ErrorCode::invalid_argument, "\"" + piece.variable + "\" is no name of a variable" + in);
      if (parsed.has_variable(piece.variable))
        return fail(ErrorCode::invalid_argument, "{" + piece.variable + "} comes twice" + in);
      if (!parsed.pieces_.empty() && piece.literal.empty())
        return fail(ErrorCode::invalid_argument, "Nothing stands before {" + piece.variable + "}" + in);
      text.remove_prefix(close + 1);
    } else {
      text = {};
    }
    parsed.pieces_.push_back(std::move(piece));
  }
  return parsed;
}

bool UriTemplate::has_variable(std::string_view name) const noexcept {
  return !name.empty() && std::ranges::any_of(pieces_, [&](const Piece& p) { return p.variable == name; });
}

std::optional<UriTemplate::Values> UriTemplate::match(std::string_view uri) const {
  Values values;
  for (std::size_t at = 0; at < pieces_.size(); ++at) {
    const Piece& piece = pieces_[at];
    if (!uri.starts_with(piece.literal)) return std::nullopt;
    uri.remove_prefix(piece.literal.size());
    if (piece.variable.empty()) continue;
    std::size_t end = std::min(uri.find_first_of("/?#"), uri.size());
    if (at + 1 < pieces_.size()) end = std::min(end, uri.find(pieces_[at + 1].literal));
    if (end == 0) return std::nullopt;
    auto value = percent_decode(uri.substr(0, end));
    if (!value) return std::nullopt;
    values.emplace_back(piece.variable, std::move(*value));
    uri.remove_prefix(end);
  }
  if (!uri.empty()) return std::nullopt;
  return values;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char character : text) {
    if (is_unreserved(character)) {
      out += character;
      continue;
    }
    const auto byte = static_cast<unsigned char>(character);
    out += '%';
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 0xF];
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    const auto high = hex_value(text[at + 1]);
    const auto low = hex_value(text[at + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    at += 2;
  }
  return out;
}

}  // namespace penstock::protocol::mcp
