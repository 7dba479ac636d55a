// Ends statements at the server from threads of its own, by a second session, which may block and must hold
// no caller. The threads are made here and named "penstock-cancel".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "penstock/query.hpp"

#include "datasources/mysql/client.hpp"

namespace penstock::mysql {

/// Thread-safe.
class Canceller {
 public:
  /// Ends the session of this number; false when it could not be asked for, which may be tried again.
  using Kill = std::function<bool(std::uint64_t session, Deadline deadline)>;
  /// The most time that one takes, and that the destruction does with all that are still to be done.
  static constexpr std::chrono::milliseconds kPatience{3'000};

  explicit Canceller(Kill kill, std::chrono::milliseconds patience = kPatience);
  Canceller(const Canceller&) = delete;
  Canceller& operator=(const Canceller&) = delete;
  /// Does what is still to be done, as far as the time goes. A thread that hangs longer is left to itself.
  ~Canceller();

  /// Ends the session at the server, with the statement that it runs, and closes it. Nobody uses it again,
  /// and a server gives no number twice, so a kill that comes late harms nobody.
  void kill_and_close(ClientHandle client, std::uint64_t session);

 private:
  struct Work;
  static void run(const std::shared_ptr<Work>& work);

  std::shared_ptr<Work> work_;
};

}  // namespace penstock::mysql
