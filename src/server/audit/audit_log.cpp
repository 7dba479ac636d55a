#include "server/audit/audit_log.hpp"

#include <algorithm>
#include <csignal>
#include <limits>
#include <utility>

#include <pthread.h>

#include "server/log.hpp"

namespace penstock::server {

namespace {

constexpr std::chrono::hours kAnHour{1};
/// For the last lines, when the process ends.
constexpr std::chrono::seconds kLastPatience{2};

AuditTime now_of_day() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace

Result<std::unique_ptr<AuditLog>> AuditLog::open(AuditOptions options) {
  std::unique_ptr<AuditLog> log(new AuditLog(std::move(options)));
  if (auto opened = log->file_.open(now_of_day()); !opened) return pass_error(opened);
  log->writer_ = std::thread([made = log.get()] { made->run(); });
  return log;
}

AuditLog::AuditLog(AuditOptions options) : options_(std::move(options)), file_(options_.file) {}

AuditLog::~AuditLog() {
  if (!writer_.joinable()) return;
  (void)flush(kLastPatience);
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  writer_.join();
  const std::uint64_t unwritten = waiting_lines_ + batch_lines_;
  if (unwritten + lost_now_ > 0)
    log(LogLevel::error, "audit_lost", {{"records", static_cast<std::int64_t>(unwritten + lost_now_)}});
}

std::size_t AuditLog::room_for(AuditWeight weight) const noexcept {
  if (weight == AuditWeight::knocking) return options_.max_waiting_bytes / 2;
  // Under `stop`, what runs may still add its lines: that much is bounded, and nothing new begins.
  return options_.on_failure == AuditOptions::OnFailure::stop ? std::numeric_limits<std::size_t>::max()
                                                              : options_.max_waiting_bytes;
}

void AuditLog::put(std::string_view line, AuditTime time, AuditWeight weight) {
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    const std::size_t half = options_.max_waiting_bytes / 2;
    const std::size_t before = waiting_bytes();
    if (before + line.size() > room_for(weight)) {
      ++statistics_.lost;
      ++lost_now_;
      if (!trouble_since_) trouble_since_ = time;
      return;
    }
    waiting_ += line;
    ++waiting_lines_;
    update_refusing();
    wake = std::exchange(idle_, false) || (before < half && waiting_bytes() >= half);
  }
  if (wake) changed_.notify_one();
}

std::optional<Error> AuditLog::refuse() noexcept {
  const std::scoped_lock lock(mutex_);
  if (!refusing_) return std::nullopt;
  ++statistics_.refused;
  ++refused_now_;
  if (!trouble_since_) trouble_since_ = now_of_day();
  auto error = fail(ErrorCode::unavailable, "no query is answered now, as the audit log cannot be written",
                    "Ask again later; the operator finds the cause in the server's log.")
                   .error();
  error.retryable = true;
  return error;
}

void AuditLog::update_refusing() noexcept {
  const bool refusing = options_.on_failure == AuditOptions::OnFailure::stop &&
                        (statistics_.failing || waiting_bytes() >= options_.max_waiting_bytes);
  // With each line that comes, and hardly ever another answer.
  if (refusing_.load(std::memory_order_relaxed) != refusing) refusing_.store(refusing);
}

void AuditLog::reopen() {
  {
    const std::scoped_lock lock(mutex_);
    reopen_ = true;
  }
  changed_.notify_one();
}

bool AuditLog::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = statistics_.written + batch_lines_ + waiting_lines_;
  hurry_ = true;
  changed_.notify_one();
  settled_.wait_for(lock, patience, [&] { return statistics_.written >= wanted || !hurry_; });
  return statistics_.written >= wanted;
}

AuditStatistics AuditLog::statistics() const {
  const std::scoped_lock lock(mutex_);
  AuditStatistics now = statistics_;
  now.waiting_bytes = waiting_bytes();
  return now;
}

