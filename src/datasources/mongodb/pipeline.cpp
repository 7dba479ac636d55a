#include "datasources/mongodb/pipeline.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "datasources/mongodb/match.hpp"

namespace penstock::mongodb {

namespace {

constexpr std::int64_t kSampleDocuments = 100;

bool is_field(const Expression& expression) {
  return expression.kind == Expression::Kind::field;
}

/// Writes the stages of one plan. Used once.
class PipelineWriter {
 public:
  PipelineWriter(const SelectPlan& plan, const Params& params) : plan_(plan), values_(params) {}

  Result<BoundCommand> write() {
    auto limit = number(plan_.limit, "LIMIT");
    if (!limit) return pass_error(limit);
    auto offset = number(plan_.offset, "OFFSET");
    if (!offset) return pass_error(offset);
    limit_ = *limit;
    offset_ = *offset;
    BoundCommand out{.document = new_document(), .collection = plan_.collection, .columns = {}};
    append_text(*out.document, "aggregate", plan_.collection);
    Result<void> written;
    append_array(*out.document, "pipeline", [&](bson_t& pipeline) { written = stages(pipeline); });
    if (!written) return pass_error(written);
    describe(out);
    return out;
  }

  Result<BsonPtr> sample() {
    BsonPtr out = new_document();
    if (plan_.columns.empty()) {
      append_text(*out, "find", plan_.collection);
      append_int(*out, "limit", kSampleDocuments);
      return out;
    }
    if (plan_.grouped || plan_.distinct) return BsonPtr();
    append_text(*out, "aggregate", plan_.collection);
    Result<void> written;
    append_array(*out, "pipeline", [&](bson_t& pipeline) {
      number_stage(pipeline, "$limit", kSampleDocuments);
      written = project(pipeline, false);
    });
    append_child(*out, "cursor", [](bson_t&) {});
    if (!written) return pass_error(written);
    return out;
  }

 private:
  Result<std::optional<std::int64_t>> number(const std::optional<Expression>& expression,
                                             std::string_view what) {
    if (!expression) return std::nullopt;
    const Value& value = values_.value_of(*expression);
    if (value.is_null()) return std::nullopt;
    const auto* whole = value.get_if<std::int64_t>();
    if (whole == nullptr || *whole < 0)
      return fail(ErrorCode::invalid_argument,
                  std::string(what) + " must be a whole number that is not negative");
    return *whole;
  }

  template <typename Fill>
  Result<void> stage(bson_t& pipeline, std::string_view name, const Fill& fill) {
    Result<void> written;
    append_child(pipeline, std::to_string(stages_++), [&](bson_t& document) {
      append_child(document, name, [&](bson_t& body) { written = fill(body); });
    });
    return written;
  }
  void number_stage(bson_t& pipeline, std::string_view name, std::int64_t value) {
    append_child(pipeline, std::to_string(stages_++), [&](bson_t& document) {
      bson_append_int64(&document, name.data(), length_of(name), value);
    });
  }

  Result<void> stages(bson_t& pipeline) {
    if (plan_.where) {
      const auto where = [&](bson_t& query) { return values_.condition(query, *plan_.where); };
      if (auto written = stage(pipeline, "$match", where); !written) return written;
    }
    if (plan_.grouped) {
      if (auto written = group(pipeline); !written) return written;
      if (plan_.having) {
        const auto having = [&](bson_t& query) { return values_.condition(query, *plan_.having); };
        if (auto written = stage(pipeline, "$match", having); !written) return written;
      }
    }
    if (plan_.distinct) {
      if (auto written = distinct(pipeline); !written) return written;
      return ordered(pipeline, "c");
    }
    const bool by_fields = std::ranges::all_of(
        plan_.order, [](const SelectPlan::SortKey& key) { return is_field(key.expression); });
    if (by_fields || plan_.columns.empty()) {
      if (!by_fields)
        return fail(ErrorCode::unsupported, "ORDER BY an expression with SELECT * cannot be translated",
                    "name the fields");
      if (auto written = ordered(pipeline, ""); !written) return written;
      return plan_.columns.empty() ? Result<void>() : project(pipeline, false);
    }
    if (auto written = project(pipeline, true); !written) return written;
    return ordered(pipeline, "s");
  }

