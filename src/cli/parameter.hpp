// A statement's parameters, as the command line writes them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "penstock/query.hpp"

namespace penstock::cli {

/// One value. `TYPE:TEXT`, with TYPE one of text, int, uint, float, decimal, bool, date, time, timestamp,
/// timestamptz, uuid, json and bytes (hexadecimal digits), is a value of that type. Otherwise a JSON number
/// is an integer, or a float when it has a fraction or an exponent; `true`, `false` and `null` are what JSON
/// means by them; and everything else is text. A number that JSON does not know ("007", "+1") is text, as is
/// an integer that 64 bits do not hold. `invalid_argument` when TEXT is none of its TYPE.
[[nodiscard]] Result<Value> parse_parameter(std::string_view text);

/// Parameters by position, or else by name, where each text is `NAME=VALUE`. `invalid_argument` for a wrong
/// value, a text without `=`, a name given twice, or both kinds at once.
[[nodiscard]] Result<Params> parse_parameters(std::span<const std::string> positional,
                                              std::span<const std::string> named);

}  // namespace penstock::cli
