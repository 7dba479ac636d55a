// The answer to POST /v1/query: whole when it is small, streamed when it is not.
#pragma once

#include <atomic>
#include <memory>

#include "penstock/format.hpp"
#include "penstock/query.hpp"

#include "server/exchange.hpp"
#include "server/executor.hpp"

namespace penstock::server {

/// Writes one result to one exchange. While the client takes its time, it holds what was written last, the
/// query's connection, and no thread.
class QueryAnswer : public std::enable_shared_from_this<QueryAnswer> {
 public:
  /// An answer up to here is sent whole, with its length.
  static constexpr std::size_t kMaxWholeBytes = 256 << 10;
  /// Of a streamed one, what is written at a time, at least.
  static constexpr std::size_t kPieceBytes = 64 << 10;

  /// Not later than `deadline` the query ends, also while its client takes nothing in.
  QueryAnswer(std::shared_ptr<Exchange> exchange, Executor& executor, Deadline deadline, Format format,
              RowShape rows);
  QueryAnswer(const QueryAnswer&) = delete;
  QueryAnswer& operator=(const QueryAnswer&) = delete;
  ~QueryAnswer();

  /// Called once, on a thread of the executor. Errors become problem details.
  void start(Result<ResultStream> stream);

 private:
  class Writing;
  void pull();
  [[nodiscard]] bool write_piece();
  void begin();
  void park_no_longer();
  void end();
  void fail(const Error& error);
  void note(const Error* error) const;

  std::shared_ptr<Exchange> exchange_;
  Executor& executor_;
  const Deadline deadline_;
  const Format format_;
  std::unique_ptr<Writing> writing_;
  bool begun_ = false;
  std::atomic<bool> parked_ = false;  ///< no thread has it, it waits for its client
};

}  // namespace penstock::server
