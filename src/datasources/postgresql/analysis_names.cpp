// Checks of what a statement names.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "core/nearest.hpp"
#include "datasources/postgresql/analysis_checks.hpp"
#include "datasources/postgresql/catalogue_readers.hpp"
#include "datasources/postgresql/functions.hpp"
#include "datasources/unmapped_qualifier.hpp"

namespace penstock::postgresql {

namespace {

using Kind = SchemaMeaning::Kind;

template <typename Node>
const Node& as(const ProtobufCMessage& message) {
  return *reinterpret_cast<const Node*>(&message);
}

std::string qualified(std::string_view schema, std::string_view name) {
  return schema.empty() ? std::string(name) : std::string(schema) + "." + std::string(name);
}

std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names) {
  const auto nearest = nearest_name(wanted, names);
  return nearest ? "did you mean " + std::string(*nearest) + "?" : std::string();
}

/// A qualified name's parts; `schema` and `database` empty when not written.
struct Name {
  std::string_view database;
  std::string_view schema;
  std::string_view name;
};

std::optional<Name> name_of(PgQuery__Node* const* nodes, std::size_t count) {
  const auto parts = strings_of(nodes, count);
  if (!parts || parts->empty() || parts->size() > 3) return std::nullopt;
  Name name;
  name.name = parts->back();
  if (parts->size() > 1) name.schema = (*parts)[parts->size() - 2];
  if (parts->size() > 2) name.database = parts->front();
  return name;
}

/// The text of a string literal, a cast of one looked through; nothing for anything else.
std::optional<std::string_view> literal_text(const PgQuery__Node& node) {
  const PgQuery__Node* inner = &node;
  if (inner->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) inner = inner->type_cast->arg;
  if (inner == nullptr || inner->node_case != PG_QUERY__NODE__NODE_A_CONST) return std::nullopt;
  const PgQuery__AConst& value = *inner->a_const;
  if (value.isnull != 0 || value.val_case != PG_QUERY__A__CONST__VAL_SVAL) return std::nullopt;
  return value.sval->sval;
}

}  // namespace

bool NameChecks::database(TreeCheck& tree, std::string_view name) {
  if (name.empty() || name == tree.rules_.policy().database) return true;
  return tree.refuse(ErrorCode::forbidden,
                     "'" + std::string(name) +
                         "' is another database of the server, and a statement can only read " +
                         "the one it runs in",
                     "write the schema and the name, or the name alone");
}

/// A schema that is neither the catalogue's nor an extension's.
bool NameChecks::schema_of(TreeCheck& tree, std::string_view schema) {
  const SchemaMeaning meaning = tree.rules_.schema(schema);
  switch (meaning.kind) {
    case Kind::path:
      return true;
    case Kind::mapped:
      tree.add_qualifier(meaning.logical);
      return true;
    case Kind::unmapped:
      tree.add_qualifier(schema);  // the manager knows that it is no database, and says so
      return true;
    case Kind::mistaken:
      if (!is_granted(tree.request_.grant, meaning.logical)) return tree.refuse(unmapped_qualifier(schema));
      return tree.refuse(ErrorCode::forbidden,
                         "'" + std::string(schema) + "' is not a schema of a database here",
                         "the tables of " + std::string(meaning.logical) + " are in the schema " +
                             std::string(meaning.physical));
    case Kind::extensions:
      return tree.refuse(ErrorCode::forbidden, "the schema " + std::string(schema) +
                                                   " is open for what belongs to extensions only");
    case Kind::catalogue:
    case Kind::information:
    case Kind::hidden:
      break;
  }
  return tree.refuse(ErrorCode::forbidden, "the schema " + std::string(schema) +
                                               " is PostgreSQL's own and closed to this statement");
}

bool NameChecks::catalog_relation(TreeCheck& tree, std::string_view schema, std::string_view name) {
  const bool information = schema == "information_schema";
  if (information ? information_relation_allowed(name) : catalog_relation_allowed(name)) {
    tree.analysis_.reads_catalogue = true;
    return true;
  }
  if (!information && name == "pg_proc") {
    return tree.refuse(ErrorCode::forbidden, "pg_proc holds the bodies of functions and is closed",
                       "information_schema.routines lists the functions");
  }
  return tree.refuse(ErrorCode::forbidden,
                     qualified(schema, name) +
                         " is not one of the catalogue's relations that are open: they hold " +
                         "no secrets, no files and no values of other people",
                     did_you_mean(qualified(information ? schema : "", name), readable_catalog()));
}

