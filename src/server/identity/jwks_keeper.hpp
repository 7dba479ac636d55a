// A set of keys that is kept fresh, on a thread of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "penstock/error.hpp"

#include "server/identity/jwks.hpp"
#include "server/identity/jwks_schedule.hpp"
#include "server/identity/jwks_source.hpp"

namespace penstock::server {

/// A set as it was fetched.
struct KeptJwks {
  Jwks keys;
  std::uint64_t generation = 0;  ///< another one than that of any set with other keys
};
using KeptJwksPtr = std::shared_ptr<const KeptJwks>;

/// Thread-safe. Nothing here blocks but the end, which waits for a fetch to notice that it is to stop.
class JwksKeeper {
 public:
  /// Called once, on some thread. `unavailable`: there is no set that holds, with why.
  using Answered = std::move_only_function<void(Result<KeptJwksPtr>)>;

  /// Begins to fetch at once.
  JwksKeeper(std::unique_ptr<JwksSource> source, JwksTimes times);
  JwksKeeper(const JwksKeeper&) = delete;
  JwksKeeper& operator=(const JwksKeeper&) = delete;
  ~JwksKeeper();

  /// The set that holds now; null when there is none.
  [[nodiscard]] KeptJwksPtr current() const;
  /// Answers with the first set that there is: at once, or when the first fetch has ended.
  void first(Answered answered);
  /// Answers with a set that was fetched after `known`, which lacks what is looked for: after the fetch that
  /// runs or that may begin now, at once otherwise. `unavailable` too when the newest set could not be
  /// fetched, as that may have it.
  void newer(const KeptJwksPtr& known, Answered answered);

  /// Waiting callers; more are refused at once.
  static constexpr std::size_t kMaxWaiting = 1'000;
  /// How often a watched source is asked whether it changed.
  static constexpr std::chrono::seconds kLookEvery{1};

 private:
  using Time = JwksSchedule::Time;

  void run(const std::stop_token& stop);
  void fetch(const std::stop_token& stop);
  [[nodiscard]] KeptJwksPtr parse(const Result<std::string>& text, std::string& why);
  [[nodiscard]] bool wait_until_due(const std::stop_token& stop);
  // Under the lock.
  [[nodiscard]] Result<KeptJwksPtr> verdict(Time now, bool wants_newest) const;
  void wait_for_fetch(std::unique_lock<std::mutex> lock, bool wants_newest, Answered answered);

  struct Waiter {
    bool wants_newest = false;
    Answered answered;
  };

  const std::unique_ptr<JwksSource> source_;  // the thread's own
  mutable std::mutex mutex_;                  // guards what follows
  std::condition_variable_any woken_;
  JwksSchedule schedule_;
  KeptJwksPtr kept_;
  std::string why_not_;  ///< the last fetch failed
  bool wanted_ = false;
  bool fetching_ = false;
  std::vector<Waiter> waiters_;
  std::string text_;  ///< of the set that is kept; the thread's own
  std::uint64_t generation_ = 0;
  std::jthread thread_;
};

}  // namespace penstock::server
