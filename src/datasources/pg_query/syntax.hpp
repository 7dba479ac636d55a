// What libpg_query says of a statement that it cannot read, in words that help.
#pragma once

#include <string_view>

#include <pg_query.h>

#include "penstock/error.hpp"

namespace penstock::pg_query {

/// A `syntax_error` with line, column and, where one is likely, what was meant; `limit_exceeded` when the
/// parser's own bound was passed. The message quotes the statement at most.
[[nodiscard]] Error syntax_error(std::string_view sql, const PgQueryError& error);

}  // namespace penstock::pg_query
