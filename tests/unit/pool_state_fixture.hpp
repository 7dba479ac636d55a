// A PoolState with a hand-made clock, whose answers read as text: "lease 0", "connect(1)", "grant(0,A)".
#pragma once

#include <array>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "pool/pool_state.hpp"
#include "pool/waiter.hpp"

namespace penstock::pool {

class PoolStateFixture {
 public:
  using Duration = std::chrono::milliseconds;

  explicit PoolStateFixture(PoolOptions options = {}, Duration leak_threshold = Duration::zero())
      : state({.pool = options, .leak_threshold = leak_threshold, .seed = 7}) {}

  void pass(Duration time) { now += time; }

  /// The decision, then the actions: "queue; connect(0)". `who` is one letter.
  std::string acquire(char who, std::string_view database = "db", Duration patience = Duration(5'000)) {
    return acquire_until(who, now + patience, database);
  }
  std::string acquire_until(char who, Time deadline, std::string_view database = "db",
                            std::uint64_t ticket = 0) {
    const AcquireDecision decision = state.acquire(
        {.database = database, .deadline = deadline, .waiter = waiter(who), .ticket = ticket}, now, actions);
    tickets.at(index(who)) = decision.ticket;
    return join(describe(decision), take());
  }
  std::string retry(char who, Duration patience = Duration(5'000)) {
    return acquire_until(who, now + patience, "db", tickets.at(index(who)));
  }
  std::string release(SlotId slot, Returned how = Returned::healthy, std::string_view database = "db") {
    state.release(slot, how, database, now, actions);
    return take();
  }
  std::string connected(SlotId slot, std::string_view database = "db") {
    state.connected(slot, database, now, actions);
    return take();
  }
  std::string connect_failed(SlotId slot, ErrorCode code = ErrorCode::unavailable,
                             std::string sqlstate = {}) {
    Error error;
    error.code = code;
    error.message = "no";
    error.sqlstate = std::move(sqlstate);
    state.connect_failed(slot, std::move(error), now, actions);
    return take();
  }
  std::string check_failed(SlotId slot, bool by_probe = false) {
    state.check_failed(slot, by_probe, now, actions);
    return take();
  }
  std::string probed(SlotId slot, bool alive) {
    state.probed(slot, alive, now, actions);
    return take();
  }
  std::string tick() {
    state.tick(now, actions);
    return take();
  }
  std::string warm_up() {
    state.warm_up(now, actions);
    return take();
  }
  std::string retire() {
    state.retire(now, actions);
    return take();
  }
  std::string close(bool cancel = false) {
    state.close(cancel, actions);
    return take();
  }
  std::string cancel_done(SlotId slot) {
    state.cancel_done(slot, actions);
    return take();
  }
  bool withdraw(char who, Left why) { return state.withdraw(tickets.at(index(who)), why); }

  /// Opens `count` connections by as many callers; slots 0 and up are leased then.
  void lease_new(int count) {
    for (int i = 0; i < count; ++i) {
      const AcquireDecision decision = state.acquire({.waiter = waiter('Z')}, now, actions);
      EXPECT_EQ(decision.kind, AcquireDecision::Kind::queue);
    }
    for (int opened = 0; opened < count; ++opened) {
      const SlotId slot = first_connect();
      state.connected(slot, "db", now, actions);
    }
    actions.clear();
  }
  /// When the actions of the last event want a connect to end.
  Time connect_deadline = Time::max();

  PoolState state;
  Time now{std::chrono::hours(1'000)};
  Actions actions;

 private:
  static std::size_t index(char who) { return static_cast<std::size_t>(who - 'A'); }
  Waiter* waiter(char who) { return &waiters_.at(index(who)); }

  SlotId first_connect() {
    for (Action& action : actions) {
      if (action.kind == ActionKind::connect) {
        action.kind = ActionKind::close;
        return action.slot;
      }
    }
    throw std::logic_error("nothing connects");
  }

  static std::string join(std::string first, const std::string& rest) {
    return rest.empty() ? first : std::move(first) + "; " + rest;
  }
  static std::string describe(Refusal refusal) {
    if (refusal == Refusal::closed) return "closed";
    return refusal == Refusal::down ? "down" : "overload";
  }
  static std::string describe(const AcquireDecision& decision) {
    using Kind = AcquireDecision::Kind;
    if (decision.kind == Kind::queue) return "queue";
    if (decision.kind == Kind::refuse) return "refuse " + describe(decision.refusal);
    return (decision.kind == Kind::lease ? "lease " : "check ") + std::to_string(decision.slot);
  }
  std::string describe(const Action& action) {
    const std::string slot = std::to_string(action.slot);
    const auto who = std::string(1, static_cast<char>('A' + (action.waiter - waiters_.data())));
    switch (action.kind) {
      case ActionKind::grant:
        return "grant(" + slot + "," + who + ")";
      case ActionKind::refuse:
        return "refuse(" + who + "," + describe(action.refusal) + ")";
      case ActionKind::connect:
        connect_deadline = action.deadline;
        return "connect(" + slot + ")";
      case ActionKind::probe:
        return "probe(" + slot + ")";
      case ActionKind::close:
        return "close(" + slot + ")";
      case ActionKind::cancel:
        return "cancel(" + slot + ")";
      case ActionKind::report_leak:
        return "leak(" + slot + ")";
    }
    return "?";
  }
  std::string take() {
    std::string text;
    for (const Action& action : actions)
      text += (text.empty() ? "" : "; ") + describe(action);
    actions.clear();
    return text;
  }

  std::array<Waiter, 26> waiters_;
  std::array<std::uint64_t, 26> tickets{};
};

}  // namespace penstock::pool
