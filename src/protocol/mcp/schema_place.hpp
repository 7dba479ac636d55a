// Where in a value a validator is, written out when something is wrong there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace penstock::protocol::mcp {

/// A chain on the stack, from the inside out.
struct SchemaPlace {
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);

  const SchemaPlace* parent = nullptr;
  std::string_view name;
  std::size_t index = kNoIndex;  ///< of an element; else the name of a property counts

  /// "arguments.filter.columns[2]"
  [[nodiscard]] std::string text() const {
    std::string out = parent == nullptr ? std::string() : parent->text();
    if (index != kNoIndex) return out + "[" + std::to_string(index) + "]";
    if (!out.empty()) out += '.';
    return out += name;
  }
  [[nodiscard]] std::string inside(std::string_view property) const {
    return text() + "." + std::string(property);
  }
};

}  // namespace penstock::protocol::mcp
