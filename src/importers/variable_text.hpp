// Texts of other systems that name variables, in our way of writing them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace penstock::importers {

/// How a system writes variables in its values.
enum class VariableStyle : std::uint8_t {
  with_defaults,     ///< `${NAME}` and `${NAME:default}`, as MCP Toolbox has them
  without_defaults,  ///< `${NAME}` alone, as DBHub has it
};

struct VariableText {
  std::string text;                                    ///< to be written into one of our files
  std::set<std::string, std::less<>> variables;        ///< that it names
  std::set<std::string, std::less<>> without_default;  ///< those of them that must be set
  /// The variable, when the text is one reference and nothing else, and its default.
  std::optional<std::string> whole;
  std::optional<std::string> whole_default;
};

/// Every other dollar is kept as one, `$1` and `$$` among them.
[[nodiscard]] VariableText read_variables(std::string_view foreign, VariableStyle style);

/// A text without variables: as it is when written into one of our files.
[[nodiscard]] std::string without_variables(std::string_view literal);

}  // namespace penstock::importers
