// Reading PostgreSQL's binary representation: big-endian, bounds checked.
// Source: https://www.postgresql.org/docs/15/protocol-overview.html and the types' send functions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

namespace penstock::postgresql {

template <typename T>
[[nodiscard]] T from_big_endian(const char* at) noexcept {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t,
                                  std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint16_t>>;
  Bits bits;
  std::memcpy(&bits, at, sizeof bits);
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof(T) == 8) bits = __builtin_bswap64(bits);
    if constexpr (sizeof(T) == 4) bits = __builtin_bswap32(bits);
    if constexpr (sizeof(T) == 2) bits = __builtin_bswap16(bits);
  }
  return std::bit_cast<T>(bits);
}

/// Takes values from the front of a piece of memory. Reading beyond its end gives nothing, and nothing ever
/// after.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  template <typename T>
  [[nodiscard]] std::optional<T> take() noexcept {
    if (bytes_.size() < sizeof(T)) {
      bytes_ = {};
      return std::nullopt;
    }
    const T value = from_big_endian<T>(&bytes_.front());
    bytes_.remove_prefix(sizeof(T));
    return value;
  }
  [[nodiscard]] std::optional<std::string_view> take_bytes(std::size_t count) noexcept {
    if (bytes_.size() < count) {
      bytes_ = {};
      return std::nullopt;
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] std::string_view rest() const noexcept { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace penstock::postgresql
