// Why a run that an engine inside the process does is stopped.
#pragma once

#include <cstdint>

#include "penstock/error.hpp"

namespace penstock {

enum class RunStop : std::uint8_t { nothing, cancelled, timeout };

/// What the caller is told; not of `nothing`.
[[nodiscard]] inline Error error_of(RunStop reason) {
  Error error;
  error.sqlstate = "57014";
  if (reason == RunStop::timeout) {
    error.code = ErrorCode::timeout;
    error.message =
        "the statement did not end within its time limit and was stopped; narrow it, or allow it more time";
  } else {
    error.code = ErrorCode::cancelled;
    error.message = "the statement was cancelled";
  }
  return error;
}

}  // namespace penstock
