// One query from its route to its last row.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/query.hpp"

#include "manager/catalogue.hpp"
#include "pool/pool.hpp"

namespace penstock {

/// Runs one statement: routes, analyses, validates, leases a connection, pulls batches and applies the
/// limits. Gives the connection back at the end, at a cut or at an error. One thread at a time.
///
/// Members are ordered so that destruction runs from the borrower to the owner: reader, lease, catalogue.
class QueryRun {
 public:
  /// `sql`, `params` and `options.stop` must outlive the run.
  QueryRun(std::shared_ptr<const Catalogue> catalogue, std::string_view sql, const Params& params,
           const QueryOptions& options);
  QueryRun(const QueryRun&) = delete;
  QueryRun& operator=(const QueryRun&) = delete;

  /// Up to the point where the first batch can be pulled.
  [[nodiscard]] Result<void> start(std::string_view database);
  [[nodiscard]] const SchemaPtr& schema() const noexcept { return schema_; }
  /// As ResultStream::next().
  [[nodiscard]] Result<std::optional<RecordBatch>> next();
  [[nodiscard]] const QuerySummary& summary() const noexcept { return summary_; }

 private:
  [[nodiscard]] Result<void> apply_options(const DataSourceConfig& config);
  [[nodiscard]] Result<void> analyze(const Route& route);
  [[nodiscard]] Result<void> open(const Route& route);
  [[nodiscard]] Result<void> open_once(const Route& route);
  [[nodiscard]] bool worth_a_second_try(const Error& error) const noexcept;
  [[nodiscard]] RecordBatch cut(RecordBatch batch);
  [[nodiscard]] Error late() const;
  void finish();

  std::shared_ptr<const Catalogue> catalogue_;
  std::string_view sql_;
  const Params& params_;
  const QueryOptions& options_;
  const Deadline::Clock::time_point started_ = Deadline::Clock::now();

  Deadline deadline_ = Deadline::never();
  std::int64_t rows_left_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t bytes_left_ = std::numeric_limits<std::int64_t>::max();
  std::shared_ptr<const Analysis> analysis_;
  std::optional<Execution> execution_;
  std::optional<pool::Lease> lease_;
  std::unique_ptr<BatchReader> reader_;

  SchemaPtr schema_;
  QuerySummary summary_;
  std::optional<Error> failure_;
};

}  // namespace penstock
