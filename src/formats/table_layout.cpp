#include "formats/table_layout.hpp"

#include <algorithm>

namespace penstock {

namespace {

// The largest cap such that the widths, none above it, sum to at most `room`.
std::size_t cap_for(std::vector<std::size_t> widths, std::size_t room) {
  std::ranges::sort(widths);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::size_t share = room / (widths.size() - i);
    if (widths[i] > share) return share;
    room -= widths[i];
  }
  return widths.empty() ? 0 : widths.back();
}

}  // namespace

std::vector<std::size_t> fit_widths(std::span<const std::size_t> natural, std::size_t total) {
  std::vector<std::size_t> widths(natural.begin(), natural.end());
  if (total == 0 || widths.empty()) return widths;
  std::size_t shown = 0;
  std::size_t least = 1;
  for (const std::size_t width : natural) {
    least += std::min(width, kMinColumnWidth) + kColumnFrame;
    if (least > total && shown != 0) break;
    ++shown;
  }
  widths.resize(shown);
  const std::size_t frame = shown * kColumnFrame + 1;
  std::size_t room = total > frame ? total - frame : 0;
  const std::size_t cap = std::max<std::size_t>(cap_for(widths, room), 1);
  for (std::size_t& width : widths) {
    width = std::min(width, cap);
    room -= std::min(room, width);
  }
  // What the division left over goes to those that were cut, a column each.
  for (std::size_t i = 0; i < shown && room != 0; ++i) {
    if (natural[i] <= widths[i]) continue;
    ++widths[i];
    --room;
  }
  return widths;
}

}  // namespace penstock
