// What stands behind the '?' of a target.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/error.hpp"

namespace penstock::protocol::rest {

/// The text with %XX undone; nothing when a '%' has no two hexadecimal digits, or the outcome is no UTF-8 or
/// has a control character.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

/// Names and values, in their order, each name once.
class QueryString {
 public:
  /// '+' is a space, as forms have it. `invalid_argument` for what cannot be decoded, a name that is not
  /// `known`, and one that is there twice.
  [[nodiscard]] static Result<QueryString> parse(std::string_view text,
                                                 std::span<const std::string_view> known);

  /// The value; null when it is not there.
  [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
  /// A whole number within the bounds, `fallback` when it is not there.
  [[nodiscard]] Result<std::size_t> number(std::string_view name, std::size_t fallback, std::size_t least,
                                           std::size_t most) const;
  /// true or false, `fallback` when it is not there.
  [[nodiscard]] Result<bool> truth(std::string_view name, bool fallback) const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace penstock::protocol::rest
