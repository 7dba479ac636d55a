// A datasource whose answers a test writes down, and a configuration folder to put it in.
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/builder.hpp"
#include "penstock/manager.hpp"

#include "temporary_folder.hpp"

namespace penstock::testing {

/// What the scripted type does; shared by the test and the driver. Set it up before the manager runs.
struct Script {
  std::function<Result<Analysis>(const AnalysisRequest&)> analyze = [](const AnalysisRequest&) {
    return Result<Analysis>(Analysis{.kind = StatementKind::select, .may_write = false});
  };
  /// The batches of one execution; called again for each.
  std::function<Result<std::vector<RecordBatch>>(const Execution&)> execute;
  /// Of several; empty: they do not run together.
  std::function<std::vector<SharedOutcome>(std::span<const Execution>)> execute_together;
  /// The same without waiting, on one of the connections; empty: never.
  std::function<std::unique_ptr<SharedReads>(const Connection&, std::span<const Execution>)> begin_together;
  /// Empty: texts stay as they are.
  std::function<std::optional<ParameterizedStatement>(std::string_view)> parameterize;
  /// After the last batch, instead of the end.
  std::optional<Error> final_error;
  std::optional<std::int64_t> affected_rows;
  /// The next executions fail as `unavailable` and break their connection, after a call of `on_lose`.
  std::atomic<int> connections_to_lose = 0;
  std::function<void()> on_lose;
  // Called at the beginning of what they are named after, when set: to wait, to throw, to ask for a stop.
  std::function<void()> on_create, on_nodes, on_next, on_introspect, on_probe, on_server_info, on_cancel;
  // What the contract forbids.
  bool gives_no_source = false, gives_no_nodes = false, gives_no_reader = false, gives_no_schema = false;

