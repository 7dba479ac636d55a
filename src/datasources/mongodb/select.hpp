// A SELECT over one collection, as much of SQL as one aggregation pipeline can do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/error.hpp"
#include "penstock/value.hpp"

namespace penstock::mongodb {

/// A value computed from a document.
struct Expression {
  enum class Kind : std::uint8_t {
    field,      ///< `name` is its path
    constant,   ///< `value`
    parameter,  ///< `position`, from 1
    call,       ///< of MongoDB's operator `name`
    aggregate,  ///< of SQL's function `name`, over rows; no arguments: count(*)
  };
  Kind kind = Kind::constant;
  std::string name{};
  Value value{};
  std::size_t position = 0;
  bool distinct = false;  ///< of an aggregate
  std::vector<Expression> arguments{};
  friend bool operator==(const Expression&, const Expression&) = default;
};

enum class Comparison : std::uint8_t { equal, unequal, less, less_or_equal, greater, greater_or_equal };

/// Whether a document is wanted. What SQL calls unknown is "no" here, and so is its negation, which is why a
/// NOT is pushed down to where nulls are dealt with.
struct Condition {
  enum class Kind : std::uint8_t {
    all,      ///< of `parts`
    any,      ///< of `parts`
    compare,  ///< the two operands
    in,       ///< the first operand is one of the others; a parameter among them may be a list
    like,     ///< the first operand is like the second
    is_null,  ///< the operand has no value
    is_true,  ///< the operand is true; negated: is false
  };
  Kind kind = Kind::all;
  bool negated = false;  ///< of in, like, is_null, is_true
  bool ignore_case = false;
  Comparison comparison = Comparison::equal;
  std::vector<Expression> operands{};
  std::vector<Condition> parts{};
};

struct SelectPlan {
  struct Column {
    std::string name;
    Expression expression;
  };
  struct SortKey {
    Expression expression;
    bool descending = false;
  };

  std::string qualifier;
  std::string collection;
  std::vector<Column> columns;  ///< empty: all fields of the documents
  std::optional<Condition> where;
  bool grouped = false;  ///< one row a group, or one in all when there are no keys
  /// Of a grouped plan: what it groups by and what it computes of a group. Columns, `having` and `order` name
  /// these as fields: g0, g1, ..., a0, a1, ...
  std::vector<Expression> keys;
  std::vector<Expression> aggregates;
  std::optional<Condition> having;
  bool distinct = false;
  std::vector<SortKey> order;
  std::optional<Expression> limit;
  std::optional<Expression> offset;
  std::size_t parameters = 0;
  std::vector<std::string> fields;  ///< the paths it names, each once
};

/// Reads a statement. Errors: `syntax_error`, `invalid_argument`, `limit_exceeded`; `read_only` for what
/// writes; `unsupported` for everything that one pipeline cannot do, which names the construct and what to
/// use.
[[nodiscard]] Result<SelectPlan> parse_select(std::string_view sql);

}  // namespace penstock::mongodb
