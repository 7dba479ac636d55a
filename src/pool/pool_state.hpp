// What a pool decides, as a value: an event and the time go in, actions come out. No I/O, no clock, no
// thread, no lock; the Pool owns one, guards it by a mutex and performs the actions after unlocking. The
// rules in prose: docs/pool.md.
//
// A slot is the place of one connection. Whoever a slot is given to (a caller by a lease or a grant, a
// background job by a connect or probe action) owns it until it reports back by the event named there.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/pool_statistics.hpp"
#include "penstock/query.hpp"
#include "penstock/settings.hpp"

#include "pool/node_health.hpp"

namespace penstock::pool {

class Waiter;  // opaque here: handed in, handed back, never looked into

using Time = Deadline::Clock::time_point;
using SlotId = std::uint32_t;

/// A connection known to be alive more recently than this is leased without a probe.
inline constexpr std::chrono::milliseconds kFreshFor{500};
inline constexpr std::chrono::milliseconds kShortestBackOff{100};
inline constexpr std::chrono::milliseconds kLongestBackOff{5'000};
/// A connect gets at least so long, however short the deadline of the caller who needs it.
inline constexpr std::chrono::milliseconds kLeastConnectTime{1'000};
/// While a node is down, callers wait so long for the attempt that may end it, then fail.
inline constexpr std::chrono::milliseconds kHope{1'000};
/// Connections that served within this time outweigh a connect that could not reach the node.
inline constexpr std::chrono::milliseconds kRecentLife{1'000};
/// What the check of an idle connection may take, on the way to a caller.
inline constexpr std::chrono::milliseconds kProbeTime{1'000};
/// The same, in the background.
inline constexpr std::chrono::milliseconds kKeepaliveTime{5'000};

enum class ActionKind : std::uint8_t {
  grant,        ///< `slot` is leased to `waiter`, who is out of the queue; ends with release()
  refuse,       ///< `waiter` is out of the queue with nothing, because of `refusal`
  connect,      ///< open a connection for `slot` by `deadline`; ends with connected() or connect_failed()
  probe,        ///< probe `slot` by `deadline`; ends with probed()
  close,        ///< close the connection of `slot`; the slot is free already
  cancel,       ///< cancel what runs on `slot`; ends with cancel_done()
  report_leak,  ///< `slot` has been leased for too long
};

enum class Refusal : std::uint8_t {
  closed,
  down,      ///< the node is known to be down
  overload,  ///< `max_waiting` callers wait already
};

struct Action {
  ActionKind kind = ActionKind::close;
  SlotId slot = 0;
  Waiter* waiter = nullptr;
  Refusal refusal = Refusal::closed;
  Time deadline = Time::max();
  friend bool operator==(const Action&, const Action&) = default;
};
using Actions = std::vector<Action>;

struct AcquireRequest {
  std::string_view database;  ///< must live until the caller leaves the queue
  Time deadline = Time::max();
  Waiter* waiter = nullptr;
  std::uint64_t ticket = 0;  ///< of the same caller's first try: keeps its turn; 0 at the first try
};

struct AcquireDecision {
  enum class Kind : std::uint8_t {
    lease,  ///< `slot` is the caller's; its connection was alive just now
    check,  ///< the same, after a probe: checked() or check_failed() says how that went
    queue,  ///< wait for a grant or refuse action; withdraw() to leave early
    refuse,
  };
  Kind kind = Kind::refuse;
  SlotId slot = 0;
  std::uint64_t ticket = 0;  ///< the caller's turn, for another try and for withdraw()
  Refusal refusal = Refusal::closed;
};

enum class Returned : std::uint8_t {
  healthy,
  unused,     ///< granted to a caller who was cancelled in that moment
  discarded,  ///< its user wants it closed
  broken,
};

enum class Left : std::uint8_t { timed_out, cancelled };

struct PoolStateOptions {
  PoolOptions pool;                             ///< brought into range as Pool::make() says
  std::chrono::milliseconds leak_threshold{0};  ///< zero: none
  std::uint64_t seed = 0;                       ///< of the jitter
};

class PoolState {
 public:
  explicit PoolState(const PoolStateOptions& options);

  // Events. `now` never goes back by more than the callers' races for the lock.

  [[nodiscard]] AcquireDecision acquire(const AcquireRequest& request, Time now, Actions& actions);
  /// A connection for `database` that is idle and was alive just now; nothing: it takes acquire() to get one.
  [[nodiscard]] std::optional<SlotId> acquire_fresh(std::string_view database, Time now);
  /// The probe of a leased slot went well.
  void checked(SlotId slot, Time now);
  /// A leased slot was found dead before use. `by_probe`: silently, so that those idle for longer are dropped
  /// too.
  void check_failed(SlotId slot, bool by_probe, Time now, Actions& actions);
  /// A caller leaves the queue. False: it was granted or refused a moment before, and the action is on its
  /// way.
  [[nodiscard]] bool withdraw(std::uint64_t ticket, Left why);
  /// `database`: the connection's current_database().
  void release(SlotId slot, Returned how, std::string_view database, Time now, Actions& actions);
  void connected(SlotId slot, std::string_view database, Time now, Actions& actions);
  void connect_failed(SlotId slot, Error error, Time now, Actions& actions);
  void probed(SlotId slot, bool alive, Time now, Actions& actions);
  /// Does what is due by time; to be called at due().
  void tick(Time now, Actions& actions);
  /// From now on `min_pool_size` is kept. The first acquire() does the same.
  void warm_up(Time now, Actions& actions);
  /// From now on no connection is kept that nobody waits for.
  void retire(Time now, Actions& actions);
  void close(bool cancel_leased, Actions& actions);
  void cancel_done(SlotId slot, Actions& actions);

  // What it knows.

  /// When to call tick() next; any event may bring it forward.
  [[nodiscard]] Time due() const noexcept { return due_; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] PoolStatistics statistics() const noexcept;
  [[nodiscard]] const NodeHealth& health() const noexcept { return health_; }
  [[nodiscard]] const PoolOptions& options() const noexcept { return options_.pool; }
  /// Of a leased slot: since when, and the database it was acquired for.
  [[nodiscard]] Time leased_since(SlotId slot) const noexcept { return slots_[slot].since; }
  [[nodiscard]] const std::string& database(SlotId slot) const noexcept { return slots_[slot].database; }

 private:
  enum class Use : std::uint8_t {
    free,
    connecting,
    idle,
    probing,
    leased,
    returned,  ///< the lease is over, but close() still cancels on it
  };
  struct Slot {
    Use use = Use::free;
    bool leak_reported = false;
    bool cancelling = false;
    Time since;  ///< connecting: from; leased: from; idle: unused from
    Time alive;  ///< the last sign of life
    Time expires;
    std::string database;  ///< leased: asked for; idle: current
  };
  struct Waiting {
    std::uint64_t ticket = 0;
    Waiter* waiter = nullptr;
    Time since;
    Time deadline;
    std::string_view database;
  };

  // pool_state.cpp: connections and callers
  [[nodiscard]] std::size_t find_idle(std::string_view database) const noexcept;
  void lease(SlotId slot, std::string_view database, Time now);
  void give(SlotId slot, Time now, Actions& actions);
  [[nodiscard]] AcquireDecision enqueue(const AcquireRequest& request, std::uint64_t ticket, Time now,
                                        Actions& actions);
  void drop(SlotId slot, Actions& actions);
  void end_lease(SlotId slot, Actions& actions);
  void free_slot(SlotId slot) noexcept;
  // pool_state_health.cpp: the node and time
  [[nodiscard]] bool may_connect(Time now) const noexcept;
  [[nodiscard]] bool wants_connection() const noexcept;
  [[nodiscard]] bool known_down(Time now) const noexcept;
  [[nodiscard]] Time connect_deadline(Time now) const noexcept;
  void grow(Time now, Actions& actions);
  void sign_of_life(Time now);
  void count_failure(const Error& error, Time attempt_began, Time now);
  void go_down(Time now);
  void refuse_if_down(Time now, Actions& actions);
  void reap(Time now, Actions& actions);
  void keep_alive(Time now, Actions& actions);
  void find_leaks(Time now, Actions& actions);
  void schedule(Time now) noexcept;
  [[nodiscard]] double random() noexcept;

  [[nodiscard]] std::size_t live() const noexcept { return idle_.size() + leased_ + probing_; }

  PoolStateOptions options_;
  std::chrono::nanoseconds period_{};  ///< between ticks while there are connections; zero: none needed
  std::vector<Slot> slots_;            ///< `max_pool_size` of them, for good
  std::vector<SlotId> free_;
  std::vector<SlotId> idle_;     ///< the last one was used last
  std::deque<Waiting> waiting_;  ///< by ticket
  std::size_t leased_ = 0, connecting_ = 0, probing_ = 0;
  std::uint64_t next_ticket_ = 1;
  bool closed_ = false;
  bool retired_ = false;
  bool keeps_min_size_ = false;

  NodeHealth health_;
  int failures_ = 0;               ///< rounds of failed connects since the last one that worked
  Time retry_at_;                  ///< while failures_ > 0: no attempt before
  Time hope_ends_;                 ///< while connecting: how long callers wait for it though the node is down
  std::optional<Time> last_life_;  ///< nothing when a connection was found dead since
  Time due_ = Time::max();

  std::uint64_t rng_;
  PoolStatistics counters_;  ///< the counters alone; the rest is filled in by statistics()
};

}  // namespace penstock::pool
