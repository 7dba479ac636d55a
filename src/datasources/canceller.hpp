// Ends statements at servers from threads of its own, by second sessions, which may block and must hold no
// caller. The threads are made here and named "penstock-cancel".
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "penstock/query.hpp"

namespace penstock {

/// Thread-safe.
class Canceller {
 public:
  /// Asks a server to end one statement; false when it could not be asked, which is then tried again. What it
  /// holds is destroyed by the same thread.
  using Attempt = std::move_only_function<bool(Deadline deadline)>;
  /// The most time that one takes, and that the destruction does with all that are still to be done.
  static constexpr std::chrono::milliseconds kPatience{3'000};

  /// `at_thread_end` is for client libraries that keep something for each thread.
  explicit Canceller(void (*at_thread_end)() = nullptr, std::chrono::milliseconds patience = kPatience);
  Canceller(const Canceller&) = delete;
  Canceller& operator=(const Canceller&) = delete;
  /// Does what is still to be done, as far as the time goes. A thread that hangs longer is left to itself.
  ~Canceller();

  /// Without a thread to be had it is dropped, and the statement ends by its own time limit.
  void add(Attempt attempt);

 private:
  struct Work;
  static void run(const std::shared_ptr<Work>& work);

  std::shared_ptr<Work> work_;
};

}  // namespace penstock