bool NameChecks::relation(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& relation = as<PgQuery__RangeVar>(message);
  const std::string_view schema = relation.schemaname;
  const std::string_view name = relation.relname;
  if (std::strcmp(relation.relpersistence, "t") == 0) {
    return tree.refuse(ErrorCode::forbidden,
                       "temporary tables are not allowed: the session belongs to the next query",
                       "use WITH name AS (SELECT ...) instead");
  }
  if (!database(tree, relation.catalogname)) return false;
  switch (tree.rules_.schema(schema).kind) {
    case Kind::path:
      if (tree.is_cte(name)) return true;
      // pg_catalog comes first in every search path, and all its relations are named so.
      if (name.starts_with("pg_")) return catalog_relation(tree, "", name);
      break;
    case Kind::catalogue:
    case Kind::information:
      return catalog_relation(tree, schema, name);
    case Kind::extensions:
      if (!extension_relation(name)) return schema_of(tree, schema);
      break;
    default:
      if (!schema_of(tree, schema)) return false;
  }
  tree.add_name(CatalogName::Kind::relation, schema, name);
  tree.relations_.push_back(&relation);
  return true;
}

bool NameChecks::target(TreeCheck& tree, const PgQuery__RangeVar* relation) {
  if (relation == nullptr) return true;
  const std::string_view schema = relation->schemaname;
  const std::string_view name = relation->relname;
  const Kind kind = tree.rules_.schema(schema).kind;
  const bool writable = kind == Kind::mapped || kind == Kind::unmapped || kind == Kind::mistaken ||
                        (kind == Kind::path && !name.starts_with("pg_"));
  if (writable) return true;
  return tree.refuse(ErrorCode::forbidden, qualified(schema, name) + " is not a table that may be changed");
}

bool NameChecks::object(TreeCheck& tree, PgQuery__Node* const* names, std::size_t count,
                        std::size_t inner_parts) {
  if (count <= inner_parts) return tree.refuse(ErrorCode::forbidden, "the statement names nothing to change");
  const auto name = name_of(names, count - inner_parts);
  if (!name) return tree.refuse(ErrorCode::forbidden, "the statement names something in an unusual way");
  if (!database(tree, name->database)) return false;
  if (name->schema.empty() && name->name.starts_with("pg_")) return schema_of(tree, "pg_catalog");
  return schema_of(tree, name->schema);
}

bool NameChecks::column(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& reference = as<PgQuery__ColumnRef>(message);
  if (reference.n_fields < 2) return true;
  const PgQuery__Node& last = *reference.fields[reference.n_fields - 1];
  return last.node_case != PG_QUERY__NODE__NODE_STRING || field(tree, last.string->sval);
}

/// `x.name` calls name(x) when x has no such column. And x need not be a row:
/// ('/etc/passwd'::text).pg_read_file reads the file, as `FROM concat('/etc/passwd') x` makes x.pg_read_file
/// do. An input function is no danger here, though not meant to be called: those that are take more than the
/// value.
bool NameChecks::field(TreeCheck& tree, std::string_view name) {
  using enum FunctionVerdict;
  if (tree.rules_.allows_function("", name, tree.own_schema_)) {
    tree.add_name(CatalogName::Kind::function, "", name);
    if (builtin_function(name).verdict != unknown) tree.analysis_.may_leave_state = true;
    return true;
  }
  tree.add_name(CatalogName::Kind::field, "", name);
  tree.analysis_.reads_catalogue |= function_reads_catalogue(name);
  const FunctionRule rule = builtin_function(name);
  const bool dangerous = rule.verdict == writes || rule.verdict == setting ||
                         (rule.verdict == refused && !rule.internal) ||
                         extension_function(name).verdict == refused;
  if (!dangerous) return true;
  return tree.refuse(
      ErrorCode::forbidden,
      "." + std::string(name) + " would call the function of that name, which is not allowed so",
      "if a column is meant, write its name without a table's in front of it");
}

bool NameChecks::parameter(TreeCheck& tree, const ProtobufCMessage& message) {
  // The protocol counts parameters in 16 bits. The server counts on, and takes four bytes for each number up
  // to the highest: $200000000 alone costs it 800 MB.
  constexpr int kMaxParameters = 65'535;
  const int number = as<PgQuery__ParamRef>(message).number;
  if (number < 1 || number > kMaxParameters) {
    return tree.refuse(ErrorCode::invalid_argument,
                       "there is no parameter $" + std::to_string(number) + "; they begin with $1",
                       "pass long lists of values as one array parameter: = ANY($1)");
  }
  return true;
}

bool NameChecks::indirection(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& access = as<PgQuery__AIndirection>(message);
  for (std::size_t i = 0; i < access.n_indirection; ++i) {
    const PgQuery__Node& step = *access.indirection[i];
    if (step.node_case == PG_QUERY__NODE__NODE_STRING && !field(tree, step.string->sval)) return false;
  }
  return true;
}

