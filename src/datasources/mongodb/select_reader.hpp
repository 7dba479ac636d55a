// Reads the parser's tree of a SELECT.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <pg_query/pg_query.pb-c.h>

#include "datasources/mongodb/select.hpp"

namespace penstock::mongodb {

/// An `unsupported` error: "JOIN is not ...", and what to use.
[[nodiscard]] std::unexpected<Error> unsupported(std::string_view construct, std::string_view instead);

/// The expressions and conditions of one statement.
class ExpressionReader {
 public:
  /// What a name may begin with beside a field: the collection, its alias, its database.
  void set_collection(std::string database, std::string collection, std::string alias);

  [[nodiscard]] Result<Expression> expression(const PgQuery__Node& node);
  [[nodiscard]] Result<Condition> condition(const PgQuery__Node& node, bool negated = false);
  /// Whether the node is `*`, or `t.*` of the collection.
  [[nodiscard]] Result<bool> is_star(const PgQuery__Node& node) const;

  [[nodiscard]] std::size_t parameters() const noexcept { return parameters_; }
  [[nodiscard]] std::vector<std::string>& fields() noexcept { return fields_; }

 private:
  [[nodiscard]] Result<Expression> field(const PgQuery__ColumnRef& reference);
  [[nodiscard]] Result<Expression> constant(const PgQuery__AConst& constant) const;
  [[nodiscard]] Result<Expression> parameter(const PgQuery__ParamRef& reference);
  [[nodiscard]] Result<Expression> cast(const PgQuery__TypeCast& cast);
  [[nodiscard]] Result<Expression> arithmetic(const PgQuery__AExpr& expression);
  [[nodiscard]] Result<Expression> function(const PgQuery__FuncCall& call);
  [[nodiscard]] Result<Expression> aggregate(const PgQuery__FuncCall& call, const std::string& name);
  [[nodiscard]] Result<Expression> date_part(const PgQuery__FuncCall& call, const std::string& name);
  [[nodiscard]] Result<std::vector<Expression>> all(PgQuery__Node* const* nodes, std::size_t count);

  [[nodiscard]] Result<Condition> operation(const PgQuery__AExpr& expression, bool negated);
  [[nodiscard]] Result<Condition> logical(const PgQuery__BoolExpr& expression, bool negated);
  [[nodiscard]] Result<Condition> comparison(const PgQuery__AExpr& expression, std::string_view symbol,
                                             bool negated);
  [[nodiscard]] Result<Condition> membership(const PgQuery__AExpr& expression, bool negated);
  [[nodiscard]] Result<Condition> likeness(const PgQuery__AExpr& expression, bool negated);
  [[nodiscard]] Result<Condition> range(const PgQuery__AExpr& expression, bool negated);
  [[nodiscard]] Result<Condition> truth(const PgQuery__BooleanTest& test, bool negated);

  std::string database_;
  std::string collection_;
  std::string alias_;
  std::size_t parameters_ = 0;
  std::vector<std::string> fields_;
};

}  // namespace penstock::mongodb
