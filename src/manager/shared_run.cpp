#include "manager/shared_run.hpp"

#include <algorithm>
#include <utility>

#include "datasources/guarded.hpp"
#include "manager/query_deadline.hpp"

namespace penstock {

namespace {

// A result that is there as a whole.
class HeldRows final : public BatchReader {
 public:
  HeldRows(SchemaPtr schema, std::vector<RecordBatch> batches)
      : schema_(std::move(schema)), batches_(std::move(batches)) {}
  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return schema_; }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override {
    if (at_ == batches_.size()) return std::nullopt;
    return std::move(batches_[at_++]);
  }

 private:
  SchemaPtr schema_;
  std::vector<RecordBatch> batches_;
  std::size_t at_ = 0;
};

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

// The runs of one call that can share: those of the first one's datasource, database, role and settings.
class SharedRuns {
 public:
  void add(std::size_t index, QueryRun& run, std::string_view database) {
    if (source_ == nullptr) {
      source_ = run.source();
      database_ = database;
      first_ = &run.execution();
    }
    if (run.source() != source_ || database != database_ || !same_identity(*first_, run.execution()) ||
        !run.statement().may_share() || !run.execution().trace_parent.empty() ||
        !source_->driver->may_share(run.execution())) {
      return run.drop();
    }
    executions_.push_back(run.execution());
    runs_.emplace_back(index, &run);
    if (latest_.time() < run.deadline().time()) latest_ = run.deadline();
  }

  void execute(std::vector<SharedResult>& results) {
    if (runs_.empty()) return;
    const auto began = Deadline::Clock::now();
    std::vector<SharedOutcome> outcomes = ask();
    // Without one each asks by itself, and hears for itself why there is none.
    outcomes.resize(runs_.size());
    const bool quick = Deadline::Clock::now() - began <= kQuickTogether;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      auto& [index, run] = runs_[i];
      if (!quick) run->statement().quickness.broke();
      results[index] = settle(*run, std::move(outcomes[i]));
    }
  }

 private:
  static constexpr auto kQuickTogether = 4 * Quickness::kQuick;

  [[nodiscard]] std::vector<SharedOutcome> ask() {
    const std::string& name = source_->config.name;
    auto lease = source_->nodes.front().pool->acquire(
        database_, acquire_deadline(latest_, source_->config, Deadline::Clock::now()));
    if (!lease) return {};
    auto outcomes = guarded(
        name, [&] { return Result<std::vector<SharedOutcome>>((*lease)->execute_together(executions_)); });
    if (outcomes) return std::move(*outcomes);
    lease->discard();
    return {};
  }

  std::shared_ptr<Source> source_;
  std::string_view database_;
  const Execution* first_ = nullptr;
  std::vector<std::pair<std::size_t, QueryRun*>> runs_;
  std::vector<Execution> executions_;
  Deadline latest_ = Deadline::at({});
};

}  // namespace

std::vector<SharedResult> run_together(std::span<QueryRun* const> runs,
                                       std::span<const std::string_view> databases,
                                       const RoutingTable& routing) {
  std::vector<SharedResult> results(runs.size());
  SharedRuns shared;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (auto ready = runs[i]->prepare(routing, databases[i]); !ready) {
      results[i] = {SharedEnd::answered, std::move(ready.error())};
    } else {
      shared.add(i, *runs[i], databases[i]);
    }
  }
  shared.execute(results);
  return results;
}

}  // namespace penstock
