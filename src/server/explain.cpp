#include "server/explain.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "formats/json_document.hpp"

namespace penstock::server {

namespace {

constexpr std::int64_t kMaxPlanBytes = 4 << 20;

// One step of a plan that is a tree.
struct Step {
  std::int64_t id = 0;
  std::int64_t parent = 0;
  std::string what;
};

using Children = std::multimap<std::int64_t, const Step*>;

Result<std::vector<Step>> read_steps(ResultStream& stream) {
  std::vector<Step> steps;
  while (true) {
    auto batch = stream.next();
    if (!batch) return pass_error(batch);
    if (!*batch) return steps;
    for (const Row row : Rows({**batch})) {
      const auto id = row[0].try_as<std::int64_t>();
      const auto parent = row[1].try_as<std::int64_t>();
      if (!id || !parent) return fail(ErrorCode::invalid_data, "the engine's plan is none that can be read");
      steps.push_back({*id, *parent, row[row.size() - 1].to_text()});
    }
  }
}

void append_lines(std::string& out, const Children& children, std::int64_t parent, int depth) {
  const auto [first, last] = children.equal_range(parent);
  for (auto child = first; child != last; ++child) {
    if (!out.empty()) out += '\n';
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
    out += child->second->what;
    if (child->second->id != parent) append_lines(out, children, child->second->id, depth + 1);
  }
}

void append_nodes(JsonDocument& json, const Children& children, std::int64_t parent) {
  json.begin_array();
  const auto [first, last] = children.equal_range(parent);
  for (auto child = first; child != last; ++child) {
    json.begin_object().member("step", child->second->what).key("steps");
    if (child->second->id == parent) {
      json.begin_array().end_array();
    } else {
      append_nodes(json, children, child->second->id);
    }
    json.end_object();
  }
  json.end_array();
}

Result<std::string> read_tree(ResultStream& stream, PlanFormat format) {
  const auto steps = read_steps(stream);
  if (!steps) return std::unexpected(steps.error());
  Children children;
  std::int64_t root = 0;
  for (const Step& step : *steps) {
    // A step comes after the one it belongs to, so that walking down the tree comes to an end.
    if (step.id <= step.parent) return fail(ErrorCode::invalid_data, "the engine's plan is no tree");
    children.emplace(step.parent, &step);
    root = std::min(root, step.parent);
  }
  if (format == PlanFormat::json) {
    JsonDocument json(false);
    append_nodes(json, children, root);
    return json.take_part();
  }
  std::string lines;
  append_lines(lines, children, root, 0);
  return lines;
}

Result<std::string> read_lines(ResultStream& stream) {
  std::string lines;
  bool is_first = true;
  while (true) {
    auto batch = stream.next();
    if (!batch) return pass_error(batch);
    if (!*batch) return lines;
    for (const Row row : Rows({**batch})) {
      if (!std::exchange(is_first, false)) lines += '\n';
      lines += row[0].to_text();
    }
  }
}

Result<std::string> read_plan(ResultStream& stream, ExplainStatement::Rows rows, PlanFormat format) {
  auto plan = rows == ExplainStatement::Rows::tree ? read_tree(stream, format) : read_lines(stream);
  if (!plan) return plan;
  if (stream.summary().truncated) {
    return fail(ErrorCode::limit_exceeded, "the plan is too large to be shown",
                "Explain a part of the statement.");
  }
  if (format == PlanFormat::text || rows == ExplainStatement::Rows::json ||
      rows == ExplainStatement::Rows::tree)
    return plan;
  JsonDocument json(false);
  json.value(*plan);
  return json.take_part();
}

}  // namespace

void explain(DataSourceManager& manager, Executor& executor, bool analyze_allowed, ExplainCall call,
             std::move_only_function<void(Result<Plan>)> answered) {
  executor.post([&manager, &executor, analyze_allowed, call = std::move(call),
                 answered = std::move(answered)]() mutable {
    const auto refuse = [&](const Error& error) {
      executor.refused(call.query, error);
      answered(std::unexpected(error));
    };
    if (call.analyze && !analyze_allowed) {
      return refuse(
          fail(ErrorCode::forbidden, "explanations do not run statements here",
               "Ask for the plan without `analyze`; the operator allows it with `explain_analyze: true`.")
              .error());
    }
    auto asking = manager.explain_statement(call.query.sql, call.query.database,
                                            {.analyze = call.analyze, .format = call.format},
                                            &call.query.principal->grant);
    if (!asking) return refuse(asking.error());
    call.query.sql = std::move(asking->sql);
    call.query.options.max_rows.reset();
    call.query.options.max_bytes = kMaxPlanBytes;
    executor.query(std::move(call.query),
                   [rows = asking->rows, format = call.format, database = call.query.database,
                    answered = std::move(answered)](Result<ResultStream> stream) mutable {
                     if (!stream) return answered(pass_error(stream));
                     auto text = read_plan(*stream, rows, format);
                     if (!text) return answered(pass_error(text));
                     Plan plan;
                     plan.database = std::move(database);
                     plan.datasource = stream->summary().datasource;
                     plan.format = format;
                     plan.plan = std::move(*text);
                     answered(std::move(plan));
                   });
  });
}

}  // namespace penstock::server
