// Threads whose stacks hold what libpg_query makes of hostile statements.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <vector>

#include <pthread.h>

#include "penstock/error.hpp"

namespace penstock::pg_query {

/// Runs work on threads with large stacks: libpg_query packs, and protobuf-c unpacks, a tree by recursion of
/// about 2 KB a level and without a limit, so that 10 KB of `1+1+1...` overflow a stack of 8 MiB. Threads are
/// made when needed, at most `max_threads`, and kept for the next work; destroying the object joins them.
/// Thread-safe.
class ParserThreads {
 public:
  /// Enough for statements within the bounds of parser.hpp several times over. Reserved, not used: the
  /// memory a thread takes is what its deepest work touched.
  static constexpr std::size_t kStackBytes = std::size_t{64} << 20;

  explicit ParserThreads(std::size_t max_threads);
  ParserThreads(const ParserThreads&) = delete;
  ParserThreads& operator=(const ParserThreads&) = delete;
  ~ParserThreads();

  /// Runs `work`, which must not throw, on one of the threads and waits for its end. Work that says it went
  /// deep (returns true) costs its thread, and with it the memory of its stack. `unavailable` when there is
  /// no thread and none can be made.
  [[nodiscard]] Result<void> run(const std::function<bool()>& work);

 private:
  struct Task {
    const std::function<bool()>* work;
    bool done = false;
    std::condition_variable ended;
  };

  static void* serve_thread(void* self);
  void serve();
  [[nodiscard]] bool add_thread();
  void join_leavers();

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable work_or_end_;
  std::condition_variable thread_left_;
  std::list<Task*> waiting_;
  std::vector<pthread_t> leavers_;  // to be joined
  std::size_t threads_ = 0;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

}  // namespace penstock::pg_query
