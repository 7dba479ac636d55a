#include "server/identity/jwks_keeper.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include <pthread.h>

#include "server/log.hpp"

namespace penstock::server {

namespace {

constexpr const char* kThreadName = "penstock-jwks";

std::unexpected<Error> unavailable(std::string_view why) {
  auto failed = fail(ErrorCode::unavailable,
                     "tokens cannot be checked now: the issuer's keys are not at hand", "try again soon");
  failed.error().server_message = why;
  failed.error().retryable = true;
  return failed;
}

// Of the process, so that sets of two keepers differ too.
std::uint64_t next_generation() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

JwksKeeper::JwksKeeper(std::unique_ptr<JwksSource> source, JwksTimes times)
    : source_(std::move(source)), schedule_(times) {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), kThreadName);
    run(stop);
  });
}

JwksKeeper::~JwksKeeper() {
  thread_.request_stop();
  thread_.join();
  // Nobody adds one any more: whoever could would use what is being destroyed.
  for (Waiter& waiter : waiters_)
    waiter.answered(unavailable("the server ends"));
}

KeptJwksPtr JwksKeeper::current() const {
  const std::scoped_lock lock(mutex_);
  return schedule_.holds(JwksSchedule::Clock::now()) ? kept_ : nullptr;
}

void JwksKeeper::first(Answered answered) {
  std::unique_lock lock(mutex_);
  const auto now = JwksSchedule::Clock::now();
  if (schedule_.holds(now) || !(fetching_ || schedule_.may_refetch(now))) {
    auto known = verdict(now, false);
    lock.unlock();
    return answered(std::move(known));
  }
  wait_for_fetch(std::move(lock), false, std::move(answered));
}

void JwksKeeper::newer(const KeptJwksPtr& known, Answered answered) {
  std::unique_lock lock(mutex_);
  const auto now = JwksSchedule::Clock::now();
  const bool is_newer = kept_ != nullptr && kept_ != known;
  if (is_newer || !(fetching_ || schedule_.may_refetch(now))) {
    auto newest = verdict(now, !is_newer);
    lock.unlock();
    return answered(std::move(newest));
  }
  wait_for_fetch(std::move(lock), true, std::move(answered));
}

void JwksKeeper::wait_for_fetch(std::unique_lock<std::mutex> lock, bool wants_newest, Answered answered) {
  if (waiters_.size() >= kMaxWaiting) {
    lock.unlock();
    return answered(unavailable("too many wait for a fetch of keys"));
  }
  waiters_.push_back({wants_newest, std::move(answered)});
  wanted_ = true;
  lock.unlock();
  woken_.notify_one();
}

Result<KeptJwksPtr> JwksKeeper::verdict(Time now, bool wants_newest) const {
  if (!schedule_.holds(now) || (wants_newest && schedule_.failing())) return unavailable(why_not_);
  return kept_;
}

void JwksKeeper::run(const std::stop_token& stop) {
  do
    fetch(stop);
  while (wait_until_due(stop));
}

void JwksKeeper::fetch(const std::stop_token& stop) {
  {
    const std::scoped_lock lock(mutex_);
    schedule_.began(JwksSchedule::Clock::now());
    fetching_ = true;
    wanted_ = false;
  }
  const Result<std::string> text = source_->read(stop);
  std::string why;
  KeptJwksPtr fetched = parse(text, why);
  std::vector<Waiter> waiters;
  std::vector<Result<KeptJwksPtr>> answers;
  {
    const std::scoped_lock lock(mutex_);
    const auto now = JwksSchedule::Clock::now();
    fetching_ = false;
    schedule_.ended(now, fetched != nullptr);
    if (fetched) kept_ = std::move(fetched);
    why_not_ = std::move(why);
    waiters.swap(waiters_);
    // Who asked while it ran has been waiting for it.
    wanted_ = false;
    for (const Waiter& waiter : waiters)
      answers.push_back(verdict(now, waiter.wants_newest));
  }
  for (std::size_t i = 0; i < waiters.size(); ++i)
    waiters[i].answered(std::move(answers[i]));
}

KeptJwksPtr JwksKeeper::parse(const Result<std::string>& text, std::string& why) {
  const auto say = [&](const Error& error) {
    why = error.message;
    log(LogLevel::warning, "jwks_failed",
        {{"error", why}, {"hint", "the set of keys before holds for a while"}});
    return nullptr;
  };
  if (!text) return say(text.error());
  // The same keys: what was verified with them stays so.
  if (kept_ != nullptr && *text == text_) return kept_;
  auto keys = Jwks::parse(*text);
  if (!keys) return say(keys.error());
  for (const std::string& reason : keys->left_out())
    log(LogLevel::warning, "jwks_key_left_out", {{"reason", reason}});
  log(LogLevel::info, "jwks_fetched", {{"keys", keys->keys().size()}});
  text_ = *text;
  return std::make_shared<const KeptJwks>(KeptJwks{*std::move(keys), next_generation()});
}

bool JwksKeeper::wait_until_due(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto now = JwksSchedule::Clock::now();
    if (stop.stop_requested()) return false;
    if (now >= schedule_.due() || (wanted_ && schedule_.may_refetch(now))) return true;
    auto until = schedule_.due();
    if (source_->is_watched()) {
      lock.unlock();
      const bool has_changed = source_->changed();
      lock.lock();
      if (has_changed) return true;
      until = std::min(until, now + kLookEvery);
    }
    woken_.wait_until(lock, stop, until, [this] { return wanted_; });
  }
}

}  // namespace penstock::server
