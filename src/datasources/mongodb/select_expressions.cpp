#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/ascii_case.hpp"
#include "core/utf8_decode.hpp"
#include "datasources/mongodb/select_reader.hpp"

namespace penstock::mongodb {

namespace {

constexpr std::size_t kMostParameters = 10'000;

std::string_view text_of_string(const PgQuery__Node& node) {
  return node.node_case == PG_QUERY__NODE__NODE_STRING ? std::string_view(node.string->sval)
                                                       : std::string_view();
}

// What the parser calls a node, for errors: "SubLink" is a subquery.
std::string construct_of(const PgQuery__Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_SUB_LINK:
      return "a subquery";
    case PG_QUERY__NODE__NODE_CASE_EXPR:
      return "CASE";
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      return "ARRAY";
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      return "a row value";
    case PG_QUERY__NODE__NODE_A_INDIRECTION:
      return "a subscript";
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
      return "COLLATE";
    case PG_QUERY__NODE__NODE_GROUPING_SET:
      return "GROUPING SETS, CUBE and ROLLUP";
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
      return "CURRENT_DATE and its like";
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
      return "GREATEST and LEAST";
    default:
      return "this expression";
  }
}

struct Named {
  std::string_view sql;
  std::string_view mongodb;
  std::size_t least;
  std::size_t most;
};

constexpr std::array kFunctions{
    Named{"abs", "$abs", 1, 1},         Named{"ceil", "$ceil", 1, 1},
    Named{"ceiling", "$ceil", 1, 1},    Named{"char_length", "$strLenCP", 1, 1},
    Named{"concat", "$concat", 1, 100}, Named{"exp", "$exp", 1, 1},
    Named{"floor", "$floor", 1, 1},     Named{"length", "$strLenCP", 1, 1},
    Named{"ln", "$ln", 1, 1},           Named{"lower", "$toLower", 1, 1},
    Named{"mod", "$mod", 2, 2},         Named{"power", "$pow", 2, 2},
    Named{"round", "$round", 1, 2},     Named{"sqrt", "$sqrt", 1, 1},
    Named{"trunc", "$trunc", 1, 2},     Named{"upper", "$toUpper", 1, 1},
};

constexpr std::array<std::string_view, 7> kAggregates{"avg", "count",      "max",        "min",
                                                      "sum", "stddev_pop", "stddev_samp"};

struct Part {
  std::string_view sql;
  std::string_view mongodb;
};
constexpr std::array kParts{
    Part{"year", "$year"},    Part{"month", "$month"},         Part{"day", "$dayOfMonth"},
    Part{"hour", "$hour"},    Part{"minute", "$minute"},       Part{"second", "$second"},
    Part{"week", "$isoWeek"}, Part{"isodow", "$isoDayOfWeek"}, Part{"doy", "$dayOfYear"}};

Expression call(std::string_view name, std::vector<Expression> arguments) {
  return {.kind = Expression::Kind::call, .name = std::string(name), .arguments = std::move(arguments)};
}

Expression value_of(Value value) {
  return {.kind = Expression::Kind::constant, .value = std::move(value)};
}

// A moment in UTC, with a zone of that or none.
std::optional<Value> moment_of(std::string_view text) {
  if (text.ends_with('Z'))
    text.remove_suffix(1);
  else if (text.ends_with("+00"))
    text.remove_suffix(3);
  else if (text.ends_with("+00:00"))
    text.remove_suffix(6);
  if (const auto day = parse_date(text)) return Value(*day);
  if (const auto moment = parse_timestamp(text)) return Value(TimestampTz{moment->microseconds});
  return std::nullopt;
}

std::optional<Value> cast_text(std::string_view text, std::string_view type) {
  if (type == "date" || type == "timestamp" || type == "timestamptz") return moment_of(text);
  if (type == "text" || type == "varchar" || type == "bpchar") return Value(std::string(text));
  if (type == "numeric") return Value(Decimal{std::string(text)});
  if (type == "uuid") {
    const auto uuid = parse_uuid(text);
    return uuid ? std::optional<Value>(*uuid) : std::nullopt;
  }
  if (type == "bool") return Value(text.starts_with('t') || text.starts_with('T') || text == "1");
  return std::nullopt;
}

}  // namespace

std::unexpected<Error> unsupported(std::string_view construct, std::string_view instead) {
  return fail(ErrorCode::unsupported,
              std::string(construct) + " cannot be translated into one aggregation pipeline of MongoDB",
              std::string(instead));
}

void ExpressionReader::set_collection(std::string database, std::string collection, std::string alias) {
  database_ = std::move(database);
  collection_ = std::move(collection);
  alias_ = std::move(alias);
}

