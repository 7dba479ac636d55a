// Random numbers that are the same on every machine: integers all the way, none of the library's
// distributions.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace penstock::demo {

/// A point of a distribution's shape: so many in a thousand lie at or below `value`.
struct Quantile {
  std::int64_t permille = 0;
  std::int64_t value = 0;
};

/// xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), seeded by
/// splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). A value; not
/// thread-safe.
class Random {
 public:
  /// A stream of its own for each name, so that one table's needs do not change another's content.
  explicit Random(std::string_view stream) noexcept;
  /// A stream that begins in this state, not all of it zero.
  explicit Random(const std::array<std::uint64_t, 4>& state) noexcept : state_(state) {}

  std::uint64_t next() noexcept;
  /// In [0, bound), each equally likely. `bound` is at least 1.
  std::int64_t below(std::int64_t bound) noexcept;
  /// In [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) noexcept;
  /// True so many times in a thousand.
  bool chance(std::int64_t permille) noexcept { return below(1000) < permille; }
  /// An index of `weights`, as likely as its weight says. At least one weight is positive.
  std::size_t weighted(std::span<const int> weights) noexcept;
  std::size_t weighted(std::initializer_list<int> weights) noexcept {
    return weighted(std::span(weights.begin(), weights.size()));
  }
  /// A number of the distribution that these points describe, with straight lines between them. The points
  /// rise, from 0 to 1000 in a thousand.
  std::int64_t shaped(std::initializer_list<Quantile> shape) noexcept;
  /// An element of a list that is not empty.
  template <typename List>
  const auto& one_of(const List& list) noexcept {
    return list[static_cast<std::size_t>(below(static_cast<std::int64_t>(std::size(list))))];
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace penstock::demo
