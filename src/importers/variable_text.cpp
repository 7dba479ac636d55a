#include "importers/variable_text.hpp"

#include <utility>

#include "config/interpolation.hpp"

namespace penstock::importers {

namespace {

struct Reference {
  std::string_view name;
  std::optional<std::string_view> fallback;
  std::size_t size = 0;  // of all of it, in bytes
};

// The reference that the text begins with.
std::optional<Reference> read_reference(std::string_view text, VariableStyle style) {
  if (!text.starts_with("${")) return std::nullopt;
  const std::size_t end = text.find('}');
  if (end == std::string_view::npos) return std::nullopt;
  Reference reference{text.substr(2, end - 2), std::nullopt, end + 1};
  const std::size_t colon = reference.name.find(':');
  if (style == VariableStyle::with_defaults && colon != std::string_view::npos) {
    reference.fallback = reference.name.substr(colon + 1);
    reference.name = reference.name.substr(0, colon);
  }
  if (!config::is_variable_name(reference.name)) return std::nullopt;
  return reference;
}

}  // namespace

std::string without_variables(std::string_view literal) {
  std::string out;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    out += literal[i];
    if (literal[i] != '$') continue;
    // What stands behind the text is not known, so a dollar at its end is doubled too.
    const char next = i + 1 < literal.size() ? literal[i + 1] : '$';
    if (next == '$' || next == '{') out += '$';
  }
  return out;
}

VariableText read_variables(std::string_view foreign, VariableStyle style) {
  VariableText result;
  std::size_t literal = 0;  // where what is not written yet begins
  std::size_t at = foreign.find("${");
  while (at != std::string_view::npos) {
    const auto reference = read_reference(foreign.substr(at), style);
    if (!reference) {
      at = foreign.find("${", at + 1);
      continue;
    }
    result.text += without_variables(foreign.substr(literal, at - literal));
    result.text.append("${").append(reference->name);
    result.variables.emplace(reference->name);
    if (!reference->fallback) result.without_default.emplace(reference->name);
    if (reference->fallback) {
      // `:-` begins a default, too, so one that begins with a dash needs both.
      result.text += reference->fallback->starts_with('-') ? ":-" : ":";
      result.text += without_variables(*reference->fallback);
    }
    result.text += '}';
    if (at == 0 && reference->size == foreign.size()) {
      result.whole = std::string(reference->name);
      if (reference->fallback) result.whole_default = std::string(*reference->fallback);
    }
    literal = at + reference->size;
    at = foreign.find("${", literal);
  }
  result.text += without_variables(foreign.substr(literal));
  return result;
}

}  // namespace penstock::importers
