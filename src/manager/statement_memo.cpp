#include "manager/statement_memo.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace penstock {

namespace {

std::size_t hash_of(std::string_view database, std::string_view sql) noexcept {
  const std::hash<std::string_view> hash;
  return hash(sql) * 31 + hash(database);
}

}  // namespace

StatementMemo::StatementMemo(std::size_t max_entries)
    : max_entries_per_shard_(std::max<std::size_t>(1, max_entries / kShards)) {}

std::list<StatementMemo::Entry>::iterator StatementMemo::find_in(Shard& shard, std::size_t hash,
                                                                 std::string_view database,
                                                                 std::string_view sql) {
  const auto [first, last] = shard.by_hash.equal_range(hash);
  for (auto candidate = first; candidate != last; ++candidate) {
    const Entry& entry = *candidate->second;
    if (entry.sql == sql && entry.database == database) return candidate->second;
  }
  return shard.entries.end();
}

std::shared_ptr<const KnownStatement> StatementMemo::find(std::string_view database, std::string_view sql) {
  if (sql.size() > kMaxTextBytes) return nullptr;
  const std::size_t hash = hash_of(database, sql);
  Shard& shard = shards_[hash % kShards];
  const std::scoped_lock lock(shard.mutex);
  const auto found = find_in(shard, hash, database, sql);
  if (found == shard.entries.end()) return nullptr;
  if (found != shard.entries.begin()) shard.entries.splice(shard.entries.begin(), shard.entries, found);
  return found->statement;
}

void StatementMemo::insert(std::string_view database, std::string_view sql,
                           std::shared_ptr<const KnownStatement> statement) {
  if (sql.size() > kMaxTextBytes) return;
  const std::size_t hash = hash_of(database, sql);
  Shard& shard = shards_[hash % kShards];
  const std::scoped_lock lock(shard.mutex);
  if (find_in(shard, hash, database, sql) != shard.entries.end()) return;
  shard.entries.push_front(Entry{hash, std::string(database), std::string(sql), std::move(statement)});
  shard.by_hash.emplace(hash, shard.entries.begin());
  shard.bytes += database.size() + sql.size();
  while (shard.entries.size() > max_entries_per_shard_ || shard.bytes > kMaxBytes / kShards)
    drop_oldest(shard);
}

void StatementMemo::drop_oldest(Shard& shard) {
  const auto oldest = std::prev(shard.entries.end());
  shard.bytes -= oldest->database.size() + oldest->sql.size();
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
