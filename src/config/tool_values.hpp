// What a parameter of a tool lets through.
#pragma once

#include <compare>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/value.hpp"

namespace penstock::config {

struct ToolParameter;

/// A regular expression (ECMAScript without back-references) for all of a text. Takes time in proportion to
/// the text, whatever the expression. Thread-safe.
class Pattern {
 public:
  /// The error says what is wrong with the expression.
  [[nodiscard]] static std::expected<Pattern, std::string> compile(std::string text);
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool matches(std::string_view text) const;
  friend bool operator==(const Pattern& a, const Pattern& b) noexcept { return a.text_ == b.text_; }

 private:
  struct Compiled;
  Pattern(std::string text, std::shared_ptr<const Compiled> compiled) noexcept;
  std::string text_;
  std::shared_ptr<const Compiled> compiled_;
};

/// How two values of one type follow each other, for the types that `minimum` and `maximum` can bound;
/// unordered otherwise. Decimals are compared by their digits.
[[nodiscard]] std::partial_ordering compare_values(const Value& a, const Value& b);

/// Why the value, which is of the parameter's type, may not be given: "must be at least 1". Nothing when it
/// may.
[[nodiscard]] std::optional<std::string> violation(const ToolParameter& parameter, const Value& value);

}  // namespace penstock::config
