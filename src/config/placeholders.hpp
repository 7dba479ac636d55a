// The parameters that a statement has, by their marks.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/settings.hpp"

namespace penstock::config {

struct Placeholders {
  std::int64_t questions = 0;      ///< how many `?`
  std::set<std::int64_t> numbers;  ///< N of `$N` and `?N`
  std::vector<std::string> names;  ///< of `:name`, `@name` and `$name`, each once, in their order
};

/// Finds them outside of texts, quoted names and comments. A statement that no engine would take may be read
/// any way.
[[nodiscard]] Placeholders find_placeholders(std::string_view statement, ParameterMarks marks);

}  // namespace penstock::config
