#include <algorithm>

#include "penstock/data_source.hpp"

namespace penstock {

bool same_identity(const Execution& a, const Execution& b) noexcept {
  return a.role == b.role && std::ranges::equal(a.settings, b.settings);
}

}  // namespace penstock
