// JSON Schema, as far as the input of tools uses it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "penstock/error.hpp"

namespace penstock::protocol::mcp {

/// A schema of the dialect 2020-12, ready to validate with. Keywords that are checked: type, enum, const,
/// properties, required, additionalProperties, minProperties, maxProperties, items, minItems, maxItems,
/// uniqueItems, minLength, maxLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf,
/// anyOf, oneOf, allOf, not, if/then/else, dependentRequired, and $ref to a place in the schema itself.
/// Others say something about a schema and are passed over. Immutable, so any thread may use it.
class Schema {
 public:
  /// Errors: `invalid_argument`: no JSON, no object, a $ref that leads elsewhere, another dialect, a schema
  /// nested too deep.
  [[nodiscard]] static Result<Schema> parse(std::string_view text);

  /// What is wrong with the value, in words for whoever made it; nothing when it conforms. `name` is what to
  /// call the value itself.
  [[nodiscard]] std::optional<std::string> problem(const boost::json::value& value,
                                                   std::string_view name) const;
  [[nodiscard]] const boost::json::object& root() const noexcept;

 private:
  struct Compiled;
  explicit Schema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace penstock::protocol::mcp
