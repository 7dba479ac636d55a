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
// So long runs follow each other before their connection goes back to its pool, where others may wait for it.
constexpr std::chrono::milliseconds kLongestInUse{10};

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
  lease_->unfit = true;
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
  instant_ = instant_ && run.statement().quickness.is_instant();
  if (latest_.time() < run.deadline().time()) latest_ = run.deadline();
}

void SharedRuns::begin(const SharedRuns* ahead) {
  if (runs_.empty()) return;
  began_ = Deadline::Clock::now();
  if (ahead != nullptr && may_follow(*ahead)) {
    send(ahead->lease_);
    behind_ = reads_ != nullptr;
    if (behind_) return;
  }
  auto lease = source_->nodes.front().pool->acquire_fresh(database_);
  if (lease) send(std::make_shared<SharedLease>(std::move(*lease), began_));
}

bool SharedRuns::may_follow(const SharedRuns& ahead) const {
  return ahead.is_under_way() && ahead.source_ == source_ && ahead.instant_ && instant_ &&
         !ahead.lease_->unfit && began_ - ahead.lease_->since < kLongestInUse;
}

void SharedRuns::send(std::shared_ptr<SharedLease> lease) {
  keep(std::move(lease));
  auto begun = guarded(source_->config.name, [&] {
    return Result<std::unique_ptr<SharedReads>>(lease_->lease->begin_together(executions_));
  });
  if (begun && *begun != nullptr) {
    reads_ = std::move(*begun);
  } else {
    if (!begun) lease_->unfit = true;  // what was half sent must not be another's beginning
    keep(nullptr);
  }
}

// What those before them took is not their time.
void SharedRuns::come_first() {
  if (std::exchange(behind_, false)) began_ = Deadline::Clock::now();
}

SharedReads::State SharedRuns::advance() {
  come_first();
  auto state = guarded(source_->config.name, [&] { return Result<SharedReads::State>(reads_->advance()); });
  return state.value_or(SharedReads::State::uncertain);
}

std::vector<SharedResult> SharedRuns::finish() {
  if (runs_.empty()) return std::move(results_);
  come_first();
  std::vector<SharedOutcome> outcomes = ask();
  // Without one each asks by itself, and hears for itself why there is none.
  outcomes.resize(runs_.size());
  const auto took = Deadline::Clock::now() - began_;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    auto& [index, run] = runs_[i];
    Quickness& quickness = run->statement().quickness;
    quickness.ran_with_others(took, runs_.size());
    if (took > kQuickTogether) quickness.broke();
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
    keep(std::make_shared<SharedLease>(std::move(*lease), Deadline::Clock::now()));
  } else if (lease_->unfit) {
    reads_.reset();
    keep(nullptr);
    return {};
  }
  Connection& connection = *lease_->lease;
  auto outcomes = guarded(name, [&] {
    return Result<Outcomes>(reads_ != nullptr ? reads_->finish() : connection.execute_together(executions_));
  });
  reads_.reset();
  if (!outcomes) lease_->unfit = true;
  keep(nullptr);
  return outcomes ? std::move(*outcomes) : Outcomes{};
}

void SharedRuns::keep(std::shared_ptr<SharedLease> lease) {
  {
    const std::scoped_lock lock(leasing_);
    lease_.swap(lease);
  }
}

void SharedRuns::cancel() noexcept {
  const std::scoped_lock lock(leasing_);
  if (lease_) lease_->lease->cancel();
}

}  // namespace penstock
