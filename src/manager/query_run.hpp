// One query from its route to its last row.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/query.hpp"

#include "manager/either_stop.hpp"
#include "manager/routing_table.hpp"
#include "pool/pool.hpp"

namespace penstock {

/// Runs one statement: routes, analyses, validates, leases a connection, pulls batches and applies the
/// limits. Gives the connection back at the end, at a cut or at an error, and holds nothing of the datasource
/// from then on. One thread at a time.
///
/// A write is never given up once execute() has returned: it may be done already, so only the driver can say
/// that it failed.
///
/// Members are ordered so that destruction runs from the borrower to the owner: reader, lease, source.
class QueryRun {
 public:
  /// `sql`, `params` and `options` must outlive the run.
  QueryRun(std::string_view sql, const Params& params, const QueryOptions& options)
      : sql_(sql),
        params_(params),
        options_(options),
        started_(options.asked_at ? *options.asked_at : Deadline::Clock::now()) {}
  QueryRun(const QueryRun&) = delete;
  QueryRun& operator=(const QueryRun&) = delete;
  ~QueryRun();

  /// Up to the point where the first batch can be pulled: prepare() and open().
  [[nodiscard]] Result<void> start(const RoutingTable& routing, std::string_view database);
  /// Everything before a connection is needed.
  [[nodiscard]] Result<void> prepare(const RoutingTable& routing, std::string_view database);
  /// After prepare(): on a connection of its own.
  [[nodiscard]] Result<void> open();
  /// After prepare(), instead of open(): what a run beside others brought.
  void adopt(std::unique_ptr<BatchReader> reader);
  /// After prepare(): what it failed with beside others.
  void give_up(Error& error) { end(error); }
  /// After prepare(): it will not be opened, as another run takes its place.
  void drop() noexcept { source_.reset(); }

  [[nodiscard]] const std::shared_ptr<Source>& source() const noexcept { return source_; }
  [[nodiscard]] const KnownStatement& statement() const noexcept { return *statement_; }
  [[nodiscard]] const Execution& execution() const noexcept { return *execution_; }
  /// It runs with parameters in place of its literals: what it fails with may not be what the text fails
  /// with.
  [[nodiscard]] bool is_parameterized() const noexcept { return parameterized_.has_value(); }
  [[nodiscard]] Deadline deadline() const noexcept { return deadline_; }
  [[nodiscard]] const SchemaPtr& schema() const noexcept { return schema_; }
  /// As ResultStream::next().
  [[nodiscard]] Result<std::optional<RecordBatch>> next();
  [[nodiscard]] const QuerySummary& summary() const noexcept { return summary_; }

 private:
  [[nodiscard]] Result<void> apply_options();
  [[nodiscard]] Result<void> analyze();
  [[nodiscard]] Result<void> make_execution(const RoutingTable& routing, const Route& route);
  /// One attempt. `waits_since`: when the wait for its connection began; what an earlier attempt took does
  /// not count.
  [[nodiscard]] Result<void> open_once(Deadline::Clock::time_point waits_since);
  [[nodiscard]] Result<void> open_as_written(Error error);
  [[nodiscard]] bool worth_a_second_try(const Error& error) const noexcept;
  [[nodiscard]] Result<std::optional<RecordBatch>> pull();
  [[nodiscard]] RecordBatch cut(RecordBatch batch);
  [[nodiscard]] Result<void> end_cut();
  [[nodiscard]] std::optional<Error> late() const;
  [[nodiscard]] Error defective(std::string_view what) const;
  std::unexpected<Error> failed(Error error);
  void end(Error& error);
  void finish(const Error* error = nullptr);
  void tell_observer(const Error* error) const noexcept;

  std::shared_ptr<Source> source_;
  std::string database_;
  std::string_view role_;  // the engine's, as the source's configuration spells it
  std::string_view sql_;
  const Params& params_;
  const QueryOptions& options_;
  const Deadline::Clock::time_point started_;
  Deadline::Clock::time_point leased_;

  Deadline deadline_ = Deadline::never();
  std::int64_t rows_left_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t bytes_left_ = std::numeric_limits<std::int64_t>::max();
  std::optional<ParameterizedStatement> parameterized_;  // runs in place of sql_
  std::shared_ptr<const KnownStatement> statement_;      // of what runs
  std::int64_t bytes_ = 0;                               // of the values handed out
  bool shared_ = false;
  std::optional<EitherStop> either_stop_;
  std::optional<Execution> execution_;
  std::optional<pool::Lease> lease_;
  std::unique_ptr<BatchReader> reader_;

  SchemaPtr schema_;
  QuerySummary summary_;
  std::optional<Error> failure_;
};

}  // namespace penstock
