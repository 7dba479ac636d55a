// Values as YAML text.
#pragma once

#include <string>
#include <string_view>

namespace penstock::importers {

/// In double quotes, on one line, whatever it holds.
[[nodiscard]] std::string quoted_yaml(std::string_view text);

/// Behind "key: ": a block of lines, `indent` spaces deep, where the text has several lines and a block can
/// hold them exactly; else in quotes. Ends with a line end.
[[nodiscard]] std::string yaml_value(std::string_view text, int indent);

}  // namespace penstock::importers
