// How the command ends, as a script sees it. docs/cli.md lists the same.
#pragma once

#include <cstdint>

#include "penstock/error.hpp"

namespace penstock::cli {

/// A command that a signal ended is not among them: it ends by that very signal (see Interrupts), which a
/// shell shows as 128 + its number.
enum class ExitStatus : std::uint8_t {
  done = 0,
  failed = 1,       ///< the query, or what was asked for, failed
  usage = 2,        ///< the command line or the configuration is wrong
  unreachable = 3,  ///< a datasource cannot be reached, or is disabled
};

/// The status for a failure at the datasource.
[[nodiscard]] constexpr ExitStatus exit_status_of(ErrorCode code) noexcept {
  return code == ErrorCode::unavailable ? ExitStatus::unreachable : ExitStatus::failed;
}

}  // namespace penstock::cli
