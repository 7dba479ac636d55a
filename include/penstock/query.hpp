// One query and its answer.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/batch.hpp"
#include "penstock/error.hpp"
#include "penstock/fwd.hpp"
#include "penstock/grant.hpp"
#include "penstock/value.hpp"

namespace penstock {

/// A point in time by which all of a query (queue, connect, execute, fetch) must be done. A value; pass it
/// down.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] static Deadline never() noexcept { return Deadline(Clock::time_point::max()); }
  /// `duration` after `from`, which is now unless given; `from` itself when it is negative; never, when that
  /// is beyond what the clock can hold.
  template <std::integral Rep, typename Period>
  [[nodiscard]] static Deadline after(std::chrono::duration<Rep, Period> duration,
                                      Clock::time_point from = Clock::now()) noexcept {
    using Duration = std::chrono::duration<Rep, Period>;
    if (duration <= Duration::zero()) return Deadline(from);
    // Compared in the caller's own unit, where neither side can overflow.
    if (duration >= std::chrono::floor<Duration>(Clock::time_point::max() - from)) return never();
    return Deadline(from + std::chrono::ceil<Clock::duration>(duration));
  }
  [[nodiscard]] static Deadline at(Clock::time_point time) noexcept { return Deadline(time); }

  [[nodiscard]] bool is_never() const noexcept { return time_ == Clock::time_point::max(); }
  [[nodiscard]] bool expired() const noexcept { return !is_never() && Clock::now() >= time_; }
  [[nodiscard]] Clock::time_point time() const noexcept { return time_; }
  /// What is left, at least zero; the clock's maximum for never().
  [[nodiscard]] Clock::duration remaining() const noexcept;
  /// The earlier of two.
  [[nodiscard]] Deadline min(Deadline other) const noexcept { return time_ < other.time_ ? *this : other; }
  friend bool operator==(Deadline, Deadline) = default;

 private:
  explicit Deadline(Clock::time_point time) noexcept : time_(time) {}
  Clock::time_point time_;
};

/// The values bound to a statement's parameters: by position, or by name (without the leading ':', '@' or
/// '$').
class Params {
 public:
  Params() = default;
  Params(std::initializer_list<Value> values) : values_(values) {}
  explicit Params(std::vector<Value> values) : values_(std::move(values)) {}
  /// `Params::named({{"id", 7}, {"name", "Ada"}})`. A name given twice is an error when the statement runs.
  [[nodiscard]] static Params named(std::vector<std::pair<std::string, Value>> values);

  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  [[nodiscard]] bool is_named() const noexcept { return !names_.empty(); }
  [[nodiscard]] const Value& operator[](std::size_t index) const { return values_[index]; }
  [[nodiscard]] const std::vector<Value>& values() const noexcept { return values_; }
  /// One a value when named, empty otherwise.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<Value> values_;
  std::vector<std::string> names_;
};

/// How one query is to run. What is not set comes from the datasource; what is set can only tighten its
/// limits.
struct QueryOptions {
  std::optional<std::chrono::milliseconds> timeout;  ///< for everything from the queue to the last row
  std::optional<std::int64_t> max_rows;              ///< rows of the result; more: cut, and `truncated`
  std::optional<std::int64_t> max_bytes;  ///< bytes of the result's values; more: cut, and `truncated`
  std::stop_token stop;                   ///< request_stop() from any thread ends it as `cancelled`
  /// When the caller asked, if it waited before this call: times are counted from then on, but for the wait
  /// of another attempt for its connection.
  std::optional<Deadline::Clock::time_point> asked_at;
  /// The caller's `traceparent` (W3C Trace Context), well-formed, to be shown to the database: PostgreSQL has
  /// it as application_name while the query runs. Empty: nothing is. Other engines have no place for it.
  std::string trace_parent;
  /// Told of this query alone, beside the manager's own observer; null: nobody is.
  std::shared_ptr<QueryObserver> observer;
  /// What the caller may reach, also by the names in its statement; null: everything.
  std::shared_ptr<const Grant> grant;
  /// A name of the datasource's `roles`: the database role that the query runs under. Empty: the one called
  /// `default`; where there are roles and none is called so, the query is refused.
  std::string role;
  /// For row-level security to read: names of the datasource's `settings`, each once, and their values of at
  /// most kMaxSettingBytes of UTF-8 without NUL. Set for the query's transaction alone.
  std::vector<std::pair<std::string, std::string>> settings;

  static constexpr std::size_t kMaxSettingBytes = 8'192;
};

/// How a query ended.
struct QuerySummary {
  std::int64_t row_count = 0;
  std::optional<std::int64_t> affected_rows;  ///< of a write; nothing for a read
  bool truncated = false;                     ///< there were more rows than the limits let through
  std::string datasource;
  std::string node;
  std::chrono::microseconds execution_time{0};
};

/// The whole answer to one query. `success` says which half holds: data, or error. Immutable once made.
struct QueryResult {
  bool success = false;
  Rows data;                         ///< the rows; iterate it, or reach its batches
  std::vector<std::string> columns;  ///< names that differ pairwise, see Schema::unique_names()
  std::int64_t row_count = 0;
  std::string error;                   ///< empty on success: what happened, and what to do
  std::int64_t execution_time_ms = 0;  ///< everything from the call to the last row, rounded

  SchemaPtr schema;               ///< names and types; null on failure
  std::optional<ErrorCode> code;  ///< set on failure
  std::string sqlstate;           ///< set on failure when the engine has one
  std::string hint;
  bool retryable = false;
  bool truncated = false;
  std::optional<std::int64_t> affected_rows;
  std::string datasource;
  std::string node;

  /// The answer of a query that failed.
  void set_failure(Error failure);
  /// Why it failed, as stream_query() would have said it; only of one that did.
  [[nodiscard]] Error failure() const;
};

/// The answer to one query, batch by batch, in bounded memory. Owns the connection it runs on until the end
/// or its destruction, which cancels what is still running: read the stream of a write to its end to be sure
/// of it. One thread at a time.
class ResultStream {
 public:
  class Source;  ///< where batches come from; made by the manager
  explicit ResultStream(std::unique_ptr<Source> source);
  ResultStream(ResultStream&&) noexcept;
  ResultStream& operator=(ResultStream&&) noexcept;
  ~ResultStream();

  /// Known from the start. A batch's own schema may be wider in a column whose values turned out to differ in
  /// type.
  [[nodiscard]] const SchemaPtr& schema() const noexcept;
  /// The next rows; nothing at the end; an error when the query broke, so that a part is never taken for the
  /// whole. After the end or an error, further calls return the same again.
  [[nodiscard]] Result<std::optional<RecordBatch>> next();
  /// What is known so far; final once next() has returned the end.
  [[nodiscard]] const QuerySummary& summary() const noexcept;

 private:
  std::unique_ptr<Source> source_;
};

class ResultStream::Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual const SchemaPtr& schema() const noexcept = 0;
  [[nodiscard]] virtual Result<std::optional<RecordBatch>> next() = 0;
  [[nodiscard]] virtual const QuerySummary& summary() const noexcept = 0;
};

}  // namespace penstock
