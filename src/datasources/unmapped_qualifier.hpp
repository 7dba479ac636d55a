// A name before a table that leads to no logical database.
#pragma once

#include <string>
#include <string_view>

#include "penstock/error.hpp"

namespace penstock {

/// The answer, in one wording wherever it is given: a database that the caller may not know of must not be
/// told from one that does not exist.
[[nodiscard]] inline Error unmapped_qualifier(std::string_view qualifier) {
  return fail(ErrorCode::forbidden,
              "'" + std::string(qualifier) +
                  "' is not a logical database; qualify tables by the names that are listed as databases")
      .error();
}

}  // namespace penstock