  std::atomic<int> analyses = 0;
  std::atomic<int> connects = 0;
  std::atomic<int> executions = 0;
  std::atomic<int> open_readers = 0;
  std::atomic<int> open_connections = 0;
  std::atomic<int> open_sources = 0;
  std::atomic<int> cancels = 0;
  std::mutex mutex;  // of what follows
  std::vector<std::string> last_also_named;
};

inline void call(const std::function<void()>& hook) {
  if (hook) hook();
}

class ScriptedReader final : public BatchReader {
 public:
  ScriptedReader(std::shared_ptr<Script> script, std::vector<RecordBatch> batches)
      : script_(std::move(script)), batches_(std::move(batches)) {
    schema_ = batches_.empty() ? std::make_shared<const Schema>() : batches_.front().schema();
    if (script_->gives_no_schema) schema_ = nullptr;
    ++script_->open_readers;
  }
  ~ScriptedReader() override { --script_->open_readers; }
  [[nodiscard]] const SchemaPtr& schema() const noexcept override { return schema_; }
  [[nodiscard]] Result<std::optional<RecordBatch>> next() override {
    call(script_->on_next);
    if (at_ < batches_.size()) return batches_[at_++];
    if (script_->final_error) return std::unexpected(*script_->final_error);
    ended_ = true;
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::int64_t> affected_rows() const noexcept override {
    return ended_ ? script_->affected_rows : std::nullopt;
  }

 private:
  std::shared_ptr<Script> script_;
  std::vector<RecordBatch> batches_;
  SchemaPtr schema_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

class ScriptedConnection final : public Connection {
 public:
  explicit ScriptedConnection(std::shared_ptr<Script> script) : script_(std::move(script)) {
    ++script_->connects;
    ++script_->open_connections;
  }
  ~ScriptedConnection() override { --script_->open_connections; }
  [[nodiscard]] Result<std::unique_ptr<BatchReader>> execute(const Execution& execution) override {
    ++script_->executions;
    if (script_->connections_to_lose > 0) {
      --script_->connections_to_lose;
      call(script_->on_lose);
      broken_ = true;
      return fail(ErrorCode::unavailable, "the connection was lost");
    }
    {
      const std::scoped_lock lock(script_->mutex);
      script_->last_also_named = execution.also_named;
    }
    auto batches = script_->execute(execution);
    if (!batches) return pass_error(batches);
    if (script_->gives_no_reader) return std::unique_ptr<BatchReader>();
    return std::make_unique<ScriptedReader>(script_, std::move(*batches));
  }
  [[nodiscard]] std::vector<SharedOutcome> execute_together(std::span<const Execution> executions) override {
    return script_->execute_together ? script_->execute_together(executions)
                                     : Connection::execute_together(executions);
  }
  [[nodiscard]] std::unique_ptr<SharedReads> begin_together(std::span<const Execution> executions) override {
    return script_->begin_together ? script_->begin_together(*this, executions) : nullptr;
  }
  [[nodiscard]] Result<DatabaseSchema> introspect(std::string_view, std::string_view, Deadline) override {
    call(script_->on_introspect);
    DatabaseSchema schema;
    schema.tables.push_back({.name = "things"});
    return schema;
  }
  [[nodiscard]] Result<void> probe(Deadline) override {
    call(script_->on_probe);
    return {};
  }
  [[nodiscard]] Result<ServerInfo> server_info(Deadline) override {
    call(script_->on_server_info);
    return ServerInfo{"Scripted", "1", {}};
  }
  void cancel() noexcept override {
    ++script_->cancels;
    call(script_->on_cancel);
  }
  [[nodiscard]] bool broken() const noexcept override { return broken_; }

 private:
  std::shared_ptr<Script> script_;
  bool broken_ = false;
};

class ScriptedSource final : public DataSource {
 public:
  explicit ScriptedSource(std::shared_ptr<Script> script) : script_(std::move(script)) {
    ++script_->open_sources;
  }
  ~ScriptedSource() override { --script_->open_sources; }
  [[nodiscard]] Result<Analysis> analyze(const AnalysisRequest& request) const override {
    ++script_->analyses;
    return script_->analyze(request);
  }
  [[nodiscard]] std::optional<ParameterizedStatement> parameterize(std::string_view sql) const override {
    return script_->parameterize ? script_->parameterize(sql) : std::nullopt;
  }
  [[nodiscard]] Result<std::unique_ptr<Connection>> connect(const Node&, Deadline) override {
    return std::make_unique<ScriptedConnection>(script_);
  }
  [[nodiscard]] bool may_share(const Execution&) const override {
    return script_->execute_together != nullptr;
  }
  [[nodiscard]] std::vector<Node> nodes() const override {
    call(script_->on_nodes);
    return script_->gives_no_nodes ? std::vector<Node>{} : DataSource::nodes();
  }

 private:
  std::shared_ptr<Script> script_;
};

/// `type: scripted`, run by `script`.
[[nodiscard]] inline ManagerOptions scripted_options(const std::shared_ptr<Script>& script) {
  ManagerOptions options;
  options.environment.emplace();
  DataSourceType type;
  type.spec.name = "scripted";
  type.create = [script](const DataSourceConfig&) -> Result<std::unique_ptr<DataSource>> {
    call(script->on_create);
    if (script->gives_no_source) return std::unique_ptr<DataSource>();
    return std::make_unique<ScriptedSource>(script);
  };
  static_cast<void>(options.registry.add(std::move(type)));
  return options;
}

/// A configuration folder that goes with the object.
class ConfigurationFolder : public penstock::test::TemporaryFolder {
 public:
  explicit ConfigurationFolder(std::string_view datasources) { write("datasources.yaml", datasources); }
  void write(std::string_view file, std::string_view text) const {
    penstock::test::write_file(path() / file, text);
  }
};

/// A batch of one int64 column `n`: first, first + 1, ...
[[nodiscard]] inline RecordBatch numbers(std::int64_t first, std::int64_t count) {
  static const auto schema = std::make_shared<const Schema>(std::vector<Field>{{"n", TypeId::int64}});
  BatchBuilder builder(schema);
  for (std::int64_t i = 0; i < count; ++i)
    builder.column(0).append_int64(first + i);
  return builder.finish();
}

}  // namespace penstock::testing