  // $sort, $skip and $limit. `kind`: by the columns c0, c1, ..., by what was projected as s0, s1, ..., or by
  // the fields themselves.
  Result<void> ordered(bson_t& pipeline, std::string_view kind) {
    if (!plan_.order.empty()) {
      const auto sort = [&](bson_t& keys) -> Result<void> {
        for (std::size_t i = 0; i < plan_.order.size(); ++i) {
          const SelectPlan::SortKey& key = plan_.order[i];
          std::string name = key.expression.name;
          if (kind == "s") name = "s" + std::to_string(i);
          if (kind == "c") {
            const auto column =
                std::ranges::find(plan_.columns, key.expression, &SelectPlan::Column::expression);
            name = "c" + std::to_string(column - plan_.columns.begin());
          }
          bson_iter_t twice;
          if (!bson_iter_init_find(&twice, &keys, name.c_str()))
            append_int(keys, name, key.descending ? -1 : 1);
        }
        return {};
      };
      if (auto written = stage(pipeline, "$sort", sort); !written) return written;
    }
    if (offset_ && *offset_ > 0) number_stage(pipeline, "$skip", *offset_);
    if (limit_ && *limit_ > 0) number_stage(pipeline, "$limit", *limit_);
    if (limit_ == 0) {
      number_stage(pipeline, "$limit", 1);  // which cannot be 0
      return stage(pipeline, "$match", [](bson_t& query) -> Result<void> {
        append_never(query);
        return {};
      });
    }
    return {};
  }

  Result<void> project(bson_t& pipeline, bool with_sort_keys) {
    return stage(pipeline, "$project", [&](bson_t& body) -> Result<void> {
      append_int(body, "_id", 0);
      for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
        if (auto written = values_.expression(body, "c" + std::to_string(i), plan_.columns[i].expression);
            !written)
          return written;
      }
      for (std::size_t i = 0; with_sort_keys && i < plan_.order.size(); ++i) {
        if (auto written = values_.expression(body, "s" + std::to_string(i), plan_.order[i].expression);
            !written)
          return written;
      }
      return {};
    });
  }

  // A key without a value is null, as in SQL, and not another group.
  Result<void> key(bson_t& out, const std::string& name, const Expression& expression) {
    Result<void> written;
    append_child(out, name, [&](bson_t& child) {
      append_array(child, "$ifNull", [&](bson_t& operands) {
        written = values_.expression(operands, "0", expression);
        append_null(operands, "1");
      });
    });
    return written;
  }

  Result<void> distinct(bson_t& pipeline) {
    const auto keys = [&](bson_t& body) {
      Result<void> written;
      append_child(body, "_id", [&](bson_t& id) {
        for (std::size_t i = 0; i < plan_.columns.size() && written; ++i)
          written = key(id, "c" + std::to_string(i), plan_.columns[i].expression);
      });
      return written;
    };
    if (auto written = stage(pipeline, "$group", keys); !written) return written;
    return stage(pipeline, "$project", [&](bson_t& body) -> Result<void> {
      append_int(body, "_id", 0);
      for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
        const std::string name = "c" + std::to_string(i);
        append_text(body, name, "$_id." + name);
      }
      return {};
    });
  }

  Result<void> group(bson_t& pipeline) {
    const auto body = [&](bson_t& out) {
      Result<void> written;
      if (plan_.keys.empty()) {
        append_null(out, "_id");
      } else {
        append_child(out, "_id", [&](bson_t& id) {
          for (std::size_t i = 0; i < plan_.keys.size() && written; ++i)
            written = key(id, "g" + std::to_string(i), plan_.keys[i]);
        });
      }
      for (std::size_t i = 0; i < plan_.aggregates.size() && written; ++i)
        written = accumulate(out, "a" + std::to_string(i), plan_.aggregates[i]);
      return written;
    };
    if (auto written = stage(pipeline, "$group", body); !written) return written;
    return stage(pipeline, "$project", [&](bson_t& out) -> Result<void> {
      append_int(out, "_id", 0);
      for (std::size_t i = 0; i < plan_.keys.size(); ++i) {
        const std::string name = "g" + std::to_string(i);
        append_text(out, name, "$_id." + name);
      }
      for (std::size_t i = 0; i < plan_.aggregates.size(); ++i)
        finish(out, "a" + std::to_string(i), plan_.aggregates[i]);
      return {};
    });
  }

  // {"$sum": {"$cond": [{"$gt": [x, null]}, 1, 0]}}: how often there is a value.
  Result<void> count_values(bson_t& out, const std::string& name, const Expression& counted) {
    Result<void> written;
    append_child(out, name, [&](bson_t& sum) {
      append_child(sum, "$sum", [&](bson_t& child) {
        append_array(child, "$cond", [&](bson_t& choice) {
          append_child(choice, "0", [&](bson_t& test) {
            append_array(test, "$gt", [&](bson_t& operands) {
              written = values_.expression(operands, "0", counted);
              append_null(operands, "1");
            });
          });
          append_int(choice, "1", 1);
          append_int(choice, "2", 0);
        });
      });
    });
    return written;
  }