void AuditLog::run() {
  pthread_setname_np(pthread_self(), "penstock-audit");
  // A file that may not grow further (RLIMIT_FSIZE) is an error like any other.
  sigset_t too_large;
  sigemptyset(&too_large);
  sigaddset(&too_large, SIGXFSZ);
  pthread_sigmask(SIG_BLOCK, &too_large, nullptr);
  std::unique_lock lock(mutex_);
  while (true) {
    wait_for_work(lock);
    if (batch_.empty()) {
      batch_.swap(waiting_);
      batch_lines_ = std::exchange(waiting_lines_, 0);
    }
    const bool failed_before = statistics_.failing;
    const bool reopen = std::exchange(reopen_, false) || (failed_before && batch_.empty());
    lock.unlock();
    const Result<void> outcome = attempt(reopen);
    lock.lock();
    settle(outcome.has_value());
    const bool done = ending_ && (statistics_.failing || waiting_bytes() == 0);
    lock.unlock();
    report(outcome, failed_before);
    if (done) break;
    lock.lock();
  }
  (void)file_.sync();
}

void AuditLog::wait_for_work(std::unique_lock<std::mutex>& lock) {
  auto until = Clock::now() + kAnHour;
  if (dirty_) until = std::min(until, next_sync_);
  if (statistics_.failing) until = std::min(until, next_try_);
  const bool takes_lines = !statistics_.failing;
  idle_ = takes_lines && waiting_.empty();
  changed_.wait_until(lock, until,
                      [&] { return ending_ || hurry_ || reopen_ || (takes_lines && !waiting_.empty()); });
  idle_ = false;
  if (!takes_lines || waiting_.empty() || ending_ || hurry_) return;
  changed_.wait_for(lock, options_.gather,
                    [&] { return ending_ || hurry_ || waiting_.size() >= options_.max_waiting_bytes / 2; });
}

Result<void> AuditLog::attempt(bool reopen) {
  batch_written_ = false;
  if (reopen) {
    if (dirty_) (void)file_.sync();
    if (auto opened = file_.open(now_of_day()); !opened) return opened;
  }
  if (!batch_.empty()) {
    if (auto written = file_.write(batch_, now_of_day()); !written) return written;
    batch_written_ = true;
    dirty_ = true;
  }
  const auto now = Clock::now();
  if (!dirty_ || now < next_sync_) return {};
  if (auto synced = file_.sync(); !synced) return synced;
  dirty_ = false;
  next_sync_ = now + options_.sync_interval;
  return {};
}

void AuditLog::settle(bool succeeded) {
  if (batch_written_) {
    statistics_.written += std::exchange(batch_lines_, 0);
    batch_.clear();
  }
  statistics_.failing = !succeeded;
  if (succeeded) {
    note_losses();
  } else {
    next_try_ = Clock::now() + options_.retry;
  }
  update_refusing();
  if (!succeeded || waiting_bytes() == 0) hurry_ = false;
  settled_.notify_all();
}

// What was lost is told as soon as it can be.
void AuditLog::note_losses() {
  const auto note = [&](std::string_view event, std::uint64_t& count) {
    if (count == 0) return;
    append_line(waiting_, AuditNotice{.time = now_of_day(),
                                      .event = event,
                                      .records = std::exchange(count, 0),
                                      .since = trouble_since_,
                                      .torn = {}});
    ++waiting_lines_;
  };
  note("records_lost", lost_now_);
  note("queries_refused", refused_now_);
  trouble_since_.reset();
}

void AuditLog::report(const Result<void>& outcome, bool failed_before) {
  if (const auto warning = file_.take_warning())
    log(LogLevel::warning, "audit_rotation_failed", {{"error", warning->message}});
  if (!outcome && !failed_before) {
    const bool stops = options_.on_failure == AuditOptions::OnFailure::stop;
    log(LogLevel::error, "audit_failed",
        {{"error", outcome.error().message},
         {"hint", stops ? "queries are refused until it can be written" : "queries go on without it"}});
  } else if (outcome && failed_before) {
    log(LogLevel::warning, "audit_recovered",
        {{"lost", static_cast<std::int64_t>(statistics().lost)},
         {"refused", static_cast<std::int64_t>(statistics().refused)}});
  }
}

}  // namespace penstock::server
