// The `parameters:` of a tool.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/text.hpp"
#include "config/tools.hpp"

namespace penstock::config {

/// Where parameters stand, for mistakes that are found later.
struct ParameterPlaces {
  std::map<std::string, Place, std::less<>> by_name;
  bool complete = true;  ///< every parameter has a name
};

/// Reads and checks the list. Mistakes are reported to the reader's problems.
[[nodiscard]] std::vector<ToolParameter> read_tool_parameters(const Node& list, ParameterPlaces& places,
                                                              ValueReader& reader);

}  // namespace penstock::config
