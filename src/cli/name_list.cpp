#include "cli/name_list.hpp"

#include "cli/printable.hpp"
#include "formats/json_document.hpp"

namespace penstock::cli {

std::string name_list(std::span<const std::string> names, std::string_view key, ReportFormat format,
                      const Console& console) {
  if (format == ReportFormat::json) {
    JsonDocument json(console.out().is_terminal);
    return json.begin_object().member("success", true).member(key, names).end_object().take();
  }
  std::string text;
  for (const std::string& name : names) {
    text += console.out().is_terminal ? printable(name) : name;
    text += '\n';
  }
  return text;
}

}  // namespace penstock::cli
