// What a SQLite file holds: tables, columns, keys, indexes.
#pragma once

#include <string_view>

#include "penstock/catalog.hpp"
#include "penstock/error.hpp"

#include "datasources/sqlite/session.hpp"

namespace penstock::sqlite {

/// Of the session's own database; of one table or view when `table` is not empty, in any case. A fixed number
/// of statements, and two for each view and virtual table. SQLite has no comments: they are read from the
/// text of the definition, see comments_of(). `estimated_rows` is what ANALYZE counted, and not set before.
/// Errors: as Connection::introspect().
[[nodiscard]] Result<DatabaseSchema> read_schema(Session& session, std::string_view table);

}  // namespace penstock::sqlite
