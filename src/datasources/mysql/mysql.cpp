#include "datasources/mysql/mysql.hpp"

#include <mutex>
#include <string>
#include <utility>

#include "datasources/mysql/analysis.hpp"
#include "datasources/mysql/connection.hpp"
#include "datasources/mysql/options.hpp"

namespace penstock::mysql {

namespace {

Policy policy_of(const Options& options) {
  return {.databases = options.config.databases, .allow_functions = options.allow_functions};
}

// The library's own global state, which is not to be made by two threads at a time.
void begin_library() {
  static std::once_flag once;
  std::call_once(once, [] { mysql_library_init(0, nullptr, nullptr); });
}

class MysqlDataSource final : public DataSource {
 public:
  MysqlDataSource(Options options, const Layers& layers)
      : analyzer_(policy_of(options)),
        layers_(layers),
        shared_(std::make_shared<Shared>(std::move(options))) {}

  [[nodiscard]] Result<Analysis> analyze(const AnalysisRequest& request) const override {
    const bool read_only = shared_->options->config.access == Access::read_only;
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

  // The text form is JSON's too: what EXPLAIN says without it is a table.
  [[nodiscard]] Result<ExplainStatement> explain(std::string_view sql,
                                                 const ExplainOptions& options) const override {
    std::string asking = options.analyze ? "ANALYZE FORMAT=JSON " : "EXPLAIN FORMAT=JSON ";
    asking += sql;
    const bool is_json = options.format == PlanFormat::json;
    return ExplainStatement{.sql = std::move(asking),
                            .rows = is_json ? ExplainStatement::Rows::json : ExplainStatement::Rows::lines};
  }

  [[nodiscard]] Result<std::unique_ptr<Connection>> connect(const Node&, Deadline deadline) override {
    auto connection = MysqlConnection::open(shared_, deadline);
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
  begin_library();
  return std::make_unique<MysqlDataSource>(std::move(*options), layers);
}

DataSourceType type() {
  DataSourceType type;
  type.spec = type_spec();
  type.create = [](const DataSourceConfig& config) { return make_data_source(config, Layers{}); };
  return type;
}

}  // namespace penstock::mysql
