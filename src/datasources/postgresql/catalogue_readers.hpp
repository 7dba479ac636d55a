// What tells of the catalogue's content without naming a relation of it.
#pragma once

#include <string_view>

namespace penstock::postgresql {

/// Whether a built-in function answers about objects of any schema: by their names, their numbers, or by what
/// exists. Pure; names as the catalogue holds them.
[[nodiscard]] bool function_reads_catalogue(std::string_view name) noexcept;
/// Whether a value of the built-in type is made by looking a name up, or a number.
[[nodiscard]] bool type_reads_catalogue(std::string_view name) noexcept;

}  // namespace penstock::postgresql
