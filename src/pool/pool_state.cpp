// Connections and callers: who gets what, in which order.
#include "pool/pool_state.hpp"

#include <algorithm>
#include <utility>

namespace penstock::pool {
namespace {

std::size_t count_of(std::int64_t value) {
  return static_cast<std::size_t>(std::max<std::int64_t>(value, 0));
}

std::int64_t number_of(std::size_t count) {
  return static_cast<std::int64_t>(count);
}

PoolOptions in_range(PoolOptions options) {
  using std::chrono::milliseconds;
  constexpr std::int64_t kMostConnections = 100'000;
  constexpr milliseconds kLongest = std::chrono::hours(24 * 366);
  options.max_pool_size = std::clamp<std::int64_t>(options.max_pool_size, 1, kMostConnections);
  options.min_pool_size = std::clamp<std::int64_t>(options.min_pool_size, 0, options.max_pool_size);
  options.connecting_limit = std::clamp<std::int64_t>(options.connecting_limit, 1, options.max_pool_size);
  options.max_waiting = std::max<std::int64_t>(options.max_waiting, 0);
  options.connect_timeout = std::clamp(options.connect_timeout, milliseconds(1), kLongest);
  for (milliseconds* time : {&options.idle_timeout, &options.max_lifetime, &options.keepalive}) {
    *time = std::clamp(*time, milliseconds::zero(), kLongest);
  }
  return options;
}

// A quarter of the shortest time that is watched, so that nothing is late by more than that.
std::chrono::nanoseconds period_of(const PoolStateOptions& options) {
  std::chrono::nanoseconds shortest = std::chrono::nanoseconds::max();
  for (const auto time : {options.pool.idle_timeout, options.pool.max_lifetime, options.pool.keepalive,
                          options.leak_threshold}) {
    if (time > time.zero()) shortest = std::min<std::chrono::nanoseconds>(shortest, time);
  }
  if (shortest == shortest.max()) return shortest.zero();
  return std::clamp<std::chrono::nanoseconds>(shortest / 4, std::chrono::milliseconds(10),
                                              std::chrono::seconds(15));
}

}  // namespace

PoolState::PoolState(const PoolStateOptions& options) : options_(options), rng_(options.seed) {
  options_.pool = in_range(options.pool);
  period_ = period_of(options_);
  const std::size_t size = count_of(options_.pool.max_pool_size);
  slots_.resize(size);
  idle_.reserve(size);
  free_.reserve(size);
  for (std::size_t i = size; i > 0; --i)
    free_.push_back(static_cast<SlotId>(i - 1));
}

AcquireDecision PoolState::acquire(const AcquireRequest& request, Time now, Actions& actions) {
  using Kind = AcquireDecision::Kind;
  if (closed_) return {.kind = Kind::refuse, .refusal = Refusal::closed};
  keeps_min_size_ = !retired_;
  const std::uint64_t ticket = request.ticket == 0 ? next_ticket_++ : request.ticket;
  while (!idle_.empty()) {
    const std::size_t index = find_idle(request.database);
    const SlotId slot = idle_[index];
    idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(index));
    if (now >= slots_[slot].expires) {
      drop(slot, actions);
      continue;
    }
    lease(slot, request.database, now);
    const bool fresh = now - slots_[slot].alive <= kFreshFor;
    return {.kind = fresh ? Kind::lease : Kind::check, .slot = slot, .ticket = ticket};
  }
  return enqueue(request, ticket, now, actions);
}

std::optional<SlotId> PoolState::acquire_fresh(std::string_view database, Time now) {
  if (closed_ || idle_.empty()) return std::nullopt;
  const std::size_t index = find_idle(database);
  const SlotId slot = idle_[index];
  if (now >= slots_[slot].expires || now - slots_[slot].alive > kFreshFor) return std::nullopt;
  idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(index));
  lease(slot, database, now);
  return slot;
}

// The one used last among those with the session settings of `database`; when there is none, the one used
// last.
std::size_t PoolState::find_idle(std::string_view database) const noexcept {
  for (std::size_t i = idle_.size(); i > 0; --i) {
    if (slots_[idle_[i - 1]].database == database) return i - 1;
  }
  return idle_.size() - 1;
}

void PoolState::lease(SlotId id, std::string_view database, Time now) {
  Slot& slot = slots_[id];
  slot.use = Use::leased;
  slot.since = now;
  slot.leak_reported = false;
  slot.database = database;
  ++leased_;
  ++counters_.acquires;
}

AcquireDecision PoolState::enqueue(const AcquireRequest& request, std::uint64_t ticket, Time now,
                                   Actions& actions) {
  using Kind = AcquireDecision::Kind;
  if (known_down(now)) {
    ++counters_.unavailable;
    return {.kind = Kind::refuse, .refusal = Refusal::down};
  }
  const auto place = std::ranges::upper_bound(waiting_, ticket, {}, &Waiting::ticket);
  waiting_.insert(place, {.ticket = ticket,
                          .waiter = request.waiter,
                          .since = now,
                          .deadline = request.deadline,
                          .database = request.database});
  grow(now, actions);
  // A connection that is being opened serves one of them, so that one does not count.
  const bool first_try = request.ticket == 0;
  if (first_try && waiting_.size() > count_of(options_.pool.max_waiting) + connecting_) {
    waiting_.pop_back();
    ++counters_.overloaded;
    return {.kind = Kind::refuse, .refusal = Refusal::overload};
  }
  if (failures_ > 0) schedule(now);
  return {.kind = Kind::queue, .ticket = ticket};
}

