// Expressions and conditions of SQL in MongoDB's words.
#pragma once

#include <cstddef>
#include <string_view>

#include <bson/bson.h>

#include "penstock/query.hpp"

#include "datasources/mongodb/select.hpp"

namespace penstock::mongodb {

/// Writes parts of a plan with the values of its parameters, which are as many as the plan has. One thread at
/// a time. Errors: `limit_exceeded` for what would nest too deeply or become too large.
class PlanWriter {
 public:
  explicit PlanWriter(const Params& params) : params_(params) {}

  /// Appends an expression of MongoDB that computes it.
  [[nodiscard]] Result<void> expression(bson_t& out, std::string_view key,
                                        const Expression& expression) const;
  /// Appends what a query document has for it. Empty: everything matches.
  [[nodiscard]] Result<void> condition(bson_t& query, const Condition& condition) const;
  /// The value of a constant or a parameter.
  [[nodiscard]] const Value& value_of(const Expression& expression) const;

 private:
  [[nodiscard]] Result<void> literal(bson_t& out, std::string_view key, const Value& value) const;
  [[nodiscard]] Result<void> call(bson_t& out, std::string_view key, const Expression& call) const;
  [[nodiscard]] Result<void> parts(bson_t& query, const Condition& condition) const;
  [[nodiscard]] Result<void> compare(bson_t& query, const Condition& condition) const;
  [[nodiscard]] Result<void> compare_field(bson_t& query, std::string_view path, Comparison comparison,
                                           const Value& value) const;
  [[nodiscard]] Result<void> compare_expressions(bson_t& query, const Condition& condition) const;
  [[nodiscard]] Result<void> in(bson_t& query, const Condition& condition) const;
  [[nodiscard]] Result<void> like(bson_t& query, const Condition& condition) const;
  [[nodiscard]] Result<void> test(bson_t& query, const Condition& condition) const;

  /// Documents and arrays in one another, while this lives.
  class Level;
  [[nodiscard]] Result<void> check_size() const;

  const Params& params_;
  mutable std::size_t depth_ = 0;    ///< documents and arrays around what is written
  mutable std::size_t written_ = 0;  ///< calls and lists of conditions
};

/// Appends a condition that nothing meets.
void append_never(bson_t& query);

}  // namespace penstock::mongodb
