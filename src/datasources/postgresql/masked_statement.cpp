// What a statement of a datasource with masks runs as, and whether the server still is as it was when its
// masks were made.
#include "datasources/postgresql/masked_statement.hpp"

#include <utility>

#include "core/execution.hpp"
#include "datasources/postgresql/connection.hpp"
#include "datasources/postgresql/mask_expression.hpp"
#include "datasources/postgresql/own_statements.hpp"
#include "datasources/postgresql/parameters.hpp"

namespace penstock::postgresql {

namespace {

Error outdated() {
  Error error =
      fail(ErrorCode::unavailable, "a table with masked columns, or a view, is not what it was").error();
  error.sqlstate = "55000";  // the session is well, only the statement must not run
  error.retryable = true;
  return error;
}

}  // namespace

Result<std::shared_ptr<const MaskMap>> PostgresConnection::mask_map(Deadline deadline) {
  auto [current, renew] = shared_->mask_maps.current();
  if (!renew) return current;
  auto parameters = MaskMap::probe_parameters(shared_->options);
  if (!parameters) return pass_error(parameters);
  auto rows = ask(MaskMap::probe_sql(), *parameters, deadline);
  if (!rows) return pass_error(rows);
  auto map = MaskMap::read(*rows, shared_->options);
  if (!map) return pass_error(map);
  if (auto checked = check_constants(**map, deadline); !checked) return pass_error(checked);
  shared_->mask_maps.publish(*map);
  return *map;
}

// The login role of `roles` has no rights on what it would name, so there a statement's own error tells it.
Result<void> PostgresConnection::check_constants(MaskMap& map, Deadline deadline) {
  if (!shared_->options.config.roles.empty()) return {};
  for (const MaskConstant& constant : map.constants()) {
    auto shown = ask(constant_select(constant), {}, deadline);
    if (shown) continue;
    const std::string_view state = shown.error().sqlstate;
    if (state.starts_with("22") || state.starts_with("23"))
      map.refuse(constant, shared_->options);
    else if (!state.starts_with("42"))  // what is gone meanwhile, or not ours to read, shows nothing
      return pass_error(shown);
  }
  return {};
}

// Null: nothing of it concerns masks.
Result<std::shared_ptr<const MaskedStatement>> PostgresConnection::mask(const Execution& execution) {
  const auto& path = shared_->options.search_paths.find(execution.database)->second.schemas;
  auto map = mask_map(execution.deadline);
  if (!map) return pass_error(map);
  auto judgement = (*map)->judge(execution.analysis, path);
  // A view that is new must not be taken for a name that is not there.
  const bool reread = judgement ? judgement->unknown : judgement.error().code == ErrorCode::unavailable;
  if (reread) {
    shared_->mask_maps.invalidate();
    map = mask_map(execution.deadline);
    if (!map) return pass_error(map);
    judgement = (*map)->judge(execution.analysis, path);
  }
  if (!judgement) return pass_error(judgement);
  if (execution.analysis.kind == StatementKind::define) {
    return fail(
        ErrorCode::forbidden,
        "nothing is defined here, as columns of this datasource are masked: what a new table or view would "
        "show is not known");
  }
  if (!judgement->masked && !judgement->views) return nullptr;
  auto made = std::make_shared<MaskedStatement>();
  made->map = *map;
  made->views = judgement->views;
  if (judgement->masked) {
    if (auto rewritten = rewrite(execution, *made); !rewritten) return pass_error(rewritten);
  }
  return made;
}

Result<void> PostgresConnection::rewrite(const Execution& execution, MaskedStatement& into) {
  if (execution.analysis.kind == StatementKind::explain) {
    return fail(
        ErrorCode::forbidden,
        "a plan of a table with masked columns would show how they are masked, and estimates of what they "
        "hold");
  }
  into.masking = into.map->recall(execution.database, execution.sql);
  if (into.masking == nullptr) {
    auto masking =
        shared_->mask_rewriter.rewrite({execution.sql, execution.database, execution.access}, *into.map);
    if (!masking) return pass_error(masking);
    into.masking = std::move(*masking);
    into.map->remember(execution.database, execution.sql, into.masking);
  }
  // One more would be taken for the hash's key.
  const auto wanted = static_cast<std::size_t>(into.masking->parameters);
  if (execution.params.size() != wanted) {
    return fail(ErrorCode::invalid_argument,
                "the statement has " + std::to_string(wanted) + " parameters, but " +
                    std::to_string(execution.params.size()) + " values were given");
  }
  std::vector<Value> values = execution.params.values();
  if (into.masking->hashes) {
    values.emplace_back(shared_->hash_keys.inner);
    values.emplace_back(shared_->hash_keys.outer);
  }
  into.params = Params(std::move(values));
  return {};
}

Result<std::unique_ptr<BatchReader>> PostgresConnection::execute_masked(const Execution& execution) {
  auto masked = mask(execution);
  if (!masked) return pass_error(masked);
  auto reader = run_masked(execution, *masked);
  if (reader || !std::exchange(masks_outdated_, false)) return reader;
  shared_->mask_maps.invalidate();
  masked = mask(execution);
  if (!masked) return pass_error(masked);
  reader = run_masked(execution, *masked);
  masks_outdated_ = false;
  return reader;
}

Result<std::unique_ptr<BatchReader>> PostgresConnection::run_masked(
    const Execution& execution, const std::shared_ptr<const MaskedStatement>& masked) {
  if (masked == nullptr) return run(execution, nullptr);
  guard_ = masked.get();
  Result<std::unique_ptr<BatchReader>> reader;
  if (masked->masking == nullptr) {
    reader = run(execution, masked);
  } else {
    reader = run(with_statement(execution, masked->masking->sql, masked->params, execution.analysis), masked);
  }
  guard_ = nullptr;
  return reader;
}

// Before the statement, in its transaction.
void PostgresConnection::request_guard() {
  if (guard_ == nullptr) return;
  if (guard_->masking != nullptr) {
    Value::List schemas;
    Value::List names;
    for (const MaskedRelation* relation : guard_->masking->relations) {
      schemas.emplace_back(relation->schema);
      names.emplace_back(relation->name);
    }
    // Of texts, so it cannot fail.
    if (const auto arrays = to_text_parameters(Params{std::move(schemas), std::move(names)})) {
      session_->request().run(kMaskGuard, *arrays, {});
    }
  }
  if (guard_->views) session_->request().run(kViewsGuard);
}

Result<void> PostgresConnection::finish_guard(const MaskedStatement* guard, Deadline deadline) {
  if (guard == nullptr) return {};
  bool same = true;
  if (guard->masking != nullptr) {
    const auto rows = session_->finish_query(deadline);
    if (!rows) return std::unexpected(rows.error());
    same = std::ranges::equal(*rows, guard->masking->relations, [](const auto& row, const auto* relation) {
      return row.size() == 1 && row.front() == relation->signature;
    });
  }
  if (guard->views) {
    const auto rows = session_->finish_query(deadline);
    if (!rows) return std::unexpected(rows.error());
    same = same && rows->size() == 1 && rows->front().size() == 1 &&
           rows->front().front() == guard->map->views_signature();
  }
  if (same) return {};
  masks_outdated_ = true;
  return std::unexpected(outdated());
}

bool Shared::shows_as_it_is(const Execution& execution) {
  if (options.config.masks.empty()) return true;
  const auto map = mask_maps.last();
  const auto path = options.search_paths.find(execution.database);
  if (map == nullptr || path == options.search_paths.end()) return false;
  const auto judgement = map->judge(execution.analysis, path->second.schemas);
  return judgement && !judgement->masked && !judgement->views && !judgement->unknown;
}

}  // namespace penstock::postgresql
