#include "pool/pool.hpp"

#include <algorithm>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

#include "datasources/guarded.hpp"
#include "pool/acquire_error.hpp"
#include "pool/housekeeper.hpp"
#include "pool/pool_state.hpp"
#include "pool/waiter.hpp"

namespace penstock::pool {
namespace {

using Clock = Deadline::Clock;
using Connections = std::vector<std::unique_ptr<Connection>>;

// What one event leaves to be done once the lock is released.
struct Turn {
  Actions actions;
  Connections doomed;
  std::vector<LeakReport> leaks;
  std::optional<Time> wake_at;
};

enum class OnThread : std::uint8_t {
  worker_or_caller,  // may block for a moment
  timer,             // may not
};

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

class Pool::Impl {
 public:
  Impl(std::shared_ptr<DataSource> source, Node node, std::string datasource_name, const PoolOptions& options,
       LeakWatch leaks)
      : source_(std::move(source)),
        node_(std::move(node)),
        datasource_(std::move(datasource_name)),
        leaks_(std::move(leaks)),
        state_({.pool = options, .leak_threshold = leaks_.threshold, .seed = random_seed()}),
        connections_(static_cast<std::size_t>(state_.options().max_pool_size)) {}

  void join(Housekeeper& housekeeper, const std::shared_ptr<Pool>& self);
  [[nodiscard]] std::optional<Lease> acquire_fresh(std::string_view database);
  [[nodiscard]] Result<Lease> acquire(std::string_view database, Deadline deadline,
                                      const std::stop_token& stop);
  void give_back(SlotId slot, bool discard);
  void warm_up();
  void retire();
  void close(bool cancel);
  void close_rest() noexcept;
  [[nodiscard]] std::stop_token closing() const noexcept { return closing_.get_token(); }
  [[nodiscard]] PoolStatistics statistics() const;
  [[nodiscard]] NodeHealth health() const;
  [[nodiscard]] PoolReport report() const;

 private:
  enum class Ended : std::uint8_t { granted, refused, timed_out, cancelled };

  // Not to be left halfway: when memory runs out here, the process ends.
  template <typename Event>
  void decide(Turn& turn, Event event) noexcept;
  void perform(Turn& turn, OnThread thread = OnThread::worker_or_caller) noexcept;
  [[nodiscard]] Time tick(Time now);

  [[nodiscard]] Ended wait(Waiter& waiter, std::uint64_t ticket, Deadline deadline,
                           const std::stop_token& stop);
  [[nodiscard]] bool passes_check(SlotId slot, bool probe, Deadline deadline);

  void start_connect(SlotId slot, Deadline deadline);
  void connect(SlotId slot, Deadline deadline);
  void end_connect(SlotId slot, Result<std::unique_ptr<Connection>> made);
  void start_probe(SlotId slot, Deadline deadline);
  void end_probe(SlotId slot, bool alive);
  void cancel(SlotId slot);
  void close_elsewhere(Connections doomed);
  void report_leaks(std::vector<LeakReport> leaks);

  const std::shared_ptr<DataSource> source_;
  const Node node_;
  const std::string datasource_;
  const LeakWatch leaks_;
  std::stop_source closing_;