bool NameChecks::type(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& type = as<PgQuery__TypeName>(message);
  if (const auto name = name_of(type.names, type.n_names))
    tree.analysis_.reads_catalogue |= type_reads_catalogue(name->name);
  return collation_like(tree, type.names, type.n_names);
}

/// Of types, collations and operator classes: inert themselves, and those of the catalogues are all open.
bool NameChecks::collation_like(TreeCheck& tree, PgQuery__Node* const* names, std::size_t count) {
  if (count == 0) return true;
  const auto name = name_of(names, count);
  if (!name) return tree.refuse(ErrorCode::forbidden, "the statement names a type in an unusual way");
  if (!database(tree, name->database)) return false;
  const Kind kind = tree.rules_.schema(name->schema).kind;
  if (kind == Kind::catalogue || kind == Kind::information || kind == Kind::extensions) return true;
  return schema_of(tree, name->schema);
}

bool NameChecks::collation(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& clause = as<PgQuery__CollateClause>(message);
  return collation_like(tree, clause.collname, clause.n_collname);
}

bool NameChecks::index_element(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& element = as<PgQuery__IndexElem>(message);
  return collation_like(tree, element.collation, element.n_collation) &&
         collation_like(tree, element.opclass, element.n_opclass);
}

bool NameChecks::operator_name(TreeCheck& tree, PgQuery__Node* const* names, std::size_t count) {
  if (count < 2) return true;  // whether the search path finds another is for CodeMap to know
  const auto name = name_of(names, count);
  if (!name) return tree.refuse(ErrorCode::forbidden, "the statement names an operator in an unusual way");
  if (!database(tree, name->database)) return false;
  const Kind kind = tree.rules_.schema(name->schema).kind;
  if (kind == Kind::catalogue || kind == Kind::extensions) return true;
  tree.analysis_.may_leave_state = true;
  return schema_of(tree, name->schema);
}

bool NameChecks::expression(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& expression = as<PgQuery__AExpr>(message);
  return operator_name(tree, expression.name, expression.n_name);
}

bool NameChecks::sub_link(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& link = as<PgQuery__SubLink>(message);
  return operator_name(tree, link.oper_name, link.n_oper_name);
}

bool NameChecks::sort(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& sort = as<PgQuery__SortBy>(message);
  return operator_name(tree, sort.use_op, sort.n_use_op);
}

bool NameChecks::sample(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& sample = as<PgQuery__RangeTableSample>(message);
  const auto name = name_of(sample.method, sample.n_method);
  constexpr std::array<std::string_view, 4> kMethods{"bernoulli", "system", "system_rows", "system_time"};
  const bool known =
      name && name->database.empty() && std::ranges::find(kMethods, name->name) != kMethods.end();
  const Kind kind = known ? tree.rules_.schema(name->schema).kind : Kind::unmapped;
  if (kind == Kind::path || kind == Kind::catalogue || kind == Kind::extensions) return true;
  return tree.refuse(ErrorCode::forbidden, "the sampling method is not known",
                     "TABLESAMPLE BERNOULLI (percent) and SYSTEM (percent) are allowed");
}

bool NameChecks::function(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& call = as<PgQuery__FuncCall>(message);
  const auto name = name_of(call.funcname, call.n_funcname);
  if (!name) return tree.refuse(ErrorCode::forbidden, "the statement names a function in an unusual way");
  return database(tree, name->database) && named_function(tree, call, name->schema, name->name);
}

bool NameChecks::named_function(TreeCheck& tree, const PgQuery__FuncCall& call, std::string_view schema,
                                std::string_view name) {
  if (tree.rules_.allows_function(schema, name, tree.own_schema_)) {
    tree.analysis_.may_leave_state = true;
    if (tree.request_.access == Access::read_write) tree.analysis_.may_write = true;
    return tree.rules_.schema(schema).kind != Kind::mapped || schema_of(tree, schema);
  }
  const Kind kind = tree.rules_.schema(schema).kind;
  bool known = false;
  if (kind == Kind::path || kind == Kind::catalogue) {
    if (!builtin(tree, call, name, known)) return false;
  }
  // Constant functions of information_schema that lists of columns use.
  if (kind == Kind::information && name.starts_with("_pg_")) return true;
  if (!known && (kind == Kind::path || tree.rules_.holds_extensions(schema))) {
    if (!extension(tree, schema, name, known)) return false;
    if (known && kind == Kind::mapped && !schema_of(tree, schema)) return false;
  }
  if (!known) return unknown_function(tree, schema, name);
  if (kind != Kind::catalogue) tree.add_name(CatalogName::Kind::function, schema, name);
  return true;
}

