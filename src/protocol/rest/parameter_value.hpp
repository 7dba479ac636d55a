// A parameter of a query as a request writes it.
#pragma once

#include <memory_resource>
#include <string_view>

#include "penstock/value.hpp"

#include "protocol/rest/json_tree.hpp"

namespace penstock::protocol::rest {

/// null, true, false, text; whole numbers as int64, beyond that as decimal with all their digits; other
/// numbers as float64; an array as a list; and, for what JSON cannot say, {"type": "date", "value":
/// "2025-03-31"} with the types of core/typed_text.hpp: a text, a number or true and false for `value`, of
/// `json` any value, null for null. `place` names it in errors: "params[0]".
[[nodiscard]] Result<Value> parameter_value(const JsonNode& node, std::string_view place);

}  // namespace penstock::protocol::rest
