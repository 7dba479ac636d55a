// How wide the columns of a terminal table are.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace penstock {

/// The columns' widths, without their borders and padding, for a terminal of `total` columns (0: no bound).
/// The widest are narrowed first, none below kMinColumnWidth; what then still does not fit is left out at the
/// right, so that fewer widths may come back than went in, but one at least.
[[nodiscard]] std::vector<std::size_t> fit_widths(std::span<const std::size_t> natural, std::size_t total);

inline constexpr std::size_t kMinColumnWidth = 6;
/// A border and a space on either side; the last border of the row is one more.
inline constexpr std::size_t kColumnFrame = 3;

}  // namespace penstock
