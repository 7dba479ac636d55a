// What statements have in common that differ in their values alone.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock {

/// 64 bits of a statement's shape, for those who count and compare statements of any SQL dialect: literals
/// and parameters count as one mark, lists of them as one, comments and blanks as nothing, words without
/// regard to case, quoted names as they are. By the text alone, so it is cheap, and of what is no SQL at all
/// there is one too. Not for security: two statements may be made to have the same. A backslash is no escape
/// except in PostgreSQL's E'...', so a text of MySQL's with `\'` in it may have a fingerprint of its own.
[[nodiscard]] std::uint64_t statement_fingerprint(std::string_view sql) noexcept;

}  // namespace penstock
