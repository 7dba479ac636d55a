#include "demo/random.hpp"

#include <bit>

namespace penstock::demo {

namespace {

constexpr std::uint64_t kSeed = 0x50656e73746f636bU;

/// FNV-1a, 64 bits.
std::uint64_t hash(std::string_view text) {
  std::uint64_t result = 0xcbf29ce484222325U;
  for (const char c : text)
    result = (result ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return result;
}

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

}  // namespace

Random::Random(std::string_view stream) noexcept {
  std::uint64_t seed = kSeed ^ hash(stream);
  for (std::uint64_t& word : state_)
    word = splitmix64(seed);
}

std::uint64_t Random::next() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::int64_t Random::below(std::int64_t bound) noexcept {
  const auto range = static_cast<std::uint64_t>(bound);
  // Numbers from the incomplete last stretch would make small results likelier.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % range;
  std::uint64_t drawn = next();
  while (drawn >= limit)
    drawn = next();
  return static_cast<std::int64_t>(drawn % range);
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) noexcept {
  return low + below(high - low + 1);
}

std::size_t Random::weighted(std::span<const int> weights) noexcept {
  std::int64_t total = 0;
  for (const int weight : weights)
    total += weight;
  std::int64_t drawn = below(total);
  std::size_t index = 0;
  while (drawn >= weights[index])
    drawn -= weights[index++];
  return index;
}

std::int64_t Random::shaped(std::initializer_list<Quantile> shape) noexcept {
  // A thousandth of a permille decides, so that steep stretches have no gaps that show.
  const std::int64_t drawn = below(1'000'000);
  const Quantile* left = shape.begin();
  const Quantile* right = left + 1;
  while (right + 1 != shape.end() && right->permille * 1000 <= drawn)
    left = right++;
  const std::int64_t width = (right->permille - left->permille) * 1000;
  return left->value + (right->value - left->value) * (drawn - left->permille * 1000) / width;
}

}  // namespace penstock::demo
