// Statements seen before, by their text.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "manager/known_statement.hpp"

namespace penstock {

/// What tells statements apart: the same text may mean other tables elsewhere, and be slow for another role.
struct StatementKey {
  std::string_view database;
  std::string_view role;  ///< the engine's; empty: who connects
  std::string_view sql;
};

/// The statements of one datasource, least recently used first out. Holds kMaxBytes of texts at most.
/// Thread-safe.
class StatementMemo {
 public:
  /// A statement longer than this is analysed each time: such texts are generated and seldom come twice.
  static constexpr std::size_t kMaxTextBytes = 16 << 10;
  static constexpr std::size_t kMaxBytes = 8 << 20;

  explicit StatementMemo(std::size_t max_entries = 4'096);

  /// Null when it is not there.
  [[nodiscard]] std::shared_ptr<const KnownStatement> find(const StatementKey& key);
  void insert(const StatementKey& key, std::shared_ptr<const KnownStatement> statement);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::size_t hash;
    std::string database;
    std::string role;
    std::string sql;
    std::shared_ptr<const KnownStatement> statement;
  };
  // Sharded, so that threads with different statements do not queue for one lock.
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> entries;  // most recently used first
    std::size_t bytes = 0;     // of their texts
    std::unordered_multimap<std::size_t, std::list<Entry>::iterator> by_hash;
  };
  static constexpr std::size_t kShards = 16;

  [[nodiscard]] static std::list<Entry>::iterator find_in(Shard& shard, std::size_t hash,
                                                          const StatementKey& key);
  static void drop_oldest(Shard& shard);

  std::size_t max_entries_per_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace penstock