Result<Expression> ExpressionReader::expression(const PgQuery__Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF:
      return field(*node.column_ref);
    case PG_QUERY__NODE__NODE_A_CONST:
      return constant(*node.a_const);
    case PG_QUERY__NODE__NODE_PARAM_REF:
      return parameter(*node.param_ref);
    case PG_QUERY__NODE__NODE_TYPE_CAST:
      return cast(*node.type_cast);
    case PG_QUERY__NODE__NODE_A_EXPR:
      return arithmetic(*node.a_expr);
    case PG_QUERY__NODE__NODE_FUNC_CALL:
      return function(*node.func_call);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: {
      auto arguments = all(node.coalesce_expr->args, node.coalesce_expr->n_args);
      if (!arguments) return pass_error(arguments);
      return call("$ifNull", std::move(*arguments));
    }
    default:
      return unsupported(construct_of(node),
                         "write the command natively: {\"aggregate\": ..., \"pipeline\": [...]}");
  }
}

Result<bool> ExpressionReader::is_star(const PgQuery__Node& node) const {
  if (node.node_case != PG_QUERY__NODE__NODE_COLUMN_REF) return false;
  const PgQuery__ColumnRef& reference = *node.column_ref;
  if (reference.n_fields == 0 ||
      reference.fields[reference.n_fields - 1]->node_case != PG_QUERY__NODE__NODE_A_STAR)
    return false;
  if (reference.n_fields > 1) {
    const std::string_view table = text_of_string(*reference.fields[reference.n_fields - 2]);
    if (table != alias_ && table != collection_)
      return fail(ErrorCode::not_found, "`" + std::string(table) + "` is not the collection in FROM");
  }
  return true;
}

Result<Expression> ExpressionReader::field(const PgQuery__ColumnRef& reference) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < reference.n_fields; ++i) {
    const std::string_view part = text_of_string(*reference.fields[i]);
    if (part.empty()) return unsupported("* beside other columns", "name the fields");
    parts.emplace_back(part);
  }
  if (parts.size() > 2 && parts[0] == database_ && parts[1] == collection_) parts.erase(parts.begin());
  // The collection's alias hides its name, as in SQL.
  if (parts.size() > 1 && parts.front() == (alias_.empty() ? collection_ : alias_))
    parts.erase(parts.begin());
  Expression out{.kind = Expression::Kind::field};
  for (const std::string& part : parts) {
    if (part.starts_with('$') || part.starts_with('.') || part.ends_with('.') || part.find("..") != part.npos)
      return unsupported("the name of the field `" + part + "`", "use $getField in a native command");
    out.name += (out.name.empty() ? "" : ".") + part;
  }
  if (std::ranges::find(fields_, out.name) == fields_.end()) fields_.push_back(out.name);
  return out;
}

Result<Expression> ExpressionReader::constant(const PgQuery__AConst& constant) const {
  if (constant.isnull) return value_of(Value());
  switch (constant.val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
      return value_of(Value(std::int64_t{constant.ival->ival}));
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
      return value_of(Value(constant.boolval->boolval != 0));
    case PG_QUERY__A__CONST__VAL_SVAL:
      return value_of(Value(std::string(constant.sval->sval)));
    case PG_QUERY__A__CONST__VAL_FVAL: {
      const std::string text = constant.fval->fval;
      const char* end = text.data() + text.size();
      std::int64_t whole = 0;
      if (const auto read = std::from_chars(text.data(), end, whole);
          read.ec == std::errc() && read.ptr == end)
        return value_of(Value(whole));
      double number = 0;
      if (const auto read = std::from_chars(text.data(), end, number);
          read.ec != std::errc() || read.ptr != end)
        return unsupported("the number " + text, "write it as a text that is cast: '...'::numeric");
      return value_of(Value(number));
    }
    default:
      return unsupported("a bit string", "use a number");
  }
}

Result<Expression> ExpressionReader::parameter(const PgQuery__ParamRef& reference) {
  if (reference.number < 1 || std::cmp_greater(reference.number, kMostParameters))
    return fail(ErrorCode::syntax_error, "parameters are numbered from $1");
  const auto position = static_cast<std::size_t>(reference.number);
  parameters_ = std::max(parameters_, position);
  return Expression{.kind = Expression::Kind::parameter, .position = position};
}

Result<Expression> ExpressionReader::cast(const PgQuery__TypeCast& cast) {
  auto inner = expression(*cast.arg);
  if (!inner) return inner;
  const PgQuery__TypeName& name = *cast.type_name;
  const std::string_view type =
      name.n_names == 0 ? std::string_view() : text_of_string(*name.names[name.n_names - 1]);
  if (inner->kind == Expression::Kind::constant && name.n_array_bounds == 0) {
    if (inner->value.is_null()) return inner;
    if (const auto* text = inner->value.get_if<std::string>()) {
      if (auto value = cast_text(*text, type)) return value_of(std::move(*value));
      return fail(ErrorCode::invalid_argument,
                  "'" + text->substr(0, valid_utf8_prefix(text->substr(0, 40))) + "' cannot be read as " +
                      std::string(type),
                  "dates and moments are in UTC: DATE '2025-03-31', TIMESTAMP '2025-03-31 12:00:00'");
    }
  }
  // A parameter has the type of its value already.
  if (inner->kind == Expression::Kind::parameter) return inner;
  return unsupported("a cast to " + std::string(type), "use $convert in a native command");
}

