#include <array>
#include <optional>
#include <utility>

#include "datasources/mongodb/select_reader.hpp"

namespace penstock::mongodb {

namespace {

struct Symbol {
  std::string_view text;
  Comparison comparison;
};
constexpr std::array kSymbols{
    Symbol{"=", Comparison::equal},
    Symbol{"<>", Comparison::unequal},
    Symbol{"!=", Comparison::unequal},
    Symbol{"<", Comparison::less},
    Symbol{"<=", Comparison::less_or_equal},
    Symbol{">", Comparison::greater},
    Symbol{">=", Comparison::greater_or_equal},
};

// What holds when the comparison does not, of two values that are both there.
Comparison opposite(Comparison comparison) {
  switch (comparison) {
    case Comparison::equal:
      return Comparison::unequal;
    case Comparison::unequal:
      return Comparison::equal;
    case Comparison::less:
      return Comparison::greater_or_equal;
    case Comparison::less_or_equal:
      return Comparison::greater;
    case Comparison::greater:
      return Comparison::less_or_equal;
    default:
      return Comparison::less;
  }
}

std::string_view symbol_of(const PgQuery__AExpr& expression) {
  if (expression.n_name != 1 || expression.name[0]->node_case != PG_QUERY__NODE__NODE_STRING) return {};
  return expression.name[0]->string->sval;
}

}  // namespace

Result<Condition> ExpressionReader::condition(const PgQuery__Node& node, bool negated) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
      return logical(*node.bool_expr, negated);
    case PG_QUERY__NODE__NODE_A_EXPR:
      return operation(*node.a_expr, negated);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
      return truth(*node.boolean_test, negated);
    case PG_QUERY__NODE__NODE_NULL_TEST: {
      auto operand = expression(*node.null_test->arg);
      if (!operand) return pass_error(operand);
      const bool is_not = node.null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL;
      return Condition{
          .kind = Condition::Kind::is_null, .negated = is_not != negated, .operands = {std::move(*operand)}};
    }
    default: {
      auto operand = expression(node);
      if (!operand) return pass_error(operand);
      return Condition{
          .kind = Condition::Kind::is_true, .negated = negated, .operands = {std::move(*operand)}};
    }
  }
}

Result<Condition> ExpressionReader::logical(const PgQuery__BoolExpr& expression, bool negated) {
  if (expression.boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR)
    return condition(*expression.args[0], !negated);
  const bool is_and = expression.boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
  Condition out{.kind = is_and != negated ? Condition::Kind::all : Condition::Kind::any};
  for (std::size_t i = 0; i < expression.n_args; ++i) {
    auto part = condition(*expression.args[i], negated);
    if (!part) return part;
    out.parts.push_back(std::move(*part));
  }
  return out;
}

Result<Condition> ExpressionReader::operation(const PgQuery__AExpr& expression, bool negated) {
  const std::string_view symbol = symbol_of(expression);
  switch (expression.kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
      return comparison(expression, symbol, negated);
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
      return membership(expression, negated != (symbol == "<>"));
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
      if (symbol == "=") return membership(expression, negated);
      return unsupported("ANY with another operator than =", "write the comparisons with OR");
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
      if (symbol == "<>") return membership(expression, !negated);
      return unsupported("ALL with another operator than <>", "write the comparisons with AND");
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
      return likeness(expression, negated != symbol.starts_with('!'));
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
      return range(expression, negated);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
      return range(expression, !negated);
    default:
      return unsupported("this comparison",
                         "there are =, <>, <, <=, >, >=, IN, BETWEEN, LIKE, ILIKE and IS NULL");
  }
}

Result<Condition> ExpressionReader::comparison(const PgQuery__AExpr& expression, std::string_view symbol,
                                               bool negated) {
  const Symbol* found = nullptr;
  for (const Symbol& each : kSymbols)
    if (each.text == symbol) found = &each;
  if (found == nullptr || expression.lexpr == nullptr) {
    return unsupported("the operator " + std::string(symbol) + " as a condition",
                       "there are =, <>, <, <=, >, >=, IN, BETWEEN, LIKE, ILIKE and IS NULL");
  }
  auto left = this->expression(*expression.lexpr);
  if (!left) return pass_error(left);
  auto right = this->expression(*expression.rexpr);
  if (!right) return pass_error(right);
  return Condition{.kind = Condition::Kind::compare,
                   .comparison = negated ? opposite(found->comparison) : found->comparison,
                   .operands = {std::move(*left), std::move(*right)}};
}

