#include "datasources/mongodb/select.hpp"

#include <algorithm>
#include <utility>

#include "datasources/mongodb/guard.hpp"
#include "datasources/mongodb/select_reader.hpp"
#include "datasources/pg_query/parser.hpp"

namespace penstock::mongodb {

namespace {

constexpr std::string_view kNatively =
    "write the command natively: {\"aggregate\": ..., \"pipeline\": [...]}";

// A field of what the group stage gives.
Expression grouped_field(char kind, std::size_t place) {
  return {.kind = Expression::Kind::field, .name = std::string(1, kind) + std::to_string(place)};
}

bool has_aggregate(const Expression& expression) {
  return expression.kind == Expression::Kind::aggregate ||
         std::ranges::any_of(expression.arguments, has_aggregate);
}

bool has_aggregate(const Condition& condition) {
  return std::ranges::any_of(condition.operands,
                             [](const Expression& each) { return has_aggregate(each); }) ||
         std::ranges::any_of(condition.parts, [](const Condition& each) { return has_aggregate(each); });
}

/// Puts a SELECT's clauses into a plan. Used once.
class SelectReader {
 public:
  Result<SelectPlan> read(const PgQuery__SelectStmt& select) {
    if (auto fits = check_clauses(select); !fits) return pass_error(fits);
    if (auto done = read_from(select); !done) return pass_error(done);
    if (auto done = read_columns(select); !done) return pass_error(done);
    if (auto done = read_conditions(select); !done) return pass_error(done);
    if (auto done = read_order(select); !done) return pass_error(done);
    if (auto done = read_limits(select); !done) return pass_error(done);
    plan_.fields = std::move(reader_.fields());
    plan_.parameters = reader_.parameters();
    if (auto done = group(); !done) return pass_error(done);
    return std::move(plan_);
  }

 private:
  static Result<void> check_clauses(const PgQuery__SelectStmt& select) {
    if (select.with_clause != nullptr) return unsupported("WITH", kNatively);
    if (select.op != PG_QUERY__SET_OPERATION__SETOP_NONE)
      return unsupported("UNION, INTERSECT and EXCEPT", "use $unionWith in a native command");
    if (select.n_values_lists > 0) return unsupported("VALUES", "select from a collection");
    if (select.into_clause != nullptr)
      return fail(ErrorCode::read_only, "SELECT INTO writes, and the access to this database is read-only");
    if (select.n_locking_clause > 0) return unsupported("FOR UPDATE and its like", "leave it out");
    if (select.n_window_clause > 0) return unsupported("WINDOW", "use $setWindowFields in a native command");
    if (select.group_distinct) return unsupported("GROUP BY DISTINCT", "leave DISTINCT out");
    if (select.limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES)
      return unsupported("WITH TIES", "use LIMIT");
    for (std::size_t i = 0; i < select.n_distinct_clause; ++i) {
      if (select.distinct_clause[i]->node_case != PG_QUERY__NODE__NODE__NOT_SET)
        return unsupported("DISTINCT ON", "use GROUP BY with min() or max(), or $group with $first natively");
    }
    return {};
  }

  Result<void> read_from(const PgQuery__SelectStmt& select) {
    if (select.n_from_clause == 0) return unsupported("SELECT without FROM", "select from a collection");
    if (select.n_from_clause > 1)
      return unsupported("more than one collection in FROM", "use $lookup in a native command");
    const PgQuery__Node& from = *select.from_clause[0];
    switch (from.node_case) {
      case PG_QUERY__NODE__NODE_RANGE_VAR:
        break;
      case PG_QUERY__NODE__NODE_JOIN_EXPR:
        return unsupported("JOIN",
                           "use $lookup in a native command: {\"aggregate\": ..., \"pipeline\": "
                           "[{\"$lookup\": ...}]}");
      case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
        return unsupported("a subquery in FROM", kNatively);
      case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
        return unsupported("a function in FROM", "select from a collection");
      default:
        return unsupported("this FROM", kNatively);
    }
    const PgQuery__RangeVar& table = *from.range_var;
    if (*table.catalogname != '\0')
      return unsupported("a name of three parts in FROM", "write database.collection");
    plan_.qualifier = table.schemaname;
    plan_.collection = table.relname;
    if (auto allowed = check_collection(plan_.collection); !allowed) return allowed;
    if (table.alias != nullptr && table.alias->n_colnames > 0)
      return unsupported("names for the columns of a collection", "use AS in the list of columns");
    reader_.set_collection(plan_.qualifier, plan_.collection,
                           table.alias == nullptr ? "" : table.alias->aliasname);
    return {};
  }

