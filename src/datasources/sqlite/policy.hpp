// What a statement may use of SQLite: reviewed tables of its functions, pragmas and virtual table modules.
//
// A test holds these tables against the library itself (pragma_function_list, pragma_pragma_list,
// pragma_module_list): what a new release of SQLite adds is refused until somebody has read what it does.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace penstock::sqlite {

enum class Verdict : std::uint8_t {
  allowed,
  in_triggers,  ///< reads what the session did before: only within a trigger, where that is the statement
                ///< itself
  refused,
};

struct FunctionRule {
  std::string_view name;
  Verdict verdict = Verdict::refused;
  std::string_view reason;  ///< why it is not allowed; empty when it is
};

enum class PragmaUse : std::uint8_t {
  reads_value,   ///< without an argument it tells a value; with one it would set it
  names_object,  ///< its argument names a table or an index
  refused,
};

struct PragmaRule {
  std::string_view name;
  PragmaUse use = PragmaUse::refused;
  std::string_view reason;
};

/// Every function of the library, sorted by name.
[[nodiscard]] std::span<const FunctionRule> function_rules() noexcept;
/// Null for a function that nobody has reviewed. `name` in small letters, as SQLite's authorizer gives it.
[[nodiscard]] const FunctionRule* find_function_rule(std::string_view name) noexcept;

/// Every pragma of the library, sorted by name.
[[nodiscard]] std::span<const PragmaRule> pragma_rules() noexcept;
/// In any case; null for a pragma that nobody has reviewed.
[[nodiscard]] const PragmaRule* find_pragma_rule(std::string_view name) noexcept;

/// The modules that stay registered in a session: an existing virtual table of another cannot be read.
[[nodiscard]] std::span<const char* const> kept_modules() noexcept;
/// Whether read_write access may create virtual tables of this module; in any case.
[[nodiscard]] bool may_create_with_module(std::string_view module) noexcept;

}  // namespace penstock::sqlite
