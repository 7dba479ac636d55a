// The values at which types break: every type that a batch knows, at its ends.
#pragma once

#include <string>
#include <vector>

#include "penstock/value.hpp"

namespace penstock::conformance {

struct Extreme {
  std::string name;  ///< "int64_min": the type, then which value of it
  Value value;
  bool comparable = true;  ///< equal to itself in SQL: not so for NaN, nor for types without equality
};

[[nodiscard]] const std::vector<Extreme>& extremes();

/// Whether two values are the same to the bit, so that NaN is itself and -0.0 is not 0.0.
[[nodiscard]] bool identical(const Value& a, const Value& b) noexcept;

/// One mebibyte of text in which every character has another length than its neighbour.
[[nodiscard]] std::string long_text();

}  // namespace penstock::conformance
