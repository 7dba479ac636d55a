// What both sides of a pair sum up of each value, so that each is really read.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "penstock/batch.hpp"

#include "comparison/bank.hpp"

namespace comparison {

struct Checksum {
  std::uint64_t sum = 0;
  void add(std::int64_t value) { sum += static_cast<std::uint64_t>(value); }
  void add(double value) { sum += std::bit_cast<std::uint64_t>(value); }
  void add(std::string_view value) {
    sum += value.size() * 31 + (value.empty() ? 0 : static_cast<unsigned char>(value.back()));
  }
  void add_null() { sum += 17; }
  /// A column of int64, float64 or text.
  void add_column(const penstock::ArrayData& array) {
    for (std::int64_t i = 0; i < array.length; ++i) {
      if (array.is_null(i)) {
        add_null();
      } else if (array.type.id == penstock::TypeId::int64) {
        add(array.values_as<std::int64_t>()[i]);
      } else if (array.type.id == penstock::TypeId::float64) {
        add(array.values_as<double>()[i]);
      } else {
        add(array.text(i));
      }
    }
  }
};

/// Both sides ask for the same keys in the same order.
struct Keys {
  std::uint64_t state = 88'172'645'463'325'252;
  std::int64_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<std::int64_t>(state % static_cast<std::uint64_t>(kRows)) + 1;
  }
};

}  // namespace comparison
