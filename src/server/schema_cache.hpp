// Schemas asked for a short while ago, so that agents who ask often cost their database little.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/manager.hpp"

#include "server/executor.hpp"

namespace penstock::server {

/// Thread-safe. Must outlive what it hands to the executor. One question at a time goes to a database; who
/// asks meanwhile gets the same answer, but nobody one to a question of before a reload. Failures are not
/// kept.
class SchemaCache {
 public:
  using Schema = std::shared_ptr<const DatabaseSchema>;
  /// Called once, on a thread of the executor.
  using Answered = std::move_only_function<void(Result<Schema>)>;
  using Clock = std::chrono::steady_clock;

  struct Options {
    std::chrono::milliseconds keep = std::chrono::seconds(30);
    std::size_t max_entries = 64;
    std::size_t max_bytes = 64 << 20;  ///< of all schemas together, about
  };

  SchemaCache(DataSourceManager& manager, Executor& executor) : SchemaCache(manager, executor, Options{}) {}
  SchemaCache(DataSourceManager& manager, Executor& executor, Options options);

  /// Of a database that is not granted to the principal, what the manager says of one that does not exist;
  /// foreign keys that lead to one are left out.
  void get(std::string_view database, const PrincipalPtr& principal, Answered answered);
  /// Forgets everything, also what is being asked just now: for a reload.
  void clear();

 private:
  struct Entry {
    Schema schema;
    Clock::time_point expires;
    std::size_t bytes = 0;
  };
  struct Flight {
    std::vector<Answered> waiting;
  };

  /// What is asked: a role sees of a database what it may read.
  struct Key {
    std::string database;
    std::string role;  ///< of the principal; empty: it has none
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  void look_up(const Key& key, Answered answered);
  [[nodiscard]] Error unknown_to(const PrincipalPtr& principal, const std::string& database, Error error);
  void ask(const Key& key, std::uint64_t generation);
  void keep(const Key& key, const Schema& schema);  // under the lock
  void make_room(std::size_t bytes);                // likewise

  DataSourceManager& manager_;
  Executor& executor_;
  const Options options_;

  std::mutex mutex_;
  std::uint64_t generation_ = 0;
  std::size_t bytes_ = 0;
  std::map<Key, Entry> entries_;
  std::map<std::pair<std::uint64_t, Key>, Flight> flights_;  // by the generation they are of
};

}  // namespace penstock::server
