// Columns of NUMERIC affinity (NUMERIC, DECIMAL, NUMBER, MONEY), which SQLite fills with integers and reals.
//
// Such a column stores 7.0 as the integer 7 (https://www.sqlite.org/datatype3.html#type_affinity), so a price
// list mixes the two. While its first batch has integers alone the column is int64; once there is a real
// among them it is float64, where the integers are exactly that. Whatever else comes makes it a variant, in
// which every value of the batch has its own storage class back.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "penstock/builder.hpp"

namespace penstock::sqlite {

/// The integer as a double, when it is exactly that.
[[nodiscard]] std::optional<double> exact_double(std::int64_t value) noexcept;

/// Makes float64 of an int64 column, with the rows of its integers in `rows`; changes nothing and says false
/// when one of them is no exact double.
[[nodiscard]] bool integers_to_reals(ColumnBuilder& column, std::vector<std::int64_t>& rows);

/// Makes a variant of a float64 column, with int64 at `rows`, which are in order.
void reals_to_variant(ColumnBuilder& column, const std::vector<std::int64_t>& rows);

}  // namespace penstock::sqlite
