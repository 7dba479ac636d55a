// One session of the MongoDB driver.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "penstock/data_source.hpp"

#include "datasources/mongodb/client.hpp"
#include "datasources/mongodb/interrupt.hpp"
#include "datasources/mongodb/options.hpp"
#include "datasources/mongodb/statement_memo.hpp"

namespace penstock::mongodb {

class MongodbConnection final : public Connection {
 public:
  MongodbConnection(std::shared_ptr<const Options> options, std::shared_ptr<StatementMemo> statements)
      : options_(std::move(options)), statements_(std::move(statements)) {}

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

  std::shared_ptr<const Options> options_;
  std::shared_ptr<StatementMemo> statements_;
  Interrupt interrupt_;
  std::unique_ptr<Client> client_;
};

}  // namespace penstock::mongodb
