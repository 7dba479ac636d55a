// Whether a node can be reached, as far as its pool knows.
#pragma once

#include <cstdint>
#include <optional>

#include "penstock/query.hpp"

namespace penstock::pool {

enum class NodeState : std::uint8_t {
  unknown,  ///< not contacted yet
  up,       ///< the last contact went well
  down,     ///< it cannot be reached; acquire() fails at once while this is known
};

struct NodeHealth {
  NodeState state = NodeState::unknown;
  Deadline::Clock::time_point since;  ///< when it came into this state; the clock's epoch while unknown
  std::optional<Error> last_failure;  ///< of a connect, also one that lies before `since`
  Deadline::Clock::time_point failed_at;
};

}  // namespace penstock::pool
