// Where a statement's text comes from.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "penstock/error.hpp"

namespace penstock::cli {

/// More than any statement that a person or a program would write.
inline constexpr std::size_t kMaxStatementBytes = std::size_t{16} << 20;

/// What the command line said; at most one of the two is set.
struct StatementSource {
  std::optional<std::string> sql;   ///< the text itself; "-" is standard input
  std::optional<std::string> file;  ///< a path; "-" is standard input
};

/// The text, without a byte order mark. With neither set it comes from standard input, unless that is a
/// terminal. `invalid_argument` when both are set, the file cannot be read, or the text is larger than
/// kMaxStatementBytes.
[[nodiscard]] Result<std::string> read_statement(const StatementSource& source);

}  // namespace penstock::cli
