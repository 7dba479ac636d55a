// What a server says of a prepared statement: ParameterDescription and RowDescription.
// Source: https://www.postgresql.org/docs/15/protocol-message-formats.html
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasources/postgresql/session.hpp"
#include "datasources/postgresql/statement_cache.hpp"

namespace penstock::postgresql {

struct Description {
  std::vector<Oid> parameters;
  std::vector<std::string> names;  ///< of the columns; none when it returns no rows
  std::vector<Oid> types;
  std::vector<std::int32_t> modifiers;
};

/// The answer to Parse and Describe of one statement. Errors: Session::next()'s, and the server's.
[[nodiscard]] Result<Description> read_description(Session& session, Deadline deadline);

/// The statement, with its columns read as their types are known; text where they are not.
[[nodiscard]] PreparedStatementPtr make_statement(std::string name, Description description,
                                                  const TypeMap& types);

}  // namespace penstock::postgresql