  Result<void> accumulate(bson_t& out, const std::string& name, const Expression& aggregate) {
    if (aggregate.arguments.empty()) {
      append_child(out, name, [](bson_t& sum) { append_int(sum, "$sum", 1); });
      return {};
    }
    const Expression& argument = aggregate.arguments.front();
    if (aggregate.name == "count" && !aggregate.distinct) return count_values(out, name, argument);
    constexpr std::pair<std::string_view, std::string_view> kAccumulators[] = {
        {"sum", "$sum"},
        {"avg", "$avg"},
        {"min", "$min"},
        {"max", "$max"},
        {"count", "$addToSet"},
        {"stddev_pop", "$stdDevPop"},
        {"stddev_samp", "$stdDevSamp"}};
    const auto* found = std::ranges::find(kAccumulators, std::string_view(aggregate.name),
                                          &std::pair<std::string_view, std::string_view>::first);
    Result<void> written;
    append_child(out, name,
                 [&](bson_t& child) { written = values_.expression(child, found->second, argument); });
    // The sum of nothing is null in SQL, and 0 in MongoDB.
    if (written && aggregate.name == "sum") written = count_values(out, name + "n", argument);
    return written;
  }

  static void finish(bson_t& out, const std::string& name, const Expression& aggregate) {
    if (aggregate.name == "sum") {
      append_child(out, name, [&](bson_t& child) {
        append_array(child, "$cond", [&](bson_t& choice) {
          append_child(choice, "0", [&](bson_t& test) {
            append_array(test, "$gt", [&](bson_t& operands) {
              append_text(operands, "0", "$" + name + "n");
              append_int(operands, "1", 0);
            });
          });
          append_text(choice, "1", "$" + name);
          append_null(choice, "2");
        });
      });
    } else if (aggregate.name == "count" && aggregate.distinct) {
      append_child(out, name, [&](bson_t& child) {
        append_child(child, "$size", [&](bson_t& size) {
          append_array(size, "$setDifference", [&](bson_t& sets) {
            append_text(sets, "0", "$" + name);
            append_array(sets, "1", [](bson_t& none) { append_null(none, "0"); });
          });
        });
      });
    } else {
      append_text(out, name, "$" + name);
    }
  }

  // Of a column, the path that its values come from.
  [[nodiscard]] std::string source_of(const Expression& expression) const {
    if (!is_field(expression)) return {};
    if (!plan_.grouped) return expression.name;
    const auto place = static_cast<std::size_t>(std::stoul(expression.name.substr(1)));
    if (expression.name.front() == 'g') return is_field(plan_.keys[place]) ? plan_.keys[place].name : "";
    const Expression& aggregate = plan_.aggregates[place];
    const bool direct = aggregate.name != "count" && is_field(aggregate.arguments.front());
    return direct ? aggregate.arguments.front().name : "";
  }

  void describe(BoundCommand& out) const {
    for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
      out.columns.push_back({"c" + std::to_string(i), plan_.columns[i].name});
      out.column_fields.push_back(source_of(plan_.columns[i].expression));
    }
    if (!plan_.grouped || !plan_.keys.empty() || limit_ == 0) return;
    out.empty_row = new_document();
    for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
      const Expression& column = plan_.columns[i].expression;
      const bool is_count =
          is_field(column) && plan_.aggregates[std::stoul(column.name.substr(1))].name == "count";
      const std::string name = "c" + std::to_string(i);
      if (is_count) {
        bson_append_int64(out.empty_row.get(), name.c_str(), -1, 0);
      } else if (!is_field(column)) {
        static_cast<void>(append_value(*out.empty_row, name, values_.value_of(column), "a value"));
      } else {
        append_null(*out.empty_row, name);
      }
    }
  }

  const SelectPlan& plan_;
  const PlanWriter values_;
  std::optional<std::int64_t> limit_;
  std::optional<std::int64_t> offset_;
  std::size_t stages_ = 0;
};

}  // namespace

Result<BoundCommand> make_pipeline(const SelectPlan& plan, const Params& params) {
  if (params.is_named())
    return fail(ErrorCode::invalid_argument, "parameters of SQL are numbered: $1, $2",
                "a native command has parameters by name: {\"$param\": \"name\"}");
  if (params.size() != plan.parameters) {
    return fail(ErrorCode::invalid_argument, "the statement has " + std::to_string(plan.parameters) +
                                                 " parameters, and there are " +
                                                 std::to_string(params.size()) + " values");
  }
  return PipelineWriter(plan, params).write();
}

Result<BsonPtr> make_sample(const SelectPlan& plan, const Params& params) {
  return PipelineWriter(plan, params).sample();
}

}  // namespace penstock::mongodb
