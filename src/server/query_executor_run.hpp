// What the parts of the query executor share.
#pragma once

#include <exception>
#include <list>
#include <memory>

#include "server/log.hpp"
#include "server/query_executor.hpp"

namespace penstock::server {

/// How often jobs that wait, or run with others, are looked at, while there are any.
inline constexpr std::chrono::milliseconds kTick{2};

/// What throws here has no caller to throw to: the exchange, or the call, that it held is answered when it
/// goes.
template <typename Work>
void guarded(Work&& work) {
  try {
    work();
  } catch (const std::exception& thrown) {
    log(LogLevel::error, "worker_threw", {{"what", thrown.what()}});
  }
}

/// For who comes, or still waits, after stop().
[[nodiscard]] inline Error stopped_error() {
  return fail(ErrorCode::unavailable, "the server is shutting down", "Ask again in a while.").error();
}

/// Jobs that run on one connection.
struct QueryExecutor::TogetherRun {
  Lane& lane;
  /// Under the executor's mutex, who of them still waits for an answer. Null: it went back to the lane.
  Jobs jobs;
  std::unique_ptr<QueriesTogether> queries = nullptr;
  bool abandoned = false;  ///< nobody waits for it any more; under the executor's mutex
  /// Where its answers are awaited, and from where others may be sent behind it; null: on a worker. Under the
  /// executor's mutex.
  std::shared_ptr<EventLoop> loop = nullptr;
  EventLoop::Wait wait = 0;
  std::list<std::shared_ptr<TogetherRun>>::iterator place = {};
  /// What was sent behind it, on the same connection and by the same loop.
  std::shared_ptr<TogetherRun> next = nullptr;
  bool behind = false;  ///< the run before it has not ended; under the executor's mutex
  Time sent = {};       ///< when it was
};

}  // namespace penstock::server
