// The .env format.
#pragma once

#include <string_view>

#include "config/configuration.hpp"
#include "config/problems.hpp"

namespace penstock::config {

/// What a .env file gives.
struct Dotenv {
  Environment values;
  VariableNames unreadable;  ///< names with a value that is malformed
};

/// Reads the lines of a .env file, as docs/configuration.md describes them: `KEY=value`, `export KEY=value`,
/// comments and blank lines; 'single quotes' literal; "double quotes" with the escapes \n \r \t \" \\ \$;
/// quoted values may span lines; a bare value is trimmed and ends before ` #`. Nothing in a value is
/// expanded. A line that is malformed is a problem and left out; so is a second value for a key. No message
/// shows a value.
[[nodiscard]] Dotenv parse_dotenv(std::string_view text, FileProblems& problems);

}  // namespace penstock::config
