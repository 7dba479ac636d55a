#include "manager/statement_memo.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace penstock {

namespace {

std::size_t hash_of(const StatementKey& key) noexcept {
  const std::hash<std::string_view> hash;
  return (hash(key.sql) * 31 + hash(key.database)) * 31 + hash(key.role);
}

std::size_t bytes_of(const auto& key) noexcept {
  return key.database.size() + key.role.size() + key.sql.size();
}

}  // namespace

StatementMemo::StatementMemo(std::size_t max_entries)
    : max_entries_per_shard_(std::max<std::size_t>(1, max_entries / kShards)) {}

std::list<StatementMemo::Entry>::iterator StatementMemo::find_in(Shard& shard, std::size_t hash,
                                                                 const StatementKey& key) {
  const auto [first, last] = shard.by_hash.equal_range(hash);
  for (auto candidate = first; candidate != last; ++candidate) {
    const Entry& entry = *candidate->second;
    if (entry.sql == key.sql && entry.database == key.database && entry.role == key.role)
      return candidate->second;
  }
  return shard.entries.end();
}

std::shared_ptr<const KnownStatement> StatementMemo::find(const StatementKey& key) {
  if (key.sql.size() > kMaxTextBytes) return nullptr;
  const std::size_t hash = hash_of(key);
  Shard& shard = shards_[hash % kShards];
  const std::scoped_lock lock(shard.mutex);
  const auto found = find_in(shard, hash, key);
  if (found == shard.entries.end()) return nullptr;
  if (found != shard.entries.begin()) shard.entries.splice(shard.entries.begin(), shard.entries, found);
  return found->statement;
}

void StatementMemo::insert(const StatementKey& key, std::shared_ptr<const KnownStatement> statement) {
  if (key.sql.size() > kMaxTextBytes) return;
  const std::size_t hash = hash_of(key);
  Shard& shard = shards_[hash % kShards];
  const std::scoped_lock lock(shard.mutex);
  if (find_in(shard, hash, key) != shard.entries.end()) return;
  shard.entries.push_front(Entry{hash, std::string(key.database), std::string(key.role), std::string(key.sql),
                                 std::move(statement)});
  shard.by_hash.emplace(hash, shard.entries.begin());
  shard.bytes += bytes_of(key);
  while (shard.entries.size() > max_entries_per_shard_ || shard.bytes > kMaxBytes / kShards)
    drop_oldest(shard);
}

void StatementMemo::drop_oldest(Shard& shard) {
  const auto oldest = std::prev(shard.entries.end());
  shard.bytes -= bytes_of(*oldest);
  const auto [first, last] = shard.by_hash.equal_range(oldest->hash);
  shard.by_hash.erase(std::find_if(first, last, [&](const auto& item) { return item.second == oldest; }));
  shard.entries.erase(oldest);
}

std::size_t StatementMemo::size() const {
  std::size_t size = 0;
  for (const Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    size += shard.entries.size();
  }
  return size;
}

}  // namespace penstock
