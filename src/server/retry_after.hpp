// When whoever is turned away may come again, as HTTP says it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "server/exchange.hpp"

namespace penstock::server {

/// In whole seconds (RFC 9110, 10.2.3), at least one: of a full queue nobody knows, and it changes quickly.
[[nodiscard]] inline HttpHeader retry_after(std::chrono::milliseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return {"Retry-After", std::to_string(std::max<std::int64_t>(1, seconds))};
}

}  // namespace penstock::server
