#include "protocol/rest/query_string.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "penstock/utf8.hpp"

#include "core/nearest.hpp"
#include "protocol/rest/shown.hpp"

namespace penstock::protocol::rest {

namespace {

std::unexpected<Error> wrong(std::string message, std::string hint = {}) {
  return fail(ErrorCode::invalid_argument, std::move(message), std::move(hint));
}

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string listed(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names)
    list += fmt::format("{}`{}`", list.empty() ? "" : ", ", name);
  return list;
}

Result<void> check_name(std::string_view name, std::span<const std::string_view> known) {
  if (std::ranges::find(known, name) != known.end()) return {};
  const std::vector<std::string> candidates(known.begin(), known.end());
  const auto nearest = nearest_name(name, candidates);
  std::string hint = nearest ? fmt::format("did you mean `{}`?", *nearest) : std::string();
  if (hint.empty()) hint = known.empty() ? "It has none." : fmt::format("There are {}.", listed(known));
  return wrong(fmt::format("the query has the unknown parameter `{}`", shown(name)), std::move(hint));
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit_of(text[i + 1]);
    const int low = digit_of(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  const bool has_control = std::ranges::any_of(
      decoded, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
  if (has_control || !is_valid_utf8(decoded)) return std::nullopt;
  return decoded;
}

Result<QueryString> QueryString::parse(std::string_view text, std::span<const std::string_view> known) {
  QueryString query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    std::string spaced(pair);
    std::ranges::replace(spaced, '+', ' ');
    const std::size_t equals = std::min(spaced.find('='), spaced.size());
    auto name = percent_decode(std::string_view(spaced).substr(0, equals));
    auto value = percent_decode(std::string_view(spaced).substr(std::min(equals + 1, spaced.size())));
    if (!name || !value) return wrong("the query is no percent-encoded UTF-8 without control characters");
    if (auto checked = check_name(*name, known); !checked) return pass_error(checked);
    if (query.find(*name) != nullptr) return wrong(fmt::format("the parameter `{}` is there twice", *name));
    query.pairs_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

const std::string* QueryString::find(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find(pairs_, name, [](const auto& pair) { return std::string_view(pair.first); });
  return found == pairs_.end() ? nullptr : &found->second;
}

Result<std::size_t> QueryString::number(std::string_view name, std::size_t fallback, std::size_t least,
                                        std::size_t most) const {
  const std::string* text = find(name);
  if (text == nullptr) return fallback;
  std::size_t number = 0;
  const char* const last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, number);
  if (error == std::errc{} && end == last && !text->empty() && number >= least && number <= most)
    return number;
  return wrong(
      fmt::format("`{}` must be a whole number from {} to {}, found `{}`", name, least, most, shown(*text)));
}

Result<bool> QueryString::truth(std::string_view name, bool fallback) const {
  const std::string* text = find(name);
  if (text == nullptr) return fallback;
  if (*text == "true") return true;
  if (*text == "false") return false;
  return wrong(fmt::format("`{}` must be `true` or `false`, found `{}`", name, shown(*text)));
}

}  // namespace penstock::protocol::rest