  Result<void> read_columns(const PgQuery__SelectStmt& select) {
    plan_.distinct = select.n_distinct_clause > 0;
    for (std::size_t i = 0; i < select.n_target_list; ++i) {
      const PgQuery__ResTarget& target = *select.target_list[i]->res_target;
      auto star = reader_.is_star(*target.val);
      if (!star) return pass_error(star);
      if (*star) {
        if (select.n_target_list > 1) return unsupported("* beside other columns", "name the fields");
        if (plan_.distinct) return unsupported("SELECT DISTINCT *", "name the fields");
        if (select.n_group_clause > 0) return unsupported("SELECT * with GROUP BY", "name the fields");
        return {};
      }
      auto expression = reader_.expression(*target.val);
      if (!expression) return pass_error(expression);
      plan_.columns.push_back({name_of(target, *expression), std::move(*expression)});
    }
    if (plan_.columns.empty()) return unsupported("SELECT without columns", "name the fields, or write *");
    return {};
  }

  static std::string name_of(const PgQuery__ResTarget& target, const Expression& expression) {
    if (*target.name != '\0') return target.name;
    if (expression.kind == Expression::Kind::field || expression.kind == Expression::Kind::aggregate)
      return expression.name;
    return expression.kind == Expression::Kind::call ? expression.name.substr(1) : "?column?";
  }

  Result<void> read_conditions(const PgQuery__SelectStmt& select) {
    if (select.where_clause != nullptr) {
      auto where = reader_.condition(*select.where_clause);
      if (!where) return pass_error(where);
      if (has_aggregate(*where))
        return fail(ErrorCode::syntax_error, "an aggregate cannot be in WHERE", "use HAVING");
      plan_.where = std::move(*where);
    }
    for (std::size_t i = 0; i < select.n_group_clause; ++i) {
      auto key = output_or_expression(*select.group_clause[i]);
      if (!key) return pass_error(key);
      if (has_aggregate(*key)) return fail(ErrorCode::syntax_error, "an aggregate cannot be in GROUP BY");
      plan_.keys.push_back(std::move(*key));
    }
    if (select.having_clause == nullptr) return {};
    if (plan_.keys.empty()) return unsupported("HAVING without GROUP BY", "leave it out: there is one row");
    auto having = reader_.condition(*select.having_clause);
    if (!having) return pass_error(having);
    plan_.having = std::move(*having);
    return {};
  }

  // The place or the name of a column, or an expression of its own.
  Result<Expression> output_or_expression(const PgQuery__Node& node) {
    if (node.node_case == PG_QUERY__NODE__NODE_A_CONST &&
        node.a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL) {
      const int place = node.a_const->ival->ival;
      if (place < 1 || std::cmp_greater(place, plan_.columns.size()))
        return fail(ErrorCode::syntax_error, "there is no column " + std::to_string(place));
      return plan_.columns[static_cast<std::size_t>(place - 1)].expression;
    }
    if (node.node_case == PG_QUERY__NODE__NODE_COLUMN_REF && node.column_ref->n_fields == 1 &&
        node.column_ref->fields[0]->node_case == PG_QUERY__NODE__NODE_STRING) {
      const std::string_view name = node.column_ref->fields[0]->string->sval;
      const auto found = std::ranges::find(plan_.columns, name, &SelectPlan::Column::name);
      if (found != plan_.columns.end()) return found->expression;
    }
    return reader_.expression(node);
  }

  Result<void> read_order(const PgQuery__SelectStmt& select) {
    for (std::size_t i = 0; i < select.n_sort_clause; ++i) {
      const PgQuery__SortBy& sort = *select.sort_clause[i]->sort_by;
      const bool descending = sort.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
      if (sort.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING)
        return unsupported("USING in ORDER BY", "use ASC or DESC");
      // MongoDB's order begins with what has no value.
      const auto wanted = sort.sortby_nulls;
      if ((wanted == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST && descending) ||
          (wanted == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST && !descending))
        return unsupported(descending ? "DESC NULLS FIRST" : "ASC NULLS LAST",
                           "nulls come first in ascending order and last in descending order");
      auto key = output_or_expression(*sort.node);
      if (!key) return pass_error(key);
      plan_.order.push_back({std::move(*key), descending});
    }
    return {};
  }

