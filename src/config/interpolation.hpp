// `${NAME}` and its kin in the values of the configuration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"

namespace penstock::config {

/// A value with its placeholders replaced.
struct Expansion {
  std::string text;
  std::vector<std::string> used;  ///< variables whose values are in `text`, in their order
  std::vector<std::string>
      unset;  ///< variables that have neither value nor default, in their order, each once
  std::vector<std::string> mistakes;  ///< what is wrong with the placeholders; never shows the value
};

/// Replaces placeholders, from left to right, once: what a variable holds is not looked at again.
///   `${NAME}`            the variable's value, which may be empty
///   `${NAME:default}`    the default when the variable is not set; an empty variable is set
///   `${NAME:-default}`   the same
///   `$$`                 one dollar; any other lone `$` stays as it is
/// A name is a letter or `_`, then letters, digits and `_`. A default ends at the first `}` that does not
/// belong to a placeholder inside it; its own placeholders are replaced when it is used, at most kMaxNesting
/// deep.
[[nodiscard]] Expansion expand(std::string_view text, const Environment& variables);

inline constexpr int kMaxNesting = 8;

/// Whether `name` can name a variable.
[[nodiscard]] bool is_variable_name(std::string_view name) noexcept;

}  // namespace penstock::config
