// What may stand in front of a parenthesis: the built-in functions, reviewed, and the words of the grammar.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace penstock::mysql {

enum class WordUse : std::uint8_t {
  harmless,  ///< a built-in function that reads its arguments and the clock alone
  refused,   ///< a built-in function that does more
  grammar,   ///< no function: IN (...), DECIMAL(10, 2)
  unknown,   ///< a stored or loadable function, or a name
};

/// What a word is, whatever its case.
[[nodiscard]] WordUse use_of(std::string_view word) noexcept;

/// The tables behind use_of(), in capitals and in order.
[[nodiscard]] std::span<const std::string_view> harmless_functions() noexcept;
[[nodiscard]] std::span<const std::string_view> refused_functions() noexcept;
[[nodiscard]] std::span<const std::string_view> grammar_words() noexcept;
/// Why a function of refused_functions() is refused.
[[nodiscard]] std::string_view reason_for(std::string_view function) noexcept;

}  // namespace penstock::mysql
