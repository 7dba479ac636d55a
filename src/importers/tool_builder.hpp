// Tools of other systems as tools of ours: a statement with typed parameters.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/yaml.hpp"
#include "importers/plan.hpp"

namespace penstock::importers {

/// Why a tool, or a part of it, cannot be carried over.
struct Refusal {
  config::Place where;
  std::string why;
  std::string instead;
};

/// What the keys of a parameter are called. Empty: the system has none such.
struct ParameterNames {
  std::string_view allowed_values;
  std::string_view excluded_values;
  std::string_view minimum;
  std::string_view maximum;
  /// Texts among the allowed values may be regular expressions, which a value need only contain.
  bool values_are_expressions = false;
};

/// One parameter. What would let more values through than before is refused.
[[nodiscard]] std::expected<PlannedParameter, Refusal> carry_parameter(const config::Node& node,
                                                                       const ParameterNames& names,
                                                                       Plan& plan);

/// The tool that a map describes by `description`, `statement` and `parameters`; its other keys are the
/// caller's.
[[nodiscard]] std::expected<PlannedTool, Refusal> carry_tool(std::string_view name, std::string_view source,
                                                             const config::Node& node, config::Place place,
                                                             const ParameterNames& names, Plan& plan);

/// The text of a scalar; empty when there is none.
[[nodiscard]] std::string_view text_at(const config::Node& map, std::string_view key) noexcept;

}  // namespace penstock::importers
