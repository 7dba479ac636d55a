// tools.yaml: tools of the operator's own, each a statement with typed parameters.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/settings.hpp"
#include "penstock/value.hpp"

#include "config/tool_values.hpp"

namespace penstock::config {

class ValueReader;
struct Node;
struct DatasourceReading;

/// One parameter of a tool. Values given here are of its `type`.
struct ToolParameter {
  std::string name;
  TypeId type = TypeId::string;  ///< of what is bound; int64, float64, string, boolean, decimal, date, ...
  std::string description;
  bool required = true;  ///< false: `default_value`, or null, stands in for it
  std::optional<Value> default_value;
  std::vector<Value> allowed_values;  ///< none: any
  std::optional<Value> minimum;       ///< int64, float64, decimal, dates and times
  std::optional<Value> maximum;
  std::optional<Pattern> pattern;          ///< string
  std::optional<std::int64_t> max_length;  ///< string: in characters
  friend bool operator==(const ToolParameter&, const ToolParameter&) = default;
};

/// Names that tools of Penstock's own have.
inline constexpr std::array<std::string_view, 5> kReservedToolNames{
    "list_databases", "search_schema", "execute_query", "validate_databases", "explain_query"};

/// How the parameters of a tool are bound: what its statement has.
enum class ToolBinding : std::uint8_t {
  by_position,  ///< `$1`, `?`, or none: in the order of `parameters`
  by_name,      ///< `:name`, `@name` or `$name`
};

struct ToolConfig {
  std::string name;
  std::string description;
  std::string database;  ///< logical
  std::string statement;
  ToolBinding binding = ToolBinding::by_position;
  std::vector<ToolParameter> parameters;
  std::optional<std::int64_t> max_rows;  ///< tightens the server's
  friend bool operator==(const ToolConfig&, const ToolConfig&) = default;
};

/// Reads and checks the whole file. Whatever is wrong is reported to the reader's problems. `datasources` are
/// those of datasources.yaml, as far as they could be read: a tool's database must be one of theirs.
[[nodiscard]] std::vector<ToolConfig> read_tools(const Node& root,
                                                 std::span<const DatasourceReading> datasources,
                                                 std::span<const TypeSpec> types, ValueReader& reader);

/// The name of a parameter's type as tools.yaml has it: "string", "integer", ...
[[nodiscard]] std::string_view tool_type_name(TypeId type) noexcept;

}  // namespace penstock::config
