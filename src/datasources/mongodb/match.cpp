#include "datasources/mongodb/match.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json_check.hpp"
#include "datasources/mongodb/bson.hpp"

namespace penstock::mongodb {

namespace {

std::string_view operator_of(Comparison comparison) {
  constexpr std::array<std::string_view, 6> kNames{"$eq", "$ne", "$lt", "$lte", "$gt", "$gte"};
  return kNames[static_cast<std::size_t>(comparison)];
}

Comparison mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::less:
      return Comparison::greater;
    case Comparison::less_or_equal:
      return Comparison::greater_or_equal;
    case Comparison::greater:
      return Comparison::less;
    case Comparison::greater_or_equal:
      return Comparison::less_or_equal;
    default:
      return comparison;
  }
}

// What SQL would read a text as, where the field is of that type: a day or a moment. Nothing: a text is a
// text.
std::optional<Value> as_moment(const Value& value) {
  const auto* text = value.get_if<std::string>();
  if (text == nullptr) return std::nullopt;
  if (const auto day = parse_date(*text)) return Value(*day);
  std::string_view moment = *text;
  if (moment.ends_with('Z')) moment.remove_suffix(1);
  const auto parsed = parse_timestamp(moment);
  if (!parsed || parsed->microseconds % 1'000 != 0) return std::nullopt;
  return Value(TimestampTz{parsed->microseconds});
}

// An ObjectId is shown as its 24 hexadecimal digits, so these find it.
std::optional<bson_oid_t> as_object_id(const Value& value) {
  const auto* text = value.get_if<std::string>();
  if (text == nullptr || !bson_oid_is_valid(text->data(), text->size()) || text->size() != 24)
    return std::nullopt;
  bson_oid_t id;
  bson_oid_init_from_string(&id, text->c_str());
  return id;
}

// LIKE's pattern as a regular expression: anchored, unless it begins or ends with %.
std::string regex_of(std::string_view pattern) {
  constexpr std::string_view kSpecial = R"(\^$.|?*+()[]{}/-#&~)";
  std::string out;
  bool open_end = false;
  std::size_t first = 0;
  while (first < pattern.size() && pattern[first] == '%')
    ++first;
  if (first == 0) out += '^';
  for (std::size_t i = first; i < pattern.size(); ++i) {
    char c = pattern[i];
    open_end = c == '%';
    if (c == '%') {
      if (i + 1 < pattern.size()) out += ".*";
      continue;
    }
    if (c == '_') {
      out += '.';
      continue;
    }
    if (c == '\\' && i + 1 < pattern.size()) c = pattern[++i];
    if (kSpecial.find(c) != kSpecial.npos) out += '\\';
    out += c;
  }
  if (!open_end && !(first > 0 && first == pattern.size())) out += "\\z";
  return out;
}

// MongoDB's own idea of these, where there is no value, is not SQL's: an empty text, or an error.
bool needs_value(std::string_view name) {
  return name == "$toLower" || name == "$toUpper" || name == "$strLenCP";
}

/// The guard takes kMaxJsonDepth; the stage and what a comparison adds have their part of that.
constexpr std::size_t kMostLevels = kMaxJsonDepth - 20;
/// An argument is written twice where a call needs a value, and so doubles with each such call around it.
constexpr std::size_t kMostWritten = 10'000;

}  // namespace

class PlanWriter::Level {
 public:
  Level(const PlanWriter& writer, std::size_t levels) : writer_(writer), levels_(levels) {
    writer_.depth_ += levels_;
    ++writer_.written_;
  }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  ~Level() { writer_.depth_ -= levels_; }

 private:
  const PlanWriter& writer_;
  const std::size_t levels_;
};

Result<void> PlanWriter::check_size() const {
  if (depth_ <= kMostLevels && written_ <= kMostWritten) return {};
  return fail(ErrorCode::limit_exceeded,
              "the statement nests too deeply, or is too large, for one command of MongoDB",
              "take it apart, or write the command natively");
}

void append_never(bson_t& query) {
  append_child(query, "_id", [](bson_t& none) { append_array(none, "$in", [](bson_t&) {}); });
}

const Value& PlanWriter::value_of(const Expression& expression) const {
  return expression.kind == Expression::Kind::parameter ? params_[expression.position - 1] : expression.value;
}

Result<void> PlanWriter::literal(bson_t& out, std::string_view key, const Value& value) const {
  Result<void> appended;
  append_child(out, key,
               [&](bson_t& child) { appended = append_value(child, "$literal", value, "a value"); });
  return appended;
}

