// Lists as JSON: what a column of lists becomes when one of them turns out to hold lists.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "penstock/batch.hpp"

namespace penstock {

/// Appends the value at `index`: null, or of any type but variant. Numbers keep all their digits (NaN and the
/// infinities are strings), JSON is embedded as it is, what JSON has no form for is its text as a string.
void append_json(std::string& out, const ArrayData& array, std::int64_t index);

/// Appends a JSON string; what is neither a control character nor a quote nor a backslash as it is.
void append_json_string(std::string& out, std::string_view text);

}  // namespace penstock
