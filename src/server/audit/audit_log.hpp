// Who asked what: a line for each query, written by a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "penstock/error.hpp"

#include "server/audit/audit_file.hpp"
#include "server/audit/audit_line.hpp"

namespace penstock::server {

struct AuditOptions {
  /// What happens to queries while their lines cannot be written.
  enum class OnFailure : std::uint8_t {
    stop,   ///< they are refused with `unavailable`; no line of one is ever lost while the process lives
    go_on,  ///< they run, and what the queue cannot hold is lost and counted
  };
  AuditFileOptions file;
  OnFailure on_failure = OnFailure::stop;
  bool statements = false;  ///< lines have the text of their statement
  bool params = false;      ///< and the values of its parameters
  /// How often what is written is forced to the disk; zero: after each batch of lines.
  std::chrono::milliseconds sync_interval{1'000};
  std::size_t max_waiting_bytes = 8 << 20;
  /// Lines gather so long before they are written together.
  std::chrono::milliseconds gather{10};
  std::chrono::milliseconds retry{500};  ///< after a failure
};

struct AuditStatistics {
  std::uint64_t written = 0;  ///< lines, ever
  std::uint64_t lost = 0;     ///< lines, ever
  std::uint64_t refused = 0;  ///< queries, ever, because the log could not be written
  std::size_t waiting_bytes = 0;
  bool failing = false;
};

/// Which lines a log may go without.
enum class AuditWeight : std::uint8_t {
  query,     ///< of one that ran: what `on_failure` says
  knocking,  ///< of what was turned away: as many as somebody likes to send, so beyond half of the queue they
             ///< are lost and counted, and for their sake no query is ever refused
};

/// Thread-safe. add() formats the line and puts it into the queue; it never waits for the disk.
class AuditLog {
 public:
  /// Errors: `unavailable`, when the file cannot be opened for writing.
  [[nodiscard]] static Result<std::unique_ptr<AuditLog>> open(AuditOptions options);
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;
  /// Tries once more to write what waits, and logs what is lost.
  ~AuditLog();

  [[nodiscard]] const AuditOptions& options() const noexcept { return options_; }
  /// Under `stop`: why no query may be answered now. Counts the query as refused.
  [[nodiscard]] std::optional<Error> refuses() noexcept {
    if (!refusing_.load(std::memory_order_relaxed)) return std::nullopt;
    return refuse();
  }
  template <typename Record>
  void add(const Record& record, AuditWeight weight = AuditWeight::query) {
    thread_local std::string line;
    line.clear();
    append_line(line, record);
    put(line, record.time, weight);
  }
  /// Opens the path anew: for who renamed the file.
  void reopen();
  /// Until everything added before is written; false when that fails, or is not done in time.
  [[nodiscard]] bool flush(std::chrono::milliseconds patience);
  [[nodiscard]] AuditStatistics statistics() const;

 private:
  explicit AuditLog(AuditOptions options);

  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::optional<Error> refuse() noexcept;
  void put(std::string_view line, AuditTime time, AuditWeight weight);
  [[nodiscard]] std::size_t room_for(AuditWeight weight) const noexcept;
  void run();
  void wait_for_work(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Result<void> attempt(bool reopen);
  void settle(bool succeeded);
  void note_losses();
  void report(const Result<void>& outcome, bool failed_before);
  void update_refusing() noexcept;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return waiting_.size() + batch_.size(); }

  const AuditOptions options_;
  std::atomic<bool> refusing_ = false;

  mutable std::mutex mutex_;  // what follows; held for no I/O
  std::condition_variable changed_;
  std::condition_variable settled_;
  std::string waiting_;
  std::uint64_t waiting_lines_ = 0;
  std::string batch_;  // what the writer writes, or failed to; changed by it alone
  std::uint64_t batch_lines_ = 0;
  AuditStatistics statistics_;
  std::uint64_t lost_now_ = 0;  // since the last notice
  std::uint64_t refused_now_ = 0;
  std::optional<AuditTime> trouble_since_;
  bool idle_ = false;  // the writer waits for a line to come
  bool reopen_ = false;
  bool hurry_ = false;  // somebody waits in flush()
  bool ending_ = false;

  // The writer's own.
  AuditFile file_;
  bool batch_written_ = false;
  bool dirty_ = false;
  Clock::time_point next_sync_;
  Clock::time_point next_try_;

  std::thread writer_;  // last: it uses all the others
};

}  // namespace penstock::server
