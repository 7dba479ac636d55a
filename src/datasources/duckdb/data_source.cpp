#include <mutex>
#include <utility>

#include "datasources/duckdb/analysis.hpp"
#include "datasources/duckdb/connection.hpp"
#include "datasources/duckdb/duckdb.hpp"
#include "datasources/duckdb/options.hpp"

namespace penstock::duckdb {

namespace {

/// Loads DuckDB when it is first needed.
class DuckDbDataSource final : public DataSource {
 public:
  explicit DuckDbDataSource(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<Analysis> analyze(const AnalysisRequest& request) const override {
    if (!options_.layers.analysis) return Analysis{};
    auto engine = this->engine();
    if (!engine) return pass_error(engine);
    return (*engine)->analyzer.analyze(request.sql, is_database_file(options_.path));
  }

  [[nodiscard]] Result<ExplainStatement> explain(std::string_view sql,
                                                 const ExplainOptions& options) const override {
    const bool json = options.format == PlanFormat::json;
    std::string prefix = "EXPLAIN ";
    if (options.analyze && json) prefix += "(ANALYZE, FORMAT json) ";
    if (options.analyze && !json) prefix += "ANALYZE ";
    if (!options.analyze && json) prefix += "(FORMAT json) ";
    return ExplainStatement{.sql = prefix + std::string(sql),
                            .rows = json ? ExplainStatement::Rows::json : ExplainStatement::Rows::lines};
  }

  [[nodiscard]] Result<std::unique_ptr<Connection>> connect(const Node&, Deadline deadline) override {
    auto engine = this->engine();
    if (!engine) return pass_error(engine);
    auto connection = std::make_unique<DuckDbConnection>((*engine)->shared);
    if (auto alive = connection->probe(deadline); !alive) return pass_error(alive);
    return connection;
  }

 private:
  struct Engine {
    Engine(const Api& api, const Options& options)
        : shared(std::make_shared<Shared>(api, options)), analyzer(shared->api, shared->options) {}
    std::shared_ptr<Shared> shared;
    mutable Analyzer analyzer;
  };

  Result<Engine*> engine() const {
    const std::scoped_lock lock(mutex_);
    if (engine_ == nullptr) {
      auto api = load_library(options_.library);
      if (!api) return pass_error(api);
      engine_ = std::make_unique<Engine>(*api, options_);
    }
    return engine_.get();
  }

  Options options_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Engine> engine_;
};

}  // namespace

Result<std::unique_ptr<DataSource>> make_data_source(const DataSourceConfig& config, const Layers& layers) {
  auto options = read_options(config);
  if (!options) return pass_error(options);
  options->layers = layers;
  return std::make_unique<DuckDbDataSource>(std::move(*options));
}

}  // namespace penstock::duckdb
