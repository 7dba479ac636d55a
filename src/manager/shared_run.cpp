#include "manager/shared_run.hpp"

#include <algorithm>
#include <utility>

#include "core/execution.hpp"
#include "datasources/guarded.hpp"
#include "datasources/held_rows.hpp"
#include "manager/query_deadline.hpp"

namespace penstock {

namespace {

// What one outcome means for its run.
SharedResult settle(QueryRun& run, SharedOutcome outcome) {
  Quickness& quickness = run.statement().quickness;
  if (outcome && outcome->has_value() && (*outcome)->schema != nullptr) {
    run.adopt(std::make_unique<HeldRows>(std::move((*outcome)->schema), std::move((*outcome)->batches)));
    return {SharedEnd::answered, std::nullopt};
  }
  // Until it shows itself well again, it runs by itself and is in nobody's way.
  quickness.broke();
  if (!outcome || outcome->has_value() || run.is_parameterized()) {
    run.drop();
    return {};
  }
  run.give_up(outcome->error());
  return {SharedEnd::answered, std::move(outcome->error())};
}

constexpr auto kQuickTogether = 4 * Quickness::kQuick;

}  // namespace

SharedRuns::SharedRuns(std::span<QueryRun* const> runs, std::span<const std::string_view> databases,
                       const RoutingTable& routing)
    : results_(runs.size()) {
  executions_.reserve(runs.size());
  runs_.reserve(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (auto ready = runs[i]->prepare(routing, databases[i]); !ready) {
      results_[i] = {SharedEnd::answered, std::move(ready.error())};
    } else {
      add(i, *runs[i], databases[i]);
    }
  }
}

// Nobody reads the answers that were sent for.
SharedRuns::~SharedRuns() {
  if (reads_ == nullptr) return;
  reads_.reset();
  lease_->discard();
}

void SharedRuns::add(std::size_t index, QueryRun& run, std::string_view database) {
  if (source_ == nullptr) {
    source_ = run.source();
    database_ = database;
    first_ = &run.execution();
  }
  if (run.source() != source_ || database != database_ || !same_identity(*first_, run.execution()) ||
      !run.statement().may_share() || !run.execution().trace_parent.empty()) {
    return run.drop();
  }
  executions_.push_back(run.execution());
  runs_.emplace_back(index, &run);
  if (latest_.time() < run.deadline().time()) latest_ = run.deadline();
}

void SharedRuns::begin() {
  if (runs_.empty()) return;
  began_ = Deadline::Clock::now();
  keep(source_->nodes.front().pool->acquire_fresh(database_));
  if (!lease_) return;
  auto begun = guarded(source_->config.name, [&] {
    return Result<std::unique_ptr<SharedReads>>((*lease_)->begin_together(executions_));
  });
  if (begun && *begun != nullptr) {
    reads_ = std::move(*begun);
  } else {
    keep(std::nullopt);
  }
}

SharedReads::State SharedRuns::advance() {
  auto state = guarded(source_->config.name, [&] { return Result<SharedReads::State>(reads_->advance()); });
  return state.value_or(SharedReads::State::uncertain);
}

std::vector<SharedResult> SharedRuns::finish() {
  if (runs_.empty()) return std::move(results_);
  std::vector<SharedOutcome> outcomes = ask();
  // Without one each asks by itself, and hears for itself why there is none.
  outcomes.resize(runs_.size());
  const bool quick = Deadline::Clock::now() - began_ <= kQuickTogether;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    auto& [index, run] = runs_[i];
    if (!quick) run->statement().quickness.broke();
    results_[index] = settle(*run, std::move(outcomes[i]));
  }
  return std::move(results_);
}

std::vector<SharedOutcome> SharedRuns::ask() {
  using Outcomes = std::vector<SharedOutcome>;
  const std::string& name = source_->config.name;
  if (reads_ == nullptr) {
    began_ = Deadline::Clock::now();
    auto lease =
        source_->nodes.front().pool->acquire(database_, acquire_deadline(latest_, source_->config, began_));
    if (!lease) return {};
    keep(std::move(*lease));
  }
  auto outcomes = guarded(name, [&] {
    return Result<Outcomes>(reads_ != nullptr ? reads_->finish() : (*lease_)->execute_together(executions_));
  });
  reads_.reset();
  if (!outcomes) lease_->discard();
  keep(std::nullopt);
  return outcomes ? std::move(*outcomes) : Outcomes{};
}

void SharedRuns::keep(std::optional<pool::Lease> lease) {
  {
    const std::scoped_lock lock(leasing_);
    lease_.swap(lease);
  }
}

void SharedRuns::cancel() noexcept {
  const std::scoped_lock lock(leasing_);
  if (lease_) (*lease_)->cancel();
}

}  // namespace penstock
