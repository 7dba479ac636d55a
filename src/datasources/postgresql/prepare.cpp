// Preparing a statement: what it returns, and how each column of that is asked for.

#include <charconv>
#include <utility>

#include "datasources/postgresql/connection.hpp"
#include "datasources/postgresql/description.hpp"
#include "datasources/postgresql/errors.hpp"

namespace penstock::postgresql {

namespace {

std::string numbers_of(const std::vector<Oid>& types) {
  std::string out("{");
  for (const Oid type : types)
    out.append(out.size() == 1 ? "" : ",").append(std::to_string(type));
  return out + "}";
}

Oid oid_of(const std::optional<std::string>& text) {
  Oid oid = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), oid);
  return oid;
}

// The types, and what they are made of.
constexpr std::string_view kTypesQuery =
    "WITH RECURSIVE wanted(oid) AS ("
    "SELECT pg_catalog.unnest($1::pg_catalog.oid[]) UNION "
    "SELECT p.oid FROM wanted w JOIN pg_catalog.pg_type t ON t.oid = w.oid "
    "CROSS JOIN LATERAL (VALUES (t.typbasetype), (CASE WHEN t.typcategory = 'A' THEN t.typelem END)) AS "
    "p(oid) "
    "WHERE p.oid <> 0) "
    "SELECT t.oid::pg_catalog.int8, t.typtype, "
    "CASE WHEN t.typcategory = 'A' AND t.typtype <> 'd' THEN t.typelem ELSE 0 END::pg_catalog.int8, "
    "t.typbasetype::pg_catalog.int8, pg_catalog.format_type(t.oid, NULL), e.extname FROM wanted w JOIN "
    "pg_catalog.pg_type t ON t.oid = w.oid LEFT JOIN pg_catalog.pg_depend d ON d.objid = t.oid "
    "AND d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.deptype = 'e' "
    "AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass "
    "LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid";

}  // namespace

Result<void> check_parameters(const PreparedStatement& statement, const Params& params,
                              const TypeMap& types) {
  if (params.size() != statement.parameters.size()) {
    return fail(ErrorCode::invalid_argument,
                "the statement has " + std::to_string(statement.parameters.size()) + " parameters, but " +
                    std::to_string(params.size()) + " values were given");
  }
  for (std::size_t i = 0; i < params.size(); ++i) {
    const Codec* codec = types.find(statement.parameters[i]);
    if (codec == nullptr) continue;  // the server's input function decides
    const bool list = params[i].type() == TypeId::list;
    const bool bytes = params[i].type() == TypeId::bytes;
    const bool wrong = (list && codec->type.id != TypeId::list && codec->format != Format::text) ||
                       (bytes && codec->type.id != TypeId::bytes);
    // As text they would pass wherever text does, and mean something else.
    if (wrong) {
      return fail(ErrorCode::invalid_argument, "parameter $" + std::to_string(i + 1) + " is " +
                                                   (list ? "a list" : "bytes") +
                                                   ", where the statement needs " + codec->type.name());
    }
  }
  return {};
}

// Leaves the transaction open that it began, unless it fails.
Result<PreparedStatementPtr> PostgresConnection::prepare(const Execution& execution, bool write) {
  // What defines something is not worth keeping.
  const bool kept = !write || execution.analysis.kind != StatementKind::define;
  std::string name = kept ? statements_.new_name() : std::string();
  Request& request = session_->request();
  for (const std::string& dropped : statements_.take_dropped())
    request.close(dropped);
  const BeginAsked asked = request_begin(execution, write);
  request.parse(name, execution.sql);
  request.describe(name);
  request.sync();
  const Deadline deadline = with_grace(execution.deadline);
  Result<PreparedStatementPtr> statement;
  if (auto begun = finish_begin(asked, deadline); !begun) {
    statement = pass_error(begun);
  } else {
    statement = finish_prepare(std::move(name), deadline);
  }
  if (!statement) return std::unexpected(failed(std::move(statement.error()), execution.deadline));
  if (kept) statements_.insert(id_of(execution), *statement);
  return statement;
}

Result<PreparedStatementPtr> PostgresConnection::finish_prepare(std::string name, Deadline deadline) {
  auto description = read_description(*session_, deadline);
  if (!description) return pass_error(description);
  if (auto drained = session_->drain(deadline); !drained) return pass_error(drained);
  if (auto learnt = learn_types(description->types, deadline); !learnt) return pass_error(learnt);
  return make_statement(std::move(name), std::move(*description), types_);
}

Result<void> PostgresConnection::learn_types(const std::vector<Oid>& types, Deadline deadline) {
  std::vector<Oid> unknown;
  for (const Oid type : types) {
    if (types_.find(type) == nullptr) unknown.push_back(type);
  }
  if (unknown.empty()) return {};
  session_->request().query(kTypesQuery, {numbers_of(unknown)});
  session_->request().sync();
  auto rows = session_->finish_query(deadline);
  if (!rows) return pass_error(rows);
  std::vector<CatalogType> found;
  for (const auto& row : *rows) {
    found.push_back({.oid = oid_of(row[0]),
                     .name = row[4].value_or(""),
                     .kind = row[1].value_or("b").front(),
                     .element = oid_of(row[2]),
                     .base = oid_of(row[3]),
                     .extension = row[5].value_or("")});
  }
  types_.learn(found);
  return session_->drain(deadline);
}

}  // namespace penstock::postgresql