Result<void> PlanWriter::expression(bson_t& out, std::string_view key, const Expression& expression) const {
  switch (expression.kind) {
    case Expression::Kind::field:
      append_text(out, key, "$" + expression.name);
      return {};
    case Expression::Kind::call:
      return call(out, key, expression);
    case Expression::Kind::aggregate:
      return fail(ErrorCode::internal, "an aggregate is where none can be");
    default:
      return literal(out, key, value_of(expression));
  }
}

Result<void> PlanWriter::call(bson_t& out, std::string_view key, const Expression& call) const {
  const Level level(*this, needs_value(call.name) ? 4 : 2);
  Result<void> written = check_size();
  if (!written) return written;
  const auto operation = [&](bson_t& child) {
    append_array(child, call.name, [&](bson_t& arguments) {
      for (std::size_t i = 0; i < call.arguments.size() && written; ++i)
        written = expression(arguments, std::to_string(i), call.arguments[i]);
    });
  };
  if (!needs_value(call.name)) {
    append_child(out, key, operation);
    return written;
  }
  append_child(out, key, [&](bson_t& child) {
    append_array(child, "$cond", [&](bson_t& choice) {
      append_child(choice, "0", [&](bson_t& test) {
        append_array(test, "$gt", [&](bson_t& operands) {
          written = expression(operands, "0", call.arguments.front());
          append_null(operands, "1");
        });
      });
      if (written) append_child(choice, "1", operation);
      append_null(choice, "2");
    });
  });
  return written;
}

Result<void> PlanWriter::condition(bson_t& query, const Condition& condition) const {
  switch (condition.kind) {
    case Condition::Kind::all:
    case Condition::Kind::any:
      return parts(query, condition);
    case Condition::Kind::compare:
      return compare(query, condition);
    case Condition::Kind::in:
      return in(query, condition);
    case Condition::Kind::like:
      return like(query, condition);
    default:
      return test(query, condition);
  }
}

Result<void> PlanWriter::parts(bson_t& query, const Condition& condition) const {
  const Level level(*this, 2);
  Result<void> written = check_size();
  if (!written) return written;
  append_array(query, condition.kind == Condition::Kind::all ? "$and" : "$or", [&](bson_t& list) {
    for (std::size_t i = 0; i < condition.parts.size() && written; ++i) {
      append_child(list, std::to_string(i),
                   [&](bson_t& part) { written = this->condition(part, condition.parts[i]); });
    }
  });
  return written;
}

Result<void> PlanWriter::compare(bson_t& query, const Condition& condition) const {
  const Expression& left = condition.operands[0];
  const Expression& right = condition.operands[1];
  const auto is_value = [](const Expression& each) {
    return each.kind == Expression::Kind::constant || each.kind == Expression::Kind::parameter;
  };
  if (left.kind == Expression::Kind::field && is_value(right))
    return compare_field(query, left.name, condition.comparison, value_of(right));
  if (right.kind == Expression::Kind::field && is_value(left))
    return compare_field(query, right.name, mirrored(condition.comparison), value_of(left));
  return compare_expressions(query, condition);
}

Result<void> PlanWriter::compare_field(bson_t& query, std::string_view path, Comparison comparison,
                                       const Value& value) const {
  if (value.is_null()) {
    append_never(query);  // whatever is compared with null is unknown
    return {};
  }
  const auto moment = as_moment(value);
  const auto object_id = as_object_id(value);
  const bool is_equality = comparison == Comparison::equal || comparison == Comparison::unequal;
  Result<void> written;
  if (is_equality) {
    const bool unequal = comparison == Comparison::unequal;
    if (!unequal && !moment && !object_id) {
      append_child(query, path,
                   [&](bson_t& child) { written = append_value(child, "$eq", value, "a value"); });
      return written;
    }
    append_child(query, path, [&](bson_t& child) {
      append_array(child, unequal ? "$nin" : "$in", [&](bson_t& list) {
        written = append_value(list, "0", value, "a value");
        if (moment && written) written = append_value(list, "1", *moment, "a value");
        if (object_id) bson_append_oid(&list, moment ? "2" : "1", 1, &*object_id);
        // Unknown, where there is no value.
        if (unequal) append_null(list, "3");
      });
    });
    return written;
  }
  const std::string_view name = operator_of(comparison);
  const auto one = [&](bson_t& to, const Value& bound) {
    append_child(to, path, [&](bson_t& child) { written = append_value(child, name, bound, "a value"); });
  };
  if (!moment) {
    one(query, value);
    return written;
  }
  append_array(query, "$or", [&](bson_t& either) {
    append_child(either, "0", [&](bson_t& as_text) { one(as_text, value); });
    if (written) append_child(either, "1", [&](bson_t& as_date) { one(as_date, *moment); });
  });
  return written;
}