  mutable std::mutex mutex_;
  PoolState state_;               // guarded by mutex_
  Time scheduled_ = Time::max();  // guarded by mutex_: when the housekeeper will call, at the latest
  // One a slot, touched only by whoever the state gave the slot to.
  Connections connections_;
  std::weak_ptr<Pool> self_;
  Housekeeper::Registration housekeeper_;
};

void Pool::Impl::join(Housekeeper& housekeeper, const std::shared_ptr<Pool>& self) {
  self_ = self;
  housekeeper_ = housekeeper.add([pool = self_](Time now) {
    const std::shared_ptr<Pool> alive = pool.lock();
    return alive ? alive->impl_->tick(now) : Time::max();
  });
}

// Lets the state decide on one event, under the lock, and takes out what belongs to its actions.
template <typename Event>
void Pool::Impl::decide(Turn& turn, Event event) noexcept {
  const std::lock_guard lock(mutex_);
  event(state_);
  for (const Action& action : turn.actions) {
    if (action.kind == ActionKind::close) {
      turn.doomed.push_back(std::move(connections_[action.slot]));
    } else if (action.kind == ActionKind::report_leak) {
      const auto held = Clock::now() - state_.leased_since(action.slot);
      turn.leaks.push_back({.datasource = datasource_,
                            .node = node_.name,
                            .database = state_.database(action.slot),
                            .held = std::chrono::duration_cast<std::chrono::milliseconds>(held)});
    }
  }
  if (state_.due() < scheduled_) {
    scheduled_ = state_.due();
    turn.wake_at = scheduled_;
  }
}

void Pool::Impl::perform(Turn& turn, OnThread thread) noexcept {
  for (const Action& action : turn.actions) {  // callers first: they wait
    if (action.kind == ActionKind::grant) action.waiter->settle({.granted = true, .slot = action.slot});
    if (action.kind == ActionKind::refuse) action.waiter->settle({.refusal = action.refusal});
  }
  if (thread == OnThread::timer && !turn.doomed.empty()) {
    close_elsewhere(std::move(turn.doomed));
  } else {
    turn.doomed.clear();
  }
  for (const Action& action : turn.actions) {
    if (action.kind == ActionKind::connect) start_connect(action.slot, Deadline::at(action.deadline));
    if (action.kind == ActionKind::probe) start_probe(action.slot, Deadline::at(action.deadline));
    if (action.kind == ActionKind::cancel) cancel(action.slot);
  }
  if (!turn.leaks.empty()) report_leaks(std::move(turn.leaks));
  if (turn.wake_at) housekeeper_.wake(*turn.wake_at);
}

Time Pool::Impl::tick(Time now) {
  Turn turn;
  decide(turn, [&](PoolState& state) {
    scheduled_ = Time::max();
    state.tick(now, turn.actions);
  });
  const Time next = turn.wake_at.value_or(Time::max());
  turn.wake_at.reset();
  perform(turn, OnThread::timer);
  return next;
}

Result<Lease> Pool::Impl::acquire(std::string_view database, Deadline deadline, const std::stop_token& stop) {
  AcquireRequest request{.database = database, .deadline = deadline.time()};
  Time came;
  for (;;) {
    const Time now = Clock::now();
    if (request.ticket == 0) came = now;
    if (stop.stop_requested()) return std::unexpected(cancelled_error(report()));
    if (now >= deadline.time()) return std::unexpected(timeout_error(report(), now - came));

    Waiter waiter;
    request.waiter = &waiter;
    Turn turn;
    AcquireDecision decision;
    decide(turn, [&](PoolState& state) { decision = state.acquire(request, now, turn.actions); });
    perform(turn);
    if (decision.kind == AcquireDecision::Kind::refuse) {
      return std::unexpected(refusal_error(report(), decision.refusal));
    }
    if (decision.kind == AcquireDecision::Kind::queue) {
      switch (wait(waiter, decision.ticket, deadline, stop)) {
        case Ended::granted:
          decision.slot = waiter.outcome().slot;
          break;
        case Ended::refused:
          return std::unexpected(refusal_error(report(), waiter.outcome().refusal));
        case Ended::timed_out:
          return std::unexpected(timeout_error(report(), Clock::now() - came));
        case Ended::cancelled:
          return std::unexpected(cancelled_error(report()));
      }
    }
    const bool probe = decision.kind == AcquireDecision::Kind::check;
    if (passes_check(decision.slot, probe, deadline)) {
      return Lease(self_.lock(), connections_[decision.slot].get(), decision.slot);
    }
    request.ticket = decision.ticket;
  }
}

std::optional<Lease> Pool::Impl::acquire_fresh(std::string_view database) {
  const Time now = Clock::now();
  Turn turn;
  std::optional<SlotId> slot;
  decide(turn, [&](PoolState& state) { slot = state.acquire_fresh(database, now); });
  perform(turn);
  if (!slot) return std::nullopt;
  Lease lease(self_.lock(), connections_[*slot].get(), *slot);
  if (lease->broken()) return std::nullopt;  // and its end closes it
  return lease;
}

Pool::Impl::Ended Pool::Impl::wait(Waiter& waiter, std::uint64_t ticket, Deadline deadline,
                                   const std::stop_token& stop) {
  bool settled = false;
  if (stop.stop_possible()) {
    // Pokes and no more: it runs on a thread that may hold any lock, so it takes none.
    const std::stop_callback on_stop(stop, [&waiter] { waiter.poke(); });
    settled = waiter.wait_until(deadline.time());
  } else {
    settled = waiter.wait_until(deadline.time());
  }
  if (!settled) {
    const bool stopped = stop.stop_requested();
    {
      const std::lock_guard lock(mutex_);
      if (state_.withdraw(ticket, stopped ? Left::cancelled : Left::timed_out)) {
        return stopped ? Ended::cancelled : Ended::timed_out;
      }
    }
    waiter.wait_settled();  // whoever took it from the queue is about to
  }
  if (!waiter.outcome().granted) return Ended::refused;
  if (!stop.stop_requested()) return Ended::granted;
  const SlotId slot = waiter.outcome().slot;
  const std::string_view database = connections_[slot]->current_database();
  const Time now = Clock::now();
  Turn turn;
  decide(turn, [&](PoolState& state) { state.release(slot, Returned::unused, database, now, turn.actions); });
  perform(turn);
  return Ended::cancelled;
}

// Broken ones are found at each borrow, which is free; a probe must leave the caller time for another
// connection.
bool Pool::Impl::passes_check(SlotId slot, bool probe, Deadline deadline) {
  Connection& connection = *connections_[slot];
  bool by_probe = false;
  if (!connection.broken()) {
    if (!probe) return true;
    const Time began = Clock::now();
    Time::duration allowed = kProbeTime;
    if (!deadline.is_never()) allowed = std::min<Time::duration>(allowed, (deadline.time() - began) / 2);
    const Result<void> alive =
        guarded(datasource_, [&] { return connection.probe(Deadline::at(began + allowed)); });
    if (alive && !connection.broken()) {
      const Time now = Clock::now();
      const std::lock_guard lock(mutex_);
      state_.checked(slot, now);
      return true;
    }
    // A probe that only ran out of the caller's time tells nothing about the other connections.
    by_probe = allowed == kProbeTime || alive || alive.error().code != ErrorCode::timeout;
  }
  const Time now = Clock::now();
  Turn turn;
  decide(turn, [&](PoolState& state) { state.check_failed(slot, by_probe, now, turn.actions); });
  perform(turn);
  return false;
}

void Pool::Impl::give_back(SlotId slot, bool discard) {
  const Connection& connection = *connections_[slot];
  const std::string_view database = connection.current_database();
  Returned how = discard ? Returned::discarded : Returned::healthy;
  if (connection.broken()) how = Returned::broken;
  const Time now = Clock::now();
  Turn turn;
  decide(turn, [&](PoolState& state) { state.release(slot, how, database, now, turn.actions); });
  perform(turn);
}

void Pool::Impl::start_connect(SlotId slot, Deadline deadline) {
  const auto job = [self = self_.lock(), slot, deadline] { self->impl_->connect(slot, deadline); };
  if (housekeeper_.run(job)) return;
  end_connect(slot, fail(ErrorCode::unavailable,
                         "Nothing new can be opened: the pools are being shut down, or the "
                         "system gives no more threads."));
}

void Pool::Impl::connect(SlotId slot, Deadline deadline) {
  bool closed = false;
  {
    const std::lock_guard lock(mutex_);
    closed = state_.closed();
  }
  if (closed) return end_connect(slot, fail(ErrorCode::unavailable, "The pool was closed."));
  end_connect(slot, guarded(datasource_, [&] { return source_->connect(node_, deadline); }));
}

void Pool::Impl::end_connect(SlotId slot, Result<std::unique_ptr<Connection>> made) {
  if (made && *made == nullptr) {
    made = std::unexpected(driver_broke_contract(datasource_, "connect() gave no connection"));
  }
  const Time now = Clock::now();
  Turn turn;
  if (made) {
    connections_[slot] = std::move(*made);
    const std::string_view database = connections_[slot]->current_database();
    decide(turn, [&](PoolState& state) { state.connected(slot, database, now, turn.actions); });
  } else {
    decide(turn,
           [&](PoolState& state) { state.connect_failed(slot, std::move(made.error()), now, turn.actions); });
  }
  perform(turn);
}

void Pool::Impl::start_probe(SlotId slot, Deadline deadline) {
  const auto job = [self = self_.lock(), slot, deadline] {
    Connection& connection = *self->impl_->connections_[slot];
    const auto answer = guarded(self->impl_->datasource_, [&] { return connection.probe(deadline); });
    self->impl_->end_probe(slot, answer.has_value() && !connection.broken());
  };
  if (!housekeeper_.run(job)) end_probe(slot, false);
}

void Pool::Impl::end_probe(SlotId slot, bool alive) {
  const Time now = Clock::now();
  Turn turn;
  decide(turn, [&](PoolState& state) { state.probed(slot, alive, now, turn.actions); });
  perform(turn);
}

// The state keeps the connection of a slot that is being cancelled, though its lease may end meanwhile.
void Pool::Impl::cancel(SlotId slot) {
  connections_[slot]->cancel();
  Turn turn;
  decide(turn, [&](PoolState& state) { state.cancel_done(slot, turn.actions); });
  perform(turn);
}

// To close may mean to write a farewell to a server that no longer reads.
void Pool::Impl::close_elsewhere(Connections doomed) {
  const auto shared = std::make_shared<Connections>(std::move(doomed));
  if (!housekeeper_.run([shared] { shared->clear(); })) shared->clear();
}

void Pool::Impl::report_leaks(std::vector<LeakReport> leaks) {
  if (!leaks_.report) return;
  const auto job = [report = leaks_.report, leaks = std::move(leaks)] {
    std::ranges::for_each(leaks, report);
  };
  if (!housekeeper_.run(job)) job();
}

void Pool::Impl::warm_up() {
  const Time now = Clock::now();
  Turn turn;
  decide(turn, [&](PoolState& state) { state.warm_up(now, turn.actions); });
  perform(turn);
}

void Pool::Impl::retire() {
  const Time now = Clock::now();
  Turn turn;
  decide(turn, [&](PoolState& state) { state.retire(now, turn.actions); });
  perform(turn);
}

void Pool::Impl::close(bool cancel) {
  Turn turn;
  decide(turn, [&](PoolState& state) { state.close(cancel, turn.actions); });
  perform(turn);
  if (cancel) closing_.request_stop();
}

// The last reference may have been a tick's, whose thread must not block.
void Pool::Impl::close_rest() noexcept {
  Connections rest = std::move(connections_);
  std::erase(rest, nullptr);
  if (!rest.empty()) close_elsewhere(std::move(rest));
}

PoolStatistics Pool::Impl::statistics() const {
  const std::lock_guard lock(mutex_);
  return state_.statistics();
}

NodeHealth Pool::Impl::health() const {
  const std::lock_guard lock(mutex_);
  return state_.health();
}

PoolReport Pool::Impl::report() const {
  const std::lock_guard lock(mutex_);
  return {.datasource = datasource_,
          .node = node_.name,
          .numbers = state_.statistics(),
          .health = state_.health(),
          .max_waiting = state_.options().max_waiting,
          .now = Clock::now()};
}

std::shared_ptr<Pool> Pool::make(std::shared_ptr<DataSource> source, Node node, std::string datasource_name,
                                 const PoolOptions& options, Housekeeper& housekeeper, LeakWatch leaks) {
  auto impl = std::make_unique<Impl>(std::move(source), std::move(node), std::move(datasource_name), options,
                                     std::move(leaks));
  const std::shared_ptr<Pool> pool(new Pool(std::move(impl)));
  pool->impl_->join(housekeeper, pool);
  return pool;
}

Pool::Pool(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Pool::~Pool() {
  impl_->close_rest();
}

Result<Lease> Pool::acquire(std::string_view database, Deadline deadline, const std::stop_token& stop) {
  return impl_->acquire(database, deadline, stop);
}

std::optional<Lease> Pool::acquire_fresh(std::string_view database) {
  return impl_->acquire_fresh(database);
}

void Pool::warm_up() {
  impl_->warm_up();
}

void Pool::retire() {
  impl_->retire();
}

std::stop_token Pool::closing() const noexcept {
  return impl_->closing();
}

PoolStatistics Pool::statistics() const {
  return impl_->statistics();
}

NodeHealth Pool::health() const {
  return impl_->health();
}

void Pool::close(Running running) noexcept {
  impl_->close(running == Running::cancel);
}

void Pool::give_back(std::uint32_t slot, bool discard) noexcept {
  impl_->give_back(slot, discard);
}

Lease::Lease(std::shared_ptr<Pool> pool, Connection* connection, std::uint32_t slot) noexcept
    : pool_(std::move(pool)), connection_(connection), slot_(slot) {}

Lease::Lease(Lease&& other) noexcept
    : pool_(std::move(other.pool_)),
      connection_(std::exchange(other.connection_, nullptr)),
      slot_(other.slot_) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  Lease old(std::move(*this));
  pool_ = std::move(other.pool_);
  connection_ = std::exchange(other.connection_, nullptr);
  slot_ = other.slot_;
  return *this;
}

Lease::~Lease() {
  if (pool_) pool_->give_back(slot_, false);
}

void Lease::discard() noexcept {
  if (pool_) pool_->give_back(slot_, true);
  pool_ = nullptr;
  connection_ = nullptr;
}

}  // namespace penstock::pool