Result<Expression> ExpressionReader::arithmetic(const PgQuery__AExpr& expression) {
  const std::string_view symbol =
      expression.n_name == 1 ? text_of_string(*expression.name[0]) : std::string_view();
  constexpr std::array kOperators{Part{"+", "$add"},    Part{"-", "$subtract"}, Part{"*", "$multiply"},
                                  Part{"/", "$divide"}, Part{"%", "$mod"},      Part{"||", "$concat"}};
  const auto* found = std::ranges::find(kOperators, symbol, &Part::sql);
  if (expression.kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || found == kOperators.end() ||
      expression.rexpr == nullptr)
    return unsupported("the operator " + std::string(symbol) + " as a value",
                       "use a native command with the operator of MongoDB");
  auto right = this->expression(*expression.rexpr);
  if (!right) return right;
  if (expression.lexpr == nullptr) {
    if (right->kind == Expression::Kind::constant) {
      if (const auto* whole = right->value.get_if<std::int64_t>()) return value_of(Value(-*whole));
      if (const auto* number = right->value.get_if<double>()) return value_of(Value(-*number));
    }
    if (symbol == "-") return call("$subtract", {value_of(Value(std::int64_t{0})), std::move(*right)});
    return right;
  }
  auto left = this->expression(*expression.lexpr);
  if (!left) return left;
  return call(found->mongodb, {std::move(*left), std::move(*right)});
}

Result<std::vector<Expression>> ExpressionReader::all(PgQuery__Node* const* nodes, std::size_t count) {
  std::vector<Expression> out;
  for (std::size_t i = 0; i < count; ++i) {
    auto each = expression(*nodes[i]);
    if (!each) return pass_error(each);
    out.push_back(std::move(*each));
  }
  return out;
}

Result<Expression> ExpressionReader::function(const PgQuery__FuncCall& call_node) {
  const std::string name(call_node.n_funcname == 0
                             ? std::string_view()
                             : text_of_string(*call_node.funcname[call_node.n_funcname - 1]));
  if (call_node.over != nullptr)
    return unsupported("a window function", "use $setWindowFields in a native command");
  if (call_node.agg_filter != nullptr)
    return unsupported("FILTER", "use a condition in WHERE, or $cond natively");
  if (call_node.n_agg_order > 0 || call_node.agg_within_group)
    return unsupported("ORDER BY within a function", "use $sort in a native command");
  if (std::ranges::find(kAggregates, name) != kAggregates.end()) return aggregate(call_node, name);
  if (name == "extract" || name == "date_part") return date_part(call_node, name);
  const auto* found = std::ranges::find(kFunctions, name, &Named::sql);
  if (found == kFunctions.end() || call_node.n_args < found->least || call_node.n_args > found->most) {
    std::string known;
    for (const Named& each : kFunctions)
      known += (known.empty() ? "" : ", ") + std::string(each.sql);
    return unsupported("the function " + name + "()",
                       "there are " + known + ", coalesce, extract, and the aggregates");
  }
  auto arguments = all(call_node.args, call_node.n_args);
  if (!arguments) return pass_error(arguments);
  return call(found->mongodb, std::move(*arguments));
}

Result<Expression> ExpressionReader::aggregate(const PgQuery__FuncCall& call_node, const std::string& name) {
  Expression out{.kind = Expression::Kind::aggregate, .name = name, .distinct = call_node.agg_distinct != 0};
  if (call_node.agg_star) {
    if (name != "count") return fail(ErrorCode::syntax_error, name + "(*) is not possible");
    return out;
  }
  if (call_node.n_args != 1) return fail(ErrorCode::syntax_error, name + "() takes one argument");
  if (out.distinct && name != "count") {
    // The same of every value as of each once.
    if (name != "min" && name != "max")
      return unsupported(name + "(DISTINCT ...)", "only count can be distinct");
    out.distinct = false;
  }
  auto arguments = all(call_node.args, 1);
  if (!arguments) return pass_error(arguments);
  if (arguments->front().kind == Expression::Kind::aggregate)
    return fail(ErrorCode::syntax_error, "an aggregate cannot be within another one");
  out.arguments = std::move(*arguments);
  return out;
}

Result<Expression> ExpressionReader::date_part(const PgQuery__FuncCall& call_node, const std::string& name) {
  auto arguments = all(call_node.args, call_node.n_args);
  if (!arguments) return pass_error(arguments);
  const std::string* part = arguments->size() == 2 ? arguments->front().value.get_if<std::string>() : nullptr;
  const std::string lower = part == nullptr ? std::string() : ascii_lower(*part);
  const auto* found = std::ranges::find(kParts, lower, &Part::sql);
  if (found == kParts.end()) {
    return unsupported(
        name + "() of " + (part == nullptr ? "this" : *part),
        "year, month, day, hour, minute, second, week, isodow and doy can be asked for, in UTC");
  }
  return call(found->mongodb, {std::move(arguments->back())});
}

}  // namespace penstock::mongodb
