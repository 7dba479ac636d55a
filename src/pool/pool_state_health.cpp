// The node and time: when to connect, when it counts as down, what is due.
#include <algorithm>
#include <utility>

#include "pool/pool_state.hpp"

namespace penstock::pool {
namespace {

// The server was there and said no, or the trouble is of another kind than reaching it.
bool answered(const Error& error) {
  return !error.sqlstate.empty() ||
         (error.code != ErrorCode::unavailable && error.code != ErrorCode::timeout);
}

}  // namespace

bool PoolState::may_connect(Time now) const noexcept {
  if (closed_ || free_.empty()) return false;
  if (failures_ > 0) return connecting_ == 0 && now >= retry_at_;
  return connecting_ < static_cast<std::size_t>(options_.pool.connecting_limit);
}

bool PoolState::wants_connection() const noexcept {
  if (waiting_.size() > connecting_) return true;
  if (retired_) return false;
  if (keeps_min_size_ && live() + connecting_ < static_cast<std::size_t>(options_.pool.min_pool_size))
    return true;
  return health_.state == NodeState::down && connecting_ == 0;
}

void PoolState::grow(Time now, Actions& actions) {
  while (may_connect(now) && wants_connection()) {
    const SlotId id = free_.back();
    free_.pop_back();
    Slot& slot = slots_[id];
    const Time deadline = connect_deadline(now);
    slot.use = Use::connecting;
    slot.since = now;
    ++connecting_;
    hope_ends_ = now + kHope;
    actions.push_back({.kind = ActionKind::connect, .slot = id, .deadline = deadline});
  }
}

// An attempt made for callers ends with the last of them: there is no sense in holding a thread (and the end
// of the process) for a server that may never answer. Yet callers in a hurry must not keep a slow server from
// being reached for ever: each attempt has a least time, and the one after a failure all of it.
Time PoolState::connect_deadline(Time now) const noexcept {
  const Time whole = now + options_.pool.connect_timeout;
  if (failures_ > 0 || waiting_.size() <= connecting_) return whole;
  Time last = now + kLeastConnectTime;
  for (const Waiting& waiting : waiting_)
    last = std::max(last, waiting.deadline);
  return std::min(last, whole);
}

void PoolState::connect_failed(SlotId id, Error error, Time now, Actions& actions) {
  const Time began = slots_[id].since;
  free_slot(id);
  --connecting_;
  ++counters_.connect_failures;
  if (closed_) return;
  count_failure(error, began, now);
  health_.last_failure = std::move(error);
  health_.failed_at = now;
  grow(now, actions);
  refuse_if_down(now, actions);
  schedule(now);
}

void PoolState::count_failure(const Error& error, Time attempt_began, Time now) {
  // Attempts made side by side fail for one reason and count once.
  if (failures_ == 0 || attempt_began > health_.failed_at) {
    using Pause = std::chrono::duration<double, std::milli>;
    constexpr int kDoublings = 16;
    const Pause pause = std::min<Pause>(
        kShortestBackOff * static_cast<double>(1 << std::min(failures_, kDoublings)), kLongestBackOff * 0.8);
    retry_at_ = now + std::chrono::ceil<Time::duration>(pause * (1.0 + 0.25 * random()));
    ++failures_;
  }
  const bool serves = live() > 0 && (answered(error) || (last_life_ && now - *last_life_ <= kRecentLife));
  if (!serves) go_down(now);
}

void PoolState::go_down(Time now) {
  if (health_.state == NodeState::down) return;
  health_.state = NodeState::down;
  health_.since = now;
}

void PoolState::sign_of_life(Time now) {
  last_life_ = now;
  if (health_.state == NodeState::up) [[likely]] {
    return;
  }
  health_.state = NodeState::up;
  health_.since = now;
}

// Nothing can be hoped for soon: no attempt is allowed yet, or the one that runs has run for too long.
bool PoolState::known_down(Time now) const noexcept {
  if (health_.state != NodeState::down) return false;
  return connecting_ > 0 ? now >= hope_ends_ : !may_connect(now);
}

void PoolState::refuse_if_down(Time now, Actions& actions) {
  if (closed_) return;
  // What still served is gone too.
  if (failures_ > 0 && live() == 0 && connecting_ == 0) go_down(now);
  if (!known_down(now)) return;
  // Those whose deadline has passed are about to leave by themselves, as `timeout`.
  counters_.unavailable += std::erase_if(waiting_, [&](const Waiting& waiting) {
    if (waiting.deadline <= now) return false;
    actions.push_back({.kind = ActionKind::refuse, .waiter = waiting.waiter, .refusal = Refusal::down});
    return true;
  });
}

void PoolState::probed(SlotId id, bool alive, Time now, Actions& actions) {
  --probing_;
  if (alive) {
    slots_[id].alive = now;
    sign_of_life(now);
  } else {
    ++counters_.failed_checks;
    last_life_.reset();
  }
  if (alive && !closed_ && now < slots_[id].expires) {
    give(id, now, actions);
  } else {
    drop(id, actions);
  }
  if (closed_) return;
  keep_alive(now, actions);
  grow(now, actions);
  refuse_if_down(now, actions);
  schedule(now);
}

void PoolState::tick(Time now, Actions& actions) {
  if (closed_) return;
  reap(now, actions);
  keep_alive(now, actions);
  find_leaks(now, actions);
  grow(now, actions);
  refuse_if_down(now, actions);
  schedule(now);
}

void PoolState::warm_up(Time now, Actions& actions) {
  keeps_min_size_ = !retired_;
  grow(now, actions);
  schedule(now);
}

void PoolState::reap(Time now, Actions& actions) {
  const auto idle_timeout = options_.pool.idle_timeout;
  const auto spare = static_cast<std::size_t>(options_.pool.min_pool_size);
  std::size_t total = live() + connecting_;
  const auto is_due = [&](SlotId id) {
    const Slot& slot = slots_[id];
    const bool unused =
        idle_timeout > idle_timeout.zero() && now - slot.since >= idle_timeout && total > spare;
    if (!unused && now < slot.expires) return false;
    --total;
    drop(id, actions);
    return true;
  };
  std::erase_if(idle_, is_due);  // from the front: the longest idle first
}

// One at a time, so that callers find the others.
void PoolState::keep_alive(Time now, Actions& actions) {
  const auto keepalive = options_.pool.keepalive;
  if (keepalive == keepalive.zero() || probing_ > 0) return;
  const auto due =
      std::ranges::find_if(idle_, [&](SlotId id) { return now - slots_[id].alive >= keepalive; });
  if (due == idle_.end()) return;
  const SlotId id = *due;
  idle_.erase(due);
  slots_[id].use = Use::probing;
  ++probing_;
  actions.push_back({.kind = ActionKind::probe, .slot = id, .deadline = now + kKeepaliveTime});
}

void PoolState::find_leaks(Time now, Actions& actions) {
  const auto threshold = options_.leak_threshold;
  if (threshold <= threshold.zero()) return;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.use != Use::leased || slot.leak_reported || now - slot.since < threshold) continue;
    slot.leak_reported = true;
    ++counters_.leaks;
    actions.push_back({.kind = ActionKind::report_leak, .slot = static_cast<SlotId>(i)});
  }
}

void PoolState::schedule(Time now) noexcept {
  due_ = Time::max();
  if (closed_) return;
  if (live() > 0 && period_ > period_.zero()) due_ = now + period_;
  if (failures_ > 0 && connecting_ == 0 && retry_at_ > now && wants_connection())
    due_ = std::min(due_, retry_at_);
  const bool hoping = health_.state == NodeState::down && connecting_ > 0 && !waiting_.empty();
  if (hoping && hope_ends_ > now) due_ = std::min(due_, hope_ends_);
}

// SplitMix64 (Steele, Lea, Flood 2014), as a number in [0, 1).
double PoolState::random() noexcept {
  rng_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = rng_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  z ^= z >> 31U;
  return static_cast<double>(z >> 11U) * 0x1.0p-53;
}

}  // namespace penstock::pool
