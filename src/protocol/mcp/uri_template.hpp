// URI templates (RFC 6570, level 1), read backwards: a URI to the values of a template's variables.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/error.hpp"

namespace penstock::protocol::mcp {

class UriTemplate {
 public:
  using Values = std::vector<std::pair<std::string, std::string>>;

  /// Errors: `invalid_argument`: a brace that is not closed, an operator, a name that is none or comes twice,
  /// two variables without anything between them.
  [[nodiscard]] static Result<UriTemplate> parse(std::string_view text);

  /// The variables' values, percent-decoded, when the URI fits: a variable stands for one or more characters
  /// other than '/', '?' and '#'.
  [[nodiscard]] std::optional<Values> match(std::string_view uri) const;
  [[nodiscard]] bool has_variable(std::string_view name) const noexcept;

 private:
  struct Piece {
    std::string literal;   ///< what stands before the variable
    std::string variable;  ///< empty at the end
  };
  std::vector<Piece> pieces_;
};

/// The text as a path segment: all but letters, digits and -._~ percent-encoded.
[[nodiscard]] std::string percent_encode(std::string_view text);
/// Nothing when an escape is broken.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace penstock::protocol::mcp
