// Bytes looked at 16 at a time.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace penstock {

inline constexpr std::size_t kByteBlock = 16;

/// Where in a block the first byte is that `is_wanted` holds of; kByteBlock: nowhere. Of
/// an `is_wanted` without branches the compiler makes vector instructions.
template <typename IsWanted>
[[nodiscard]] std::size_t find_in_block(std::span<const char, kByteBlock> block,
                                        const IsWanted& is_wanted) noexcept {
  std::array<std::uint8_t, kByteBlock> wanted{};
  for (std::size_t i = 0; i < kByteBlock; ++i)
    wanted[i] = static_cast<std::uint8_t>(is_wanted(static_cast<unsigned char>(block[i])));
  std::array<std::uint64_t, 2> halves{};
  static_assert(sizeof halves == kByteBlock);
  std::memcpy(halves.data(), wanted.data(), kByteBlock);
  for (std::size_t half = 0; half < halves.size(); ++half) {
    if (halves[half] == 0) continue;
    const int bits = std::endian::native == std::endian::little ? std::countr_zero(halves[half])
                                                                : std::countl_zero(halves[half]);
    return half * sizeof(std::uint64_t) + static_cast<std::size_t>(bits) / 8;
  }
  return kByteBlock;
}

}  // namespace penstock
