#include "server/admission.hpp"

#include <algorithm>
#include <utility>

namespace penstock::server {

namespace {

constexpr std::size_t kFewStates = 1024;
constexpr std::chrono::milliseconds kGuess{1'000};

}  // namespace

Admission::State& Admission::state_of(std::string_view who, Time now) {
  if (const auto known = states_.find(who); known != states_.end()) return known->second;
  if (states_.size() >= sweep_at_) {
    std::erase_if(states_,
                  [&](const auto& one) { return one.second.running == 0 && one.second.full_at <= now; });
    sweep_at_ = std::max(kFewStates, 2 * states_.size());
  }
  return states_.emplace(who, State{.full_at = now}).first->second;
}

// The generic cell rate algorithm (ITU-T I.371): a bucket as the time at which it is full.
std::optional<AdmissionRefusal> Admission::request(std::string_view who, std::int64_t per_minute, Time now) {
  using Nanoseconds = std::chrono::nanoseconds;
  State& state = state_of(who, now);
  const Nanoseconds each = Nanoseconds(std::chrono::minutes(1)) / per_minute;
  const Nanoseconds most = each * (per_minute - 1);
  const Time full_at = std::max(state.full_at, now);
  if (full_at - now > most) {
    return AdmissionRefusal{.limit = AdmissionRefusal::Limit::requests_per_minute,
                            .allowed = per_minute,
                            .retry_after = std::chrono::ceil<std::chrono::milliseconds>(full_at - now - most),
                            .first = !std::exchange(state.refuses, true)};
  }
  state.refuses = false;
  state.full_at = full_at + each;
  return std::nullopt;
}

std::optional<AdmissionRefusal> Admission::query(std::string_view who, std::int64_t max_concurrent,
                                                 Time now) {
  State& state = state_of(who, now);
  if (state.running >= max_concurrent) {
    return AdmissionRefusal{
        .limit = AdmissionRefusal::Limit::max_concurrent, .allowed = max_concurrent, .retry_after = kGuess};
  }
  ++state.running;
  return std::nullopt;
}

void Admission::query_ended(std::string_view who) noexcept {
  const auto known = states_.find(who);
  if (known != states_.end() && known->second.running > 0) --known->second.running;
}

}  // namespace penstock::server
