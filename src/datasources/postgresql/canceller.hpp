// Cancels statements at the server from threads of its own: PQcancel() of libpq 15 blocks for as long as the
// network lets it, and must hold no caller. The threads are made here and named "penstock-cancel".
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "datasources/postgresql/libpq.hpp"

namespace penstock::postgresql {

/// Thread-safe. Its destruction does what is still to be done, and waits for it.
class Canceller {
 public:
  Canceller() = default;
  Canceller(const Canceller&) = delete;
  Canceller& operator=(const Canceller&) = delete;
  ~Canceller();

  /// Asks the server to stop what runs on `connection`, again and again until it has or some seconds are
  /// over, and closes it then: nobody uses it again, so a cancel that comes late harms nobody.
  void cancel_and_close(ConnectionHandle connection);

 private:
  // One that hangs on a network that drops its packets must not hold up all others.
  static constexpr std::size_t kThreads = 4;

  void run();

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<ConnectionHandle> queue_;
  std::size_t idle_ = 0;
  bool ending_ = false;
  std::vector<std::jthread> threads_;  // made when needed
};

}  // namespace penstock::postgresql
