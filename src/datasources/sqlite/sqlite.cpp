#include "datasources/sqlite/sqlite.hpp"

#include <string>
#include <utility>

#include "datasources/sqlite/analysis.hpp"
#include "datasources/sqlite/connection.hpp"
#include "datasources/sqlite/options.hpp"

namespace penstock::sqlite {

namespace {

class SqliteDataSource final : public DataSource {
 public:
  explicit SqliteDataSource(Options options)
      : options_(std::make_shared<const Options>(std::move(options))) {}

  [[nodiscard]] Result<Analysis> analyze(const AnalysisRequest& request) const override {
    if (!options_->layers.analysis) return Analysis{};
    // A principal may have more than the datasource, never the other way round.
    const Access access = options_->access == Access::read_only ? Access::read_only : request.access;
    return analyze_statement(request.sql, access);
  }

  [[nodiscard]] Result<ExplainStatement> explain(std::string_view sql,
                                                 const ExplainOptions& options) const override {
    if (options.analyze) {
      return fail(ErrorCode::unsupported, "SQLite shows the plan of a statement, not what came of it",
                  "Ask without `analyze`.");
    }
    return ExplainStatement{.sql = "EXPLAIN QUERY PLAN " + std::string(sql),
                            .rows = ExplainStatement::Rows::tree};
  }

  [[nodiscard]] Result<std::unique_ptr<Connection>> connect(const Node&, Deadline deadline) override {
    auto connection = std::make_unique<SqliteConnection>(options_);
    if (auto opened = connection->open(deadline); !opened) return pass_error(opened);
    return connection;
  }

 private:
  std::shared_ptr<const Options> options_;
};

}  // namespace

Result<std::unique_ptr<DataSource>> make_data_source(const DataSourceConfig& config, const Layers& layers) {
  auto options = read_options(config);
  if (!options) return pass_error(options);
  options->layers = layers;
  return std::make_unique<SqliteDataSource>(std::move(*options));
}

DataSourceType type() {
  DataSourceType type;
  type.spec = type_spec();
  type.create = [](const DataSourceConfig& config) { return make_data_source(config, Layers{}); };
  return type;
}

}  // namespace penstock::sqlite
