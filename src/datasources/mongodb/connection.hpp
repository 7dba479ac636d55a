// One session of the MongoDB driver.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "penstock/data_source.hpp"

#include "datasources/canceller.hpp"
#include "datasources/mongodb/client.hpp"
#include "datasources/mongodb/interrupt.hpp"
#include "datasources/mongodb/options.hpp"
#include "datasources/mongodb/statement_memo.hpp"

namespace penstock::mongodb {

/// What the connections of one datasource share. Thread-safe.
struct Shared {
  explicit Shared(Options given)
      : options(std::make_shared<const Options>(std::move(given))), statements(options->layers.analysis) {}
  const std::shared_ptr<const Options> options;
  StatementMemo statements;
  Canceller canceller;
};

class MongodbConnection final : public Connection {
 public:
  explicit MongodbConnection(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  MongodbConnection(const MongodbConnection&) = delete;
  MongodbConnection& operator=(const MongodbConnection&) = delete;
  /// Has the server end what a run that was stopped left there.
  ~MongodbConnection() override;

  [[nodiscard]] Result<void> open(Deadline deadline);

  [[nodiscard]] Result<std::unique_ptr<BatchReader>> execute(const Execution& execution) override;
  [[nodiscard]] Result<DatabaseSchema> introspect(std::string_view database, std::string_view table,
                                                  Deadline deadline) override;
  [[nodiscard]] Result<void> probe(Deadline deadline) override;
  [[nodiscard]] Result<ServerInfo> server_info(Deadline deadline) override;
  void cancel() noexcept override { interrupt_.cancel(); }
  [[nodiscard]] bool broken() const noexcept override { return client_ == nullptr || client_->broken(); }

 private:
  [[nodiscard]] Result<std::string> physical_database(const Execution& execution,
                                                      std::string_view qualifier) const;

  std::shared_ptr<Shared> shared_;
  Interrupt interrupt_;
  std::unique_ptr<Client> client_;
};

}  // namespace penstock::mongodb
