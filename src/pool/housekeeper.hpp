// The background threads of all pools, made here and nowhere else.
//
// One timer thread ("penstock-timer") calls each client at the time it asked for; it never blocks, so it does
// no I/O. What may block (connects, probes, closes) runs on worker threads ("penstock-work"), made when there
// is work and no worker is free, gone after ten idle seconds. A client bounds its own work (a pool:
// `connecting_limit` connects and one probe at once), so that one whose server hangs never holds up the
// others.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "penstock/query.hpp"

namespace penstock::pool {

/// As the system shows them; at most 15 characters each.
struct ThreadNames {
  const char* timer = "penstock-timer";
  const char* worker = "penstock-work";
};

/// Owns the threads. Thread-safe. May go before its clients: they then get no more calls, and run() says
/// false.
class Housekeeper {
  class Core;

 public:
  using Time = Deadline::Clock::time_point;
  /// Runs on the timer thread, must not block or throw; returns when it wants to be called again
  /// (Time::max(): not before the next wake()).
  using Tick = std::function<Time(Time now)>;
  using Job = std::function<void()>;

  /// One client's hold on the housekeeper; destroying it ends the calls. Thread-safe but for moves. A tick
  /// that runs at that moment may end a little later, so it must own what it uses.
  class Registration {
   public:
    Registration() = default;
    Registration(Registration&& other) noexcept;
    Registration& operator=(Registration&& other) noexcept;
    ~Registration();
    /// Calls the tick at `at`, or earlier if that was asked for.
    void wake(Time at) noexcept;
    /// Runs `job` on a worker. It must not throw. False when the housekeeper is gone or no thread can be
    /// made; the job is then not run.
    [[nodiscard]] bool run(Job job);

   private:
    friend class Housekeeper;
    Registration(std::shared_ptr<Core> core, std::uint64_t id) noexcept;
    void reset() noexcept;
    std::shared_ptr<Core> core_;
    std::uint64_t id_ = 0;
  };

  explicit Housekeeper(ThreadNames names = {});
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;
  /// Runs the jobs already accepted, and waits for them: close the pools first, and nothing is left but
  /// connects that their deadlines bound. Not from a tick or a job.
  ~Housekeeper();

  /// The first tick comes with the first wake().
  [[nodiscard]] Registration add(Tick tick);

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace penstock::pool
