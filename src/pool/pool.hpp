// The connections to one node, shared by many threads. docs/pool.md says how it behaves under load and in an
// outage; pool_state.hpp decides, this acts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "penstock/data_source.hpp"
#include "penstock/pool_statistics.hpp"
#include "penstock/settings.hpp"

#include "pool/node_health.hpp"

namespace penstock::pool {

class Housekeeper;
class Pool;

/// The right to use one connection, by one thread at a time. Destroying it gives the connection back (or
/// closes it, when it is broken()). Keeps its pool alive, also a closed one. End whatever runs on the
/// connection first.
class Lease {
 public:
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();
  [[nodiscard]] Connection* operator->() const noexcept { return connection_; }
  [[nodiscard]] Connection& operator*() const noexcept { return *connection_; }
  /// Closes the connection instead of giving it back. The lease is empty afterwards.
  void discard() noexcept;

 private:
  friend class Pool;
  Lease(std::shared_ptr<Pool> pool, Connection* connection, std::uint32_t slot) noexcept;
  std::shared_ptr<Pool> pool_;
  Connection* connection_ = nullptr;
  std::uint32_t slot_ = 0;
};

struct LeakReport {
  std::string datasource;
  std::string node;
  std::string database;  ///< that the lease was acquired for
  std::chrono::milliseconds held{0};
};

/// Says when a lease has been held suspiciously long, beside counting it in PoolStatistics::leaks. `report`
/// runs on a background thread; it may block for a moment, must not throw. Empty: counted alone.
struct LeakWatch {
  std::chrono::milliseconds threshold{60'000};  ///< zero: none
  std::function<void(const LeakReport&)> report;
};

/// What close() does about the leases that are out.
enum class Running : std::uint8_t {
  finish,  ///< they go on; each connection is closed when it comes back
  cancel,  ///< the same, and what runs on them is cancelled, also what has yet to begin: see closing()
};

/// Thread-safe. Opens nothing until the first acquire() or warm_up().
class Pool {
 public:
  /// Values out of range are brought into it: max_pool_size and connecting_limit at least 1, min_pool_size at
  /// most max_pool_size, nothing negative. `housekeeper` may go before the pool: then nothing new is opened.
  [[nodiscard]] static std::shared_ptr<Pool> make(std::shared_ptr<DataSource> source, Node node,
                                                  std::string datasource_name, const PoolOptions& options,
                                                  Housekeeper& housekeeper, LeakWatch leaks = {});
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  /// Closes what is idle, on a background thread; nothing is leased or waited for any more.
  ~Pool();

  /// Leases a connection that was found alive; first come, first served. Prefers one whose current_database()
  /// is `database`. Waits until `deadline`, which the caller has bounded by `acquire_timeout`, and no longer.
  /// Errors: `timeout`, `cancelled` (by `stop`), `overloaded` (the queue is full), `unavailable` (closed, or
  /// the node is known to be down), or what connect() said when that is none of `unauthenticated`, `timeout`.
  [[nodiscard]] Result<Lease> acquire(std::string_view database, Deadline deadline,
                                      const std::stop_token& stop = {});
  /// The same without waiting or asking the node: one that is idle and was alive just now. Nothing: there is
  /// none.
  [[nodiscard]] std::optional<Lease> acquire_fresh(std::string_view database);
  /// Starts to open `min_pool_size` connections in the background, and keeps them from now on.
  void warm_up();
  /// Keeps no connection from now on: what is idle is closed, and so is each lease's when nobody waits for
  /// it. Whoever still asks is served.
  void retire();
  /// Asked to stop by close(Running::cancel). What runs on a lease watches it, so that the close also ends
  /// what had not begun when it came.
  [[nodiscard]] std::stop_token closing() const noexcept;

  [[nodiscard]] PoolStatistics statistics() const;
  [[nodiscard]] NodeHealth health() const;
  /// Whoever waits gets `unavailable`, idle connections are closed. Does not wait for leases. May be called
  /// again.
  void close(Running running = Running::finish) noexcept;

 private:
  friend class Lease;
  class Impl;
  explicit Pool(std::unique_ptr<Impl> impl) noexcept;
  void give_back(std::uint32_t slot, bool discard) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace penstock::pool