  Result<void> read_limits(const PgQuery__SelectStmt& select) {
    const auto number = [&](const PgQuery__Node* node, std::string_view what,
                            std::optional<Expression>& out) -> Result<void> {
      if (node == nullptr) return {};
      auto expression = reader_.expression(*node);
      if (!expression) return pass_error(expression);
      const bool is_value =
          expression->kind == Expression::Kind::constant || expression->kind == Expression::Kind::parameter;
      if (!is_value)
        return unsupported(std::string(what) + " with an expression", "write a number or a parameter");
      if (expression->kind == Expression::Kind::constant && expression->value.is_null())
        return {};  // LIMIT ALL
      out = std::move(*expression);
      return {};
    };
    if (auto done = number(select.limit_count, "LIMIT", plan_.limit); !done) return done;
    return number(select.limit_offset, "OFFSET", plan_.offset);
  }

  // Of a plan with groups: what stands outside of aggregates must be one of the keys.
  Result<void> group() {
    const auto aggregated = [](const auto& each) { return has_aggregate(each.expression); };
    plan_.grouped = !plan_.keys.empty() || std::ranges::any_of(plan_.columns, aggregated);
    if (!plan_.grouped) {
      if (std::ranges::any_of(plan_.order, aggregated))
        return unsupported("an aggregate in ORDER BY alone", "add it to the columns");
      return check_distinct();
    }
    for (SelectPlan::Column& column : plan_.columns) {
      if (auto done = of_group(column.expression); !done) return done;
    }
    for (SelectPlan::SortKey& key : plan_.order) {
      if (auto done = of_group(key.expression); !done) return done;
    }
    if (plan_.having) {
      if (auto done = of_group(*plan_.having); !done) return done;
    }
    if (!plan_.keys.empty()) return check_distinct();
    if (plan_.offset) return unsupported("OFFSET of the one row of an aggregate", "leave it out");
    for (const SelectPlan::Column& column : plan_.columns) {
      if (column.expression.kind == Expression::Kind::call)
        return unsupported("an expression over aggregates without GROUP BY",
                           "select the aggregates and compute from them");
    }
    plan_.order.clear();
    plan_.distinct = false;
    return {};
  }

  Result<void> check_distinct() {
    if (!plan_.distinct) return {};
    for (const SelectPlan::SortKey& key : plan_.order) {
      if (std::ranges::find(plan_.columns, key.expression, &SelectPlan::Column::expression) ==
          plan_.columns.end())
        return fail(ErrorCode::syntax_error, "SELECT DISTINCT can be ordered by its columns alone");
    }
    return {};
  }

  Result<void> of_group(Expression& expression) {
    if (const auto key = std::ranges::find(plan_.keys, expression); key != plan_.keys.end()) {
      expression = grouped_field('g', static_cast<std::size_t>(key - plan_.keys.begin()));
      return {};
    }
    if (expression.kind == Expression::Kind::aggregate) {
      auto found = std::ranges::find(plan_.aggregates, expression);
      if (found == plan_.aggregates.end()) found = plan_.aggregates.insert(found, std::move(expression));
      expression = grouped_field('a', static_cast<std::size_t>(found - plan_.aggregates.begin()));
      return {};
    }
    if (expression.kind == Expression::Kind::field) {
      return fail(ErrorCode::syntax_error,
                  "`" + expression.name + "` must be in GROUP BY, or within an aggregate such as min()");
    }
    for (Expression& argument : expression.arguments) {
      if (auto done = of_group(argument); !done) return done;
    }
    return {};
  }

  Result<void> of_group(Condition& condition) {
    for (Expression& operand : condition.operands) {
      if (auto done = of_group(operand); !done) return done;
    }
    for (Condition& part : condition.parts) {
      if (auto done = of_group(part); !done) return done;
    }
    return {};
  }

  ExpressionReader reader_;
  SelectPlan plan_;
};

Result<SelectPlan> read_statement(const PgQuery__RawStmt& statement) {
  const PgQuery__Node& node = *statement.stmt;
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
      return SelectReader().read(*node.select_stmt);
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
      return unsupported("EXPLAIN", "run the statement itself");
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
      return unsupported("SHOW", "select from a collection");
    default:
      return fail(ErrorCode::read_only,
                  "only SELECT is possible here: the access to this database is read-only",
                  "or a native command: find, aggregate, count, distinct");
  }
}

// One for all datasources of a process: its threads are made with the first statement.
const pg_query::Parser& parser() {
  static const pg_query::Parser shared;
  return shared;
}

}  // namespace

Result<SelectPlan> parse_select(std::string_view sql) {
  Result<SelectPlan> plan = fail(ErrorCode::internal, "the statement was not read");
  const auto read = [&](const PgQuery__RawStmt& statement) { plan = read_statement(statement); };
  if (auto parsed = parser().parse(sql, read); !parsed) return pass_error(parsed);
  return plan;
}

}  // namespace penstock::mongodb
