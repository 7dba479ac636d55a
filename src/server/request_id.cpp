#include "server/request_id.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <random>

#include "core/number_text.hpp"

namespace penstock::server {

std::string new_request_id() {
  static const std::uint32_t process = std::random_device{}();
  static std::atomic<std::uint64_t> count = 0;
  std::array<char, 2 * kMaxNumberText + 1> id;
  char* end = write_hex(id.data(), process, 8);
  *end++ = '-';
  end = write_hex(end, ++count, 1);
  return {id.data(), end};
}

}  // namespace penstock::server
