// Which functions a statement may call, by name.
//
// A name stands for all its overloads, in every schema where it may be looked up; whether another function
// hides behind a name that is allowed here is for CodeMap to find out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::postgresql {

enum class FunctionVerdict : std::uint8_t {
  unknown,
  allowed,
  writes,   ///< allowed where the access is read_write (nextval)
  setting,  ///< allowed for the settings that SHOW may show (current_setting)
  refused,
};

struct FunctionRule {
  FunctionVerdict verdict = FunctionVerdict::unknown;
  std::string_view reason;     ///< when refused: completes "the function ..."
  std::string_view extension;  ///< whose it is; empty: PostgreSQL's own
  bool internal = false;  ///< when refused: only because it is not meant to be called, like an input function
};

/// Of pg_catalog. Names are compared as the catalogue holds them, in lower case. Thread-safe.
[[nodiscard]] FunctionRule builtin_function(std::string_view name);
/// Of a reviewed extension. Thread-safe.
[[nodiscard]] FunctionRule extension_function(std::string_view name);
/// Whether a relation of that name belongs to a reviewed extension and may be read. Thread-safe.
[[nodiscard]] bool extension_relation(std::string_view name);
/// Names of built-in types, which may be called like functions to cast: date('2024-02-29'). Thread-safe.
[[nodiscard]] bool builtin_type(std::string_view name);
/// The reviewed extensions of which something is allowed.
[[nodiscard]] std::vector<std::string_view> known_extensions();
/// The allowed function names, of PostgreSQL and, when asked for, of the reviewed extensions.
[[nodiscard]] std::vector<std::string> allowed_functions(bool with_extensions);
/// The names that are refused for what the functions do, of PostgreSQL and of the reviewed extensions.
[[nodiscard]] std::vector<std::string> refused_functions();
/// The names of pg_catalog that are known at all, allowed or not.
[[nodiscard]] std::vector<std::string> builtin_functions();

}  // namespace penstock::postgresql