// {"$expr": {"$and": [{"$gt": [left, null]}, {"$gt": [right, null]}, {op: [left, right]}]}}: what has no
// value sorts before null's successors and must not be less than anything.
Result<void> PlanWriter::compare_expressions(bson_t& query, const Condition& condition) const {
  Result<void> written;
  append_child(query, "$expr", [&](bson_t& expr) {
    append_array(expr, "$and", [&](bson_t& all) {
      for (std::size_t i = 0; i < 2 && written; ++i) {
        append_child(all, std::to_string(i), [&](bson_t& test) {
          append_array(test, "$gt", [&](bson_t& operands) {
            written = expression(operands, "0", condition.operands[i]);
            append_null(operands, "1");
          });
        });
      }
      append_child(all, "2", [&](bson_t& test) {
        append_array(test, operator_of(condition.comparison), [&](bson_t& operands) {
          for (std::size_t i = 0; i < 2 && written; ++i)
            written = expression(operands, std::to_string(i), condition.operands[i]);
        });
      });
    });
  });
  return written;
}

Result<void> PlanWriter::in(bson_t& query, const Condition& condition) const {
  if (condition.operands.front().kind != Expression::Kind::field)
    return fail(ErrorCode::unsupported, "IN of anything but a field cannot be translated",
                "write the comparisons with OR");
  std::vector<Value> values;
  for (std::size_t i = 1; i < condition.operands.size(); ++i) {
    const Value& value = value_of(condition.operands[i]);
    if (const auto* list = value.get_if<Value::List>()) {
      values.insert(values.end(), list->begin(), list->end());
    } else {
      values.push_back(value);
    }
  }
  const bool has_null = std::ranges::any_of(values, &Value::is_null);
  if (condition.negated && has_null) {
    append_never(query);  // unknown at best
    return {};
  }
  Result<void> written;
  append_child(query, condition.operands.front().name, [&](bson_t& child) {
    append_array(child, condition.negated ? "$nin" : "$in", [&](bson_t& list) {
      std::size_t place = 0;
      for (const Value& value : values) {
        if (value.is_null() || !written) continue;
        written = append_value(list, std::to_string(place++), value, "a value");
        if (const auto moment = as_moment(value); moment && written)
          written = append_value(list, std::to_string(place++), *moment, "a value");
        if (const auto id = as_object_id(value))
          bson_append_oid(&list, std::to_string(place++).c_str(), -1, &*id);
      }
      if (condition.negated) append_null(list, std::to_string(place));
    });
  });
  return written;
}

Result<void> PlanWriter::like(bson_t& query, const Condition& condition) const {
  const Value& value = value_of(condition.operands[1]);
  if (value.is_null()) {
    append_never(query);
    return {};
  }
  const auto* pattern = value.get_if<std::string>();
  if (pattern == nullptr) return fail(ErrorCode::invalid_argument, "the pattern of LIKE is no text");
  if (pattern->find('\0') != std::string::npos)
    return fail(ErrorCode::invalid_argument, "the pattern of LIKE has a NUL byte");
  const std::string regex = regex_of(*pattern);
  const char* options = condition.ignore_case ? "is" : "s";
  const std::string& path = condition.operands[0].name;
  if (!condition.negated) {
    bson_append_regex(&query, path.c_str(), length_of(path), regex.c_str(), options);
    return {};
  }
  append_child(query, path, [&](bson_t& child) {
    bson_append_regex(&child, "$not", -1, regex.c_str(), options);
    append_text(child, "$type", "string");
  });
  return {};
}

Result<void> PlanWriter::test(bson_t& query, const Condition& condition) const {
  const Expression& operand = condition.operands.front();
  const bool is_null = condition.kind == Condition::Kind::is_null;
  if (operand.kind == Expression::Kind::field) {
    append_child(query, operand.name, [&](bson_t& child) {
      if (is_null) {
        append_null(child, condition.negated ? "$ne" : "$eq");
      } else {
        append_bool(child, "$eq", !condition.negated);
      }
    });
    return {};
  }
  if (operand.kind == Expression::Kind::call) {
    Result<void> written;
    append_child(query, "$expr", [&](bson_t& expr) {
      append_array(expr, is_null ? (condition.negated ? "$gt" : "$lte") : "$eq", [&](bson_t& operands) {
        written = expression(operands, "0", operand);
        if (is_null) {
          append_null(operands, "1");
        } else {
          append_bool(operands, "1", !condition.negated);
        }
      });
    });
    return written;
  }
  const Value& value = value_of(operand);
  const bool* truth = value.get_if<bool>();
  const bool holds =
      is_null ? value.is_null() != condition.negated : truth != nullptr && *truth != condition.negated;
  if (!holds) append_never(query);
  return {};
}

}  // namespace penstock::mongodb
