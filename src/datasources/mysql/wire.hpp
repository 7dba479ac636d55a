// Numbers and texts of the client/server protocol: little-endian, lengths in one to nine bytes.
// Source: https://mariadb.com/kb/en/protocol-data-types/
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::mysql {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie");

/// `bytes` holds at least sizeof(T).
template <std::integral T>
[[nodiscard]] T from_little_endian(std::string_view bytes) noexcept {
  T value = 0;
  bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
  return value;
}

/// Takes values from the front of a payload; nothing once it is shorter than what is asked for.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  template <std::integral T>
  [[nodiscard]] std::optional<T> take() noexcept {
    if (bytes_.size() < sizeof(T)) return std::nullopt;
    const T value = from_little_endian<T>(bytes_);
    bytes_.remove_prefix(sizeof(T));
    return value;
  }
  [[nodiscard]] std::optional<std::string_view> take_bytes(std::uint64_t count) noexcept {
    if (bytes_.size() < count) return std::nullopt;
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  /// A number in one, three, four or nine bytes. Nothing for 0xFB and 0xFF too, which are none.
  [[nodiscard]] std::optional<std::uint64_t> take_length() noexcept {
    const auto first = take<std::uint8_t>();
    if (!first) return std::nullopt;
    switch (*first) {
      case 0xFC:
        return take<std::uint16_t>();
      case 0xFD: {
        const auto low = take<std::uint16_t>();
        const auto high = low ? take<std::uint8_t>() : std::nullopt;
        if (!high) return std::nullopt;
        return *low | (static_cast<std::uint64_t>(*high) << 16U);
      }
      case 0xFE:
        return take<std::uint64_t>();
      case 0xFB:
      case 0xFF:
        return std::nullopt;
      default:
        return *first;
    }
  }
  /// A length and so many bytes.
  [[nodiscard]] std::optional<std::string_view> take_text() noexcept {
    const auto length = take_length();
    return length ? take_bytes(*length) : std::nullopt;
  }
  [[nodiscard]] std::string_view rest() const noexcept { return bytes_; }

 private:
  std::string_view bytes_;
};

/// Puts a number in as few bytes as take_length() reads.
inline void put_length(std::string& out, std::uint64_t length) {
  const auto put = [&](char first, std::size_t bytes) {
    out += first;
    out.append(reinterpret_cast<const char*>(&length), bytes);
  };
  if (length < 0xFB) {
    out += static_cast<char>(length);
  } else if (length <= 0xFFFF) {
    put('\xFC', 2);
  } else if (length <= 0xFFFFFF) {
    put('\xFD', 3);
  } else {
    put('\xFE', 8);
  }
}

}  // namespace penstock::mysql