bool NameChecks::builtin(TreeCheck& tree, const PgQuery__FuncCall& call, std::string_view name, bool& known) {
  const FunctionRule rule = builtin_function(name);
  tree.analysis_.reads_catalogue |= function_reads_catalogue(name);
  known = rule.verdict != FunctionVerdict::unknown || builtin_type(name);
  switch (rule.verdict) {
    case FunctionVerdict::unknown:
    case FunctionVerdict::allowed:
      return true;
    case FunctionVerdict::refused:
      return tree.refuse(ErrorCode::forbidden, "the function " + std::string(name) + " is not allowed: it " +
                                                   std::string(rule.reason));
    case FunctionVerdict::writes:
      return sequence_text(tree, call, name);
    case FunctionVerdict::setting: {
      const auto text = call.n_args > 0 ? literal_text(*call.args[0]) : std::nullopt;
      if (text) return setting(tree, *text);
      return tree.refuse(ErrorCode::forbidden,
                         "the function " + std::string(name) + " is allowed with a literal name alone",
                         "write current_setting('timezone')");
    }
  }
  return false;
}

bool NameChecks::sequence_text(TreeCheck& tree, const PgQuery__FuncCall& call, std::string_view function) {
  if (tree.request_.access == Access::read_only) {
    return tree.refuse(ErrorCode::read_only,
                       "the function " + std::string(function) +
                           " advances a sequence, and the access to this database is read-only");
  }
  tree.analysis_.may_write = true;
  const auto text = call.n_args > 0 ? literal_text(*call.args[0]) : std::nullopt;
  const std::vector<std::string> parts = text ? split_name(*text) : std::vector<std::string>();
  if (parts.empty() || parts.size() > 2) {
    return tree.refuse(ErrorCode::forbidden,
                       "the function " + std::string(function) + " is allowed with a literal name alone",
                       "write nextval('sequence') or nextval('schema.sequence')");
  }
  return parts.size() == 1 || schema_of(tree, parts[0]);
}

bool NameChecks::extension(TreeCheck& tree, std::string_view schema, std::string_view name, bool& known) {
  const FunctionRule rule = extension_function(name);
  if (rule.verdict == FunctionVerdict::unknown) return true;
  known = true;
  if (rule.verdict == FunctionVerdict::refused) {
    return tree.refuse(ErrorCode::forbidden, "the function " + qualified(schema, name) +
                                                 " of the extension " + std::string(rule.extension) +
                                                 " is not allowed: it " + std::string(rule.reason));
  }
  if (!tree.rules_.policy().extension_schemas.empty()) return true;
  return tree.refuse(ErrorCode::forbidden,
                     "the function " + qualified(schema, name) + " belongs to the extension " +
                         std::string(rule.extension) + ", and no schema is configured for extensions",
                     "the operator can add the schema that holds it to extension_schemas");
}

bool NameChecks::unknown_function(TreeCheck& tree, std::string_view schema, std::string_view name) {
  const SchemaMeaning meaning = tree.rules_.schema(schema);
  if (meaning.kind == Kind::hidden || meaning.kind == Kind::mistaken) return schema_of(tree, schema);
  std::string hint = did_you_mean(name, tree.rules_.known_functions());
  if (!hint.empty()) hint += ' ';
  hint += "The operator can allow a function by adding '" + qualified(schema, name) + "' to allow_functions";
  return tree.refuse(ErrorCode::forbidden,
                     "the function " + qualified(schema, name) + " is not one of those known to be harmless",
                     std::move(hint));
}

bool NameChecks::procedure(TreeCheck& tree, const PgQuery__FuncCall& call) {
  const auto name = name_of(call.funcname, call.n_funcname);
  if (name && name->database.empty() &&
      tree.rules_.allows_function(name->schema, name->name, tree.own_schema_)) {
    return true;
  }
  return tree.refuse(ErrorCode::forbidden,
                     "a procedure can do anything, so only those that the operator named may be called",
                     name ? "The operator can allow it by adding '" + qualified(name->schema, name->name) +
                                "' to allow_functions"
                          : "");
}

bool NameChecks::setting(TreeCheck& tree, std::string_view name) {
  if (setting_allowed(name)) return true;
  std::string hint = did_you_mean(name, readable_settings());
  if (name == "tables" || name == "databases" || name == "columns") {
    hint = "tables and their columns are in information_schema.tables and information_schema.columns";
  }
  return tree.refuse(ErrorCode::forbidden,
                     "'" + std::string(name) + "' is not one of the settings that may be shown",
                     std::move(hint));
}

}  // namespace penstock::postgresql
