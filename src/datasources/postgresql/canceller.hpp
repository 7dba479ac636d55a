// Cancels statements at the server from threads of its own: PQcancel() of libpq 15 blocks for as long as the
// network lets it, and must hold no caller. The threads are made here and named "penstock-cancel".
#pragma once

#include <chrono>
#include <memory>

#include "datasources/postgresql/libpq.hpp"

namespace penstock::postgresql {

/// Thread-safe.
class Canceller {
 public:
  /// The most time that one cancel takes as a rule, and that the destruction does with all that are still to
  /// be done.
  static constexpr std::chrono::milliseconds kPatience{3'000};

  explicit Canceller(std::chrono::milliseconds patience = kPatience);
  Canceller(const Canceller&) = delete;
  Canceller& operator=(const Canceller&) = delete;
  /// Does what is still to be done, as far as the time goes. A thread that hangs in a connect to a server
  /// that does not answer is left to itself.
  ~Canceller();

  /// Asks the server to stop what runs on `connection`, again and again until it has or some seconds are
  /// over, and closes it then: nobody uses it again, so a cancel that comes late harms nobody.
  void cancel_and_close(ConnectionHandle connection);

 private:
  struct Work;
  static void run(const std::shared_ptr<Work>& work);

  std::shared_ptr<Work> work_;
};

}  // namespace penstock::postgresql
