// Values of a binary row -> a batch's columns.
// Source: https://mariadb.com/kb/en/resultset-row/#binary-resultset-row
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "penstock/builder.hpp"

#include "datasources/mysql/types.hpp"

namespace penstock::mysql {

/// Appends one value, whose bytes come without their length. A date that no calendar has ('0000-00-00', a
/// month 0) is text, a TIME that no day has an interval, and the column becomes one of several types. False
/// for what the column's type cannot hold; nothing is appended then.
[[nodiscard]] bool append_value(const Codec& codec, std::string_view bytes, ColumnBuilder& into);

/// A GEOMETRY as MySQL keeps it, as well-known text, with "SRID=4326;" in front unless that is 0. Nothing
/// when it is not one.
[[nodiscard]] std::optional<std::string> geometry_text(std::string_view bytes);

}  // namespace penstock::mysql
