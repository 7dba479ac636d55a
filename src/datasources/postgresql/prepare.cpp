// Preparing a statement: what it returns, and how each column of that is asked for.

#include <charconv>
#include <utility>

#include "datasources/postgresql/connection.hpp"
#include "datasources/postgresql/errors.hpp"
#include "datasources/postgresql/wire.hpp"

namespace penstock::postgresql {

namespace {

// What a server says of a statement: ParameterDescription and RowDescription.
struct Description {
  std::vector<Oid> parameters;
  std::vector<std::string> names;
  std::vector<Oid> types;
  std::vector<std::int32_t> modifiers;
};

bool read_parameters(std::string_view body, Description& description) {
  WireReader reader(body);
  const auto count = reader.take<std::uint16_t>();
  if (!count) return false;
  for (int i = 0; i < *count; ++i) {
    const auto type = reader.take<std::uint32_t>();
    if (!type) return false;
    description.parameters.push_back(*type);
  }
  return true;
}

bool read_columns(std::string_view body, Description& description) {
  WireReader reader(body);
  const auto count = reader.take<std::uint16_t>();
  if (!count) return false;
  for (int i = 0; i < *count; ++i) {
    const std::size_t end = reader.rest().find('\0');
    const auto name = reader.take_bytes(end == std::string_view::npos ? reader.rest().size() + 1 : end);
    constexpr std::size_t kTableAndColumn = 1 + 4 + 2;  // and the NUL before them
    const bool table = reader.take_bytes(kTableAndColumn).has_value();
    const auto type = reader.take<std::uint32_t>();
    const bool size = reader.take<std::int16_t>().has_value();
    const auto modifier = reader.take<std::int32_t>();
    const bool format = reader.take<std::int16_t>().has_value();
    if (!name || !table || !type || !size || !modifier || !format) return false;
    description.names.emplace_back(*name);
    description.types.push_back(*type);
    description.modifiers.push_back(*modifier);
  }
  return true;
}

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
  request_begin(execution, write);
  request.parse(name, execution.sql);
  request.describe(name);
  request.sync();
  const Deadline deadline = with_grace(execution.deadline);
  Result<PreparedStatementPtr> statement;
  if (auto begun = finish_begin(deadline); !begun) {
    statement = pass_error(begun);
  } else {
    statement = read_description(std::move(name), deadline);
  }
  if (!statement) return std::unexpected(failed(std::move(statement.error()), execution.deadline));
  if (kept) statements_.insert(execution.database, execution.sql, *statement);
  return statement;
}

Result<PreparedStatementPtr> PostgresConnection::read_description(std::string name, Deadline deadline) {
  Description description;
  for (bool described = false; !described;) {
    auto message = session_->next(deadline);
    if (!message) return pass_error(message);
    if (message->type == 'E') return std::unexpected(session_->error_of(*message));
    if (message->type == 'Z') return session_->protocol_error("the end of the unit before a description");
    if (message->type == 't' && !read_parameters(message->body, description)) {
      return session_->protocol_error("a malformed ParameterDescription");
    }
    if (message->type == 'T' && !read_columns(message->body, description)) {
      return session_->protocol_error("a malformed RowDescription");
    }
    described = message->type == 'T' || message->type == 'n';
  }
  if (auto drained = session_->drain(deadline); !drained) return pass_error(drained);
  if (auto learnt = learn_types(description.types, deadline); !learnt) return pass_error(learnt);

  auto statement = std::make_shared<PreparedStatement>();
  statement->name = std::move(name);
  statement->parameters = std::move(description.parameters);
  std::vector<Field> fields;
  for (std::size_t i = 0; i < description.types.size(); ++i) {
    const Codec* codec = types_.find(description.types[i]);
    if (codec == nullptr) codec = &text_codec();
    statement->codecs.push_back(codec);
    statement->formats.push_back(codec->format);
    fields.push_back({std::move(description.names[i]), codec->type, true,
                      native_type(description.types[i], *codec, description.modifiers[i])});
  }
  statement->schema = std::make_shared<const Schema>(std::move(fields));
  return statement;
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
