// The queue of one datasource: which query runs next, and which run together. Pure: no clock, no thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/executor.hpp"
#include "server/query_gate.hpp"

namespace penstock::server {

using Time = Deadline::Clock::time_point;

/// A query on its way through a lane.
struct Job {
  QueryCall call;
  Executor::Answered answered;
  QueryPassPtr pass;   ///< null: nobody has to know how it ends
  bool quick = false;  ///< may share a connection with others
  Time came;
  Time give_up_at;  ///< if it still waits for its turn then, nobody waits for it any more
  Time deadline;    ///< when it is to be answered, whatever it does
  double turn = 0;  ///< its place in the lane's order, see Lane

  Job() = default;
  Job(QueryCall&& query, Executor::Answered&& who, QueryPassPtr&& with) noexcept
      : call(std::move(query)), answered(std::move(who)), pass(std::move(with)) {}

  /// The one way to its caller.
  void answer(Result<ResultStream> stream);
};
using JobPtr = std::unique_ptr<Job>;

struct LaneLimits {
  std::size_t max_running = 10;   ///< workers at a time: the datasource's connections
  std::size_t max_waiting = 200;  ///< jobs in the queue
  std::size_t max_eager = 10;  ///< workers at a time before a job's `patience` is over: what the cores carry
  std::size_t max_quick = 1;   ///< of those, the ones that run quick jobs
  std::size_t max_together = 32;  ///< jobs of one run
  std::chrono::microseconds patience{2'000};
  /// A run of quick jobs waits so long for more of them to come; zero: not at all.
  std::chrono::microseconds gather{0};
  /// And for no more than so many: a run's own cost is a small part of theirs then.
  std::size_t gather_jobs = 6;
};

/// Jobs of one principal are run in the order they came. Between principals, each is served by its
/// `queue_share`, so that one who asks for much waits for itself alone: start-time fair queueing (Goyal, Vin,
/// Cheng 1997), where each job is one unit of work. Quick ones gather while a worker runs such already: the
/// next run takes all that may share. One that waited longer than `patience` gets a worker of its own, as
/// what is in its way is not quick after all.
class Lane {
 public:
  /// A worker that is to be started, by what for: it calls began() with this, and then take() until nothing
  /// comes.
  enum class Worker : std::uint8_t { for_any, for_quick };
  struct Arrival {
    bool taken_in = false;  ///< false: the queue is full, the job is still the caller's
    std::optional<Worker> start;
    /// The last one of whoever has most of the full queue, which had to go for somebody who has less.
    JobPtr displaced;
  };

  explicit Lane(LaneLimits limits) : limits_(limits) {}
  void set_limits(LaneLimits limits) noexcept { limits_ = limits; }

  [[nodiscard]] Arrival arrive(JobPtr& job, Time now);
  void began(Worker worker) noexcept;
  /// What a worker runs next: one job, or several quick ones of one database, role and settings. Nothing: the
  /// worker is done here.
  [[nodiscard]] std::vector<JobPtr> take(Time now);
  /// A job that was taken with others and must run by itself: it is next, as it waited for its turn already.
  void again(JobPtr job);
  /// A worker has run the jobs that it took; it calls take() again.
  void finished(bool quick, std::size_t jobs) noexcept;
  /// Whether a worker for quick jobs had better look again soon, as more are about to come: each run costs
  /// the server more than a query in it. No when that took `gather`. Who was there lately is shared out
  /// evenly to `max_quick` runs, so one that is alone waits for nobody, and nobody for more than
  /// `gather_jobs`.
  [[nodiscard]] bool gathers(Time now) noexcept;
  /// A worker that finished looks again later; it calls began() and take() then.
  void postponed() noexcept { ++starting_quick_; }
  /// A worker more, for a job that lost its patience.
  [[nodiscard]] std::optional<Worker> wanted_worker(Time now);
  /// The jobs nobody waits for any more: their time is over, or their caller asked to stop.
  [[nodiscard]] std::vector<JobPtr> expire(Time now);
  /// All that wait.
  [[nodiscard]] std::vector<JobPtr> clear();

  [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size(); }
  /// Workers that were started and have not left.
  [[nodiscard]] std::size_t running() const noexcept { return running_; }

 private:
  using Queue = std::deque<JobPtr>;
  /// What the lane knows of a principal while it has jobs here, and until others have caught up with it.
  struct Flow {
    PrincipalPtr who;
    std::size_t waiting = 0;
    double finish = 0;  ///< the turn at which all its jobs so far are done

    [[nodiscard]] double share() const noexcept {
      return static_cast<double>(std::max<std::int64_t>(1, who->limits.queue_share));
    }
  };

  [[nodiscard]] Flow& flow_of(const PrincipalPtr& who);
  void insert(JobPtr job);
  /// They wait no more.
  void left(const JobPtr& job);
  void forget_idle_flows();
  [[nodiscard]] JobPtr displaced_by(const Job& job);
  [[nodiscard]] Queue::iterator next_runnable(Time now);
  [[nodiscard]] bool may_run(const Job& job, Time now) const noexcept;
  [[nodiscard]] bool may_start(const Job& job, Time now) const noexcept;
  Worker start_for(const Job& job) noexcept;

  LaneLimits limits_;
  Queue queue_;              // by turn
  std::vector<Flow> flows_;  // few: of those who wait
  double turn_ = 0;          // of what is served now
  std::size_t running_ = 0;
  std::size_t running_quick_ = 0;   // of those, the ones that run quick jobs now
  std::size_t starting_quick_ = 0;  // and the ones that will
  std::size_t under_way_ = 0;       // quick jobs that were taken and are not finished
  std::size_t at_once_ = 0;         // quick jobs that were waiting or under way at once lately
  std::optional<Time> gathers_since_;
};

}  // namespace penstock::server
