#include "datasources/postgresql/postgresql.hpp"

#include <string>
#include <utility>

#include "datasources/postgresql/analysis.hpp"
#include "datasources/postgresql/connection.hpp"
#include "datasources/postgresql/options.hpp"
#include "datasources/postgresql/parameterize.hpp"
#include "datasources/postgresql/together.hpp"

namespace penstock::postgresql {

namespace {

class PostgresDataSource final : public DataSource {
 public:
  PostgresDataSource(Options options, const Layers& layers)
      : analyzer_(policy_of(options)),
        layers_(layers),
        shared_(std::make_shared<Shared>(std::move(options))) {}

  [[nodiscard]] Result<Analysis> analyze(const AnalysisRequest& request) const override {
    const bool read_only = shared_->options.config.access == Access::read_only;
    if (!layers_.analysis) {
      Analysis unknown;
      unknown.may_write = !read_only;
      unknown.may_leave_state = true;
      return unknown;
    }
    AnalysisRequest bounded = request;
    // A principal may have less than the datasource, never more.
    if (read_only) bounded.access = Access::read_only;
    return analyzer_.analyze(bounded);
  }

  [[nodiscard]] std::optional<ParameterizedStatement> parameterize(std::string_view sql) const override {
    return shared_->options.auto_parameterize ? postgresql::parameterize(sql) : std::nullopt;
  }

  // With its options in parentheses, nothing that the statement begins with can be one.
  [[nodiscard]] Result<ExplainStatement> explain(std::string_view sql,
                                                 const ExplainOptions& options) const override {
    const bool is_json = options.format == PlanFormat::json;
    std::string asking = "EXPLAIN (FORMAT ";
    asking += is_json ? "JSON" : "TEXT";
    if (options.analyze) asking += ", ANALYZE, BUFFERS";
    asking += ") ";
    asking += sql;
    return ExplainStatement{.sql = std::move(asking),
                            .rows = is_json ? ExplainStatement::Rows::json : ExplainStatement::Rows::lines};
  }

  [[nodiscard]] bool may_share(const Execution& execution) const override {
    const auto path = shared_->options.search_paths.find(execution.database);
    const auto map = shared_->code_maps.last();
    return path != shared_->options.search_paths.end() && map != nullptr && is_shareable(execution) &&
           shared_->shows_as_it_is(execution) &&
           !map->reaches_code(execution.analysis, path->second.schemas).value_or(true);
  }

  [[nodiscard]] Result<std::unique_ptr<Connection>> connect(const Node&, Deadline deadline) override {
    auto connection = PostgresConnection::open(shared_, deadline);
    if (!connection) return pass_error(connection);
    return std::move(*connection);
  }

 private:
  Analyzer analyzer_;
  Layers layers_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace

Result<std::unique_ptr<DataSource>> make_data_source(const DataSourceConfig& config, const Layers& layers) {
  auto options = read_options(config);
  if (!options) return pass_error(options);
  return std::make_unique<PostgresDataSource>(std::move(*options), layers);
}

DataSourceType type() {
  DataSourceType type;
  type.spec = type_spec();
  type.create = [](const DataSourceConfig& config) { return make_data_source(config, Layers{}); };
  return type;
}

}  // namespace penstock::postgresql
