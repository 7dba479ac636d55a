#include "datasources/mongodb/mongodb.hpp"

#include <string>
#include <utility>

#include "datasources/mongodb/connection.hpp"
#include "datasources/mongodb/options.hpp"
#include "datasources/mongodb/statement_memo.hpp"

namespace penstock::mongodb {

namespace {

class MongodbDataSource final : public DataSource {
 public:
  explicit MongodbDataSource(Options options) : shared_(std::make_shared<Shared>(std::move(options))) {}

  [[nodiscard]] Result<Analysis> analyze(const AnalysisRequest& request) const override {
    if (!shared_->options->layers.analysis)
      return Analysis{.kind = StatementKind::select, .may_write = false};
    auto statement = shared_->statements.get(request.sql);
    if (!statement) return pass_error(statement);
    Analysis analysis{.kind = StatementKind::select, .may_write = false, .qualifiers_are_certain = true};
    if (const auto qualifier = (*statement)->qualifier(); !qualifier.empty())
      analysis.qualifiers.emplace_back(qualifier);
    return analysis;
  }

  [[nodiscard]] Result<std::unique_ptr<Connection>> connect(const Node&, Deadline deadline) override {
    auto connection = std::make_unique<MongodbConnection>(shared_);
    if (auto opened = connection->open(deadline); !opened) return pass_error(opened);
    return connection;
  }

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace

Result<std::unique_ptr<DataSource>> make_data_source(const DataSourceConfig& config, const Layers& layers) {
  auto options = read_options(config);
  if (!options) return pass_error(options);
  options->layers = layers;
  return std::make_unique<MongodbDataSource>(std::move(*options));
}

DataSourceType type() {
  DataSourceType type;
  type.spec = type_spec();
  type.create = [](const DataSourceConfig& config) { return make_data_source(config, Layers{}); };
  return type;
}

}  // namespace penstock::mongodb