Result<Condition> ExpressionReader::membership(const PgQuery__AExpr& expression, bool negated) {
  Condition out{.kind = Condition::Kind::in, .negated = negated};
  auto left = this->expression(*expression.lexpr);
  if (!left) return pass_error(left);
  out.operands.push_back(std::move(*left));
  const PgQuery__Node& right = *expression.rexpr;
  if (right.node_case == PG_QUERY__NODE__NODE_LIST) {
    auto values = all(right.list->items, right.list->n_items);
    if (!values) return pass_error(values);
    for (Expression& value : *values)
      out.operands.push_back(std::move(value));
  } else if (right.node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR) {
    auto values = all(right.a_array_expr->elements, right.a_array_expr->n_elements);
    if (!values) return pass_error(values);
    for (Expression& value : *values)
      out.operands.push_back(std::move(value));
  } else {
    auto values = this->expression(right);
    if (!values) return pass_error(values);
    out.operands.push_back(std::move(*values));
  }
  for (std::size_t i = 1; i < out.operands.size(); ++i) {
    const auto kind = out.operands[i].kind;
    if (kind != Expression::Kind::constant && kind != Expression::Kind::parameter)
      return unsupported("IN with something else than values", "write the comparisons with OR");
  }
  return out;
}

Result<Condition> ExpressionReader::likeness(const PgQuery__AExpr& expression, bool negated) {
  auto left = this->expression(*expression.lexpr);
  if (!left) return pass_error(left);
  auto right = this->expression(*expression.rexpr);
  if (!right) return pass_error(right);
  if (left->kind != Expression::Kind::field ||
      (right->kind != Expression::Kind::constant && right->kind != Expression::Kind::parameter))
    return unsupported("LIKE of anything but a field and a pattern", "use $regexMatch in a native command");
  return Condition{.kind = Condition::Kind::like,
                   .negated = negated,
                   .ignore_case = expression.kind == PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE,
                   .operands = {std::move(*left), std::move(*right)}};
}

Result<Condition> ExpressionReader::range(const PgQuery__AExpr& expression, bool negated) {
  auto operand = this->expression(*expression.lexpr);
  if (!operand) return pass_error(operand);
  auto bounds = all(expression.rexpr->list->items, expression.rexpr->list->n_items);
  if (!bounds) return pass_error(bounds);
  if (bounds->size() != 2) return fail(ErrorCode::syntax_error, "BETWEEN takes two bounds");
  Condition out{.kind = negated ? Condition::Kind::any : Condition::Kind::all};
  out.parts.push_back({.kind = Condition::Kind::compare,
                       .comparison = negated ? Comparison::less : Comparison::greater_or_equal,
                       .operands = {*operand, std::move((*bounds)[0])}});
  out.parts.push_back({.kind = Condition::Kind::compare,
                       .comparison = negated ? Comparison::greater : Comparison::less_or_equal,
                       .operands = {std::move(*operand), std::move((*bounds)[1])}});
  return out;
}

Result<Condition> ExpressionReader::truth(const PgQuery__BooleanTest& test, bool negated) {
  const bool is_false = test.booltesttype == PG_QUERY__BOOL_TEST_TYPE__IS_FALSE;
  if ((!is_false && test.booltesttype != PG_QUERY__BOOL_TEST_TYPE__IS_TRUE) || negated)
    return unsupported("IS NOT TRUE and its like", "write field = true, field = false or field IS NULL");
  auto operand = expression(*test.arg);
  if (!operand) return pass_error(operand);
  return Condition{.kind = Condition::Kind::is_true, .negated = is_false, .operands = {std::move(*operand)}};
}

}  // namespace penstock::mongodb
