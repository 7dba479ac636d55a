// The error of a write that nobody knows the end of.
#pragma once

#include "penstock/error.hpp"

namespace penstock {

/// `outcome_unknown`, because of what came instead of the answer to a COMMIT; keeps what the server said.
[[nodiscard]] inline Error outcome_unknown(const Error& cause) {
  Error error = cause;
  error.code = ErrorCode::outcome_unknown;
  error.message =
      "the connection was lost while the write was being committed, so it may or may not have happened";
  error.hint = "Look at the data before writing again; Penstock does not repeat a write.";
  error.retryable = false;
  return error;
}

}  // namespace penstock