bool PoolState::withdraw(std::uint64_t ticket, Left why) {
  const auto found = std::ranges::lower_bound(waiting_, ticket, {}, &Waiting::ticket);
  if (found == waiting_.end() || found->ticket != ticket) return false;
  waiting_.erase(found);
  ++(why == Left::timed_out ? counters_.timeouts : counters_.cancelled);
  return true;
}

void PoolState::checked(SlotId slot, Time now) {
  slots_[slot].alive = now;
  sign_of_life(now);
}

void PoolState::check_failed(SlotId slot, bool by_probe, Time now, Actions& actions) {
  ++counters_.failed_checks;
  last_life_.reset();
  if (by_probe && !closed_) {
    const Time alive = slots_[slot].alive;
    const auto dead = std::stable_partition(idle_.begin(), idle_.end(),
                                            [&](SlotId other) { return slots_[other].alive > alive; });
    std::for_each(dead, idle_.end(), [&](SlotId other) { drop(other, actions); });
    idle_.erase(dead, idle_.end());
  }
  end_lease(slot, actions);
  grow(now, actions);
  refuse_if_down(now, actions);
  schedule(now);
}

void PoolState::release(SlotId id, Returned how, std::string_view database, Time now, Actions& actions) {
  Slot& slot = slots_[id];
  if (how == Returned::healthy) {
    slot.alive = now;
    sign_of_life(now);
  } else if (how == Returned::broken) {
    last_life_.reset();
  } else if (how == Returned::unused) {
    ++counters_.cancelled;
  }
  const bool usable = how == Returned::healthy || how == Returned::unused;
  if (usable && !closed_ && now < slot.expires) [[likely]] {
    --leased_;
    slot.since = now;
    slot.database = database;
    give(id, now, actions);
    return;
  }
  end_lease(id, actions);
  grow(now, actions);
  refuse_if_down(now, actions);
  schedule(now);
}

// To the caller who has waited longest, or to the idle ones, of which a retired pool has none. A caller whose
// deadline has passed is about to leave by itself, and is passed over.
void PoolState::give(SlotId id, Time now, Actions& actions) {
  const auto next =
      std::ranges::find_if(waiting_, [&](const Waiting& waiting) { return waiting.deadline > now; });
  if (next != waiting_.end()) {
    counters_.wait_time += std::max(now - next->since, Time::duration::zero());
    lease(id, next->database, now);
    actions.push_back({.kind = ActionKind::grant, .slot = id, .waiter = next->waiter});
    waiting_.erase(next);
    return;
  }
  if (retired_) {
    drop(id, actions);
    return;
  }
  slots_[id].use = Use::idle;
  auto place = idle_.end();
  while (place != idle_.begin() && slots_[*(place - 1)].since > slots_[id].since)
    --place;
  idle_.insert(place, id);
}

void PoolState::connected(SlotId id, std::string_view database, Time now, Actions& actions) {
  Slot& slot = slots_[id];
  --connecting_;
  ++counters_.connects;
  failures_ = 0;
  sign_of_life(now);
  if (closed_) {
    drop(id, actions);
    return;
  }
  slot.since = slot.alive = now;
  slot.database = database;
  slot.expires = Time::max();
  if (const auto lifetime = options_.pool.max_lifetime; lifetime > lifetime.zero()) {
    const std::chrono::duration<double, std::milli> jitter = lifetime * (0.1 * random());
    slot.expires = now + lifetime - std::chrono::duration_cast<Time::duration>(jitter);
  }
  give(id, now, actions);
  grow(now, actions);
  schedule(now);
}

void PoolState::end_lease(SlotId id, Actions& actions) {
  --leased_;
  if (slots_[id].cancelling) {
    slots_[id].use = Use::returned;
  } else {
    drop(id, actions);
  }
}

void PoolState::drop(SlotId id, Actions& actions) {
  actions.push_back({.kind = ActionKind::close, .slot = id});
  free_slot(id);
}

void PoolState::free_slot(SlotId id) noexcept {
  slots_[id].use = Use::free;
  slots_[id].database.clear();
  free_.push_back(id);
}

void PoolState::retire(Time now, Actions& actions) {
  retired_ = true;
  keeps_min_size_ = false;
  for (const SlotId id : idle_)
    drop(id, actions);
  idle_.clear();
  schedule(now);
}

void PoolState::close(bool cancel_leased, Actions& actions) {
  closed_ = true;
  due_ = Time::max();
  for (const Waiting& waiting : waiting_) {
    actions.push_back({.kind = ActionKind::refuse, .waiter = waiting.waiter, .refusal = Refusal::closed});
  }
  waiting_.clear();
  for (const SlotId id : idle_)
    drop(id, actions);
  idle_.clear();
  if (!cancel_leased) return;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].use != Use::leased || slots_[i].cancelling) continue;
    slots_[i].cancelling = true;
    actions.push_back({.kind = ActionKind::cancel, .slot = static_cast<SlotId>(i)});
  }
}

void PoolState::cancel_done(SlotId id, Actions& actions) {
  slots_[id].cancelling = false;
  if (slots_[id].use == Use::returned) drop(id, actions);
}

PoolStatistics PoolState::statistics() const noexcept {
  PoolStatistics statistics = counters_;
  statistics.total = number_of(live());
  statistics.idle = number_of(idle_.size());
  statistics.leased = number_of(leased_);
  statistics.waiting = number_of(waiting_.size());
  statistics.connecting = number_of(connecting_);
  statistics.min_size = options_.pool.min_pool_size;
  statistics.max_size = options_.pool.max_pool_size;
  return statistics;
}

}  // namespace penstock::pool
