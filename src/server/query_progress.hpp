// How far a query is, for a client of MCP that asks to be told.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

#include "protocol/mcp/call.hpp"
#include "server/executor.hpp"

namespace penstock::server {

/// Tells how many rows were read, and each second that a query is still running while none are: its rows may
/// take their time, and a client may give up on what says nothing. What is told grows each time: the rows,
/// and less than one more for the seconds since the last of them. Thread-safe.
class QueryProgress : public std::enable_shared_from_this<QueryProgress> {
 public:
  static constexpr std::chrono::seconds kEvery{1};

  /// Null when the client does not ask. Tells for as long as it is held, and the call is not answered.
  [[nodiscard]] static std::shared_ptr<QueryProgress> begin(std::shared_ptr<protocol::mcp::ToolCall> call,
                                                            Executor& executor);
  /// So many by now. Told at once the first time, and no oftener than kEvery then.
  void rows_read(std::int64_t rows);

 private:
  using Clock = Deadline::Clock;
  QueryProgress(std::shared_ptr<protocol::mcp::ToolCall> call, Executor& executor)
      : call_(std::move(call)), executor_(executor), began_(Clock::now()) {}
  void wait();
  void tick();
  void tell(Clock::time_point now);

  std::shared_ptr<protocol::mcp::ToolCall> call_;
  Executor& executor_;
  const Clock::time_point began_;
  std::mutex mutex_;  // guards what follows, and keeps what is sent in order; sending only queues
  std::int64_t rows_ = 0;
  std::int64_t told_rows_ = 0;
  int ticks_ = 0;  ///< since rows_ changed
  Clock::time_point told_;
};

}  // namespace penstock::server
