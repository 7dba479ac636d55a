// A statement with parameters where it has literals, so that statements that differ in these alone are one.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "penstock/data_source.hpp"

namespace penstock::postgresql {

inline constexpr std::size_t kMaxParameterizedBytes = std::size_t{16} << 10;
inline constexpr std::size_t kMaxLiterals = 64;

/// Takes out the integers and strings that a comparison operator (`=`, `<>`, `<`, ...) stands right before:
/// there a literal is always a value of its own, never a position (ORDER BY 1), a modifier (numeric(10, 2))
/// or part of a name. An integer becomes `$1::integer` or `$1::bigint`, which is the type it has as a
/// literal; a string becomes `$1`, whose type the server finds as it finds that of a literal.
///
/// Nothing for a statement without such literals, and for whatever is not certain to be read as the server
/// reads it: comments, dollar quotes, escapes, prefixed or continued strings, parameters of the statement's
/// own; and where two equal literals may have to be seen as equal (GROUP BY, DISTINCT). Does not look at what
/// the statement is: the result is to be analysed as any other text. Pure; takes about a microsecond a
/// kilobyte.
[[nodiscard]] std::optional<ParameterizedStatement> parameterize(std::string_view sql);

}  // namespace penstock::postgresql
