#include "server/request_id.hpp"

#include <atomic>
#include <cstdint>
#include <random>

#include <fmt/format.h>

namespace penstock::server {

std::string new_request_id() {
  static const std::uint32_t process = std::random_device{}();
  static std::atomic<std::uint64_t> count = 0;
  return fmt::format("{:08x}-{:x}", process, ++count);
}

}  // namespace penstock::server
