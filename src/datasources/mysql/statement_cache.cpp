#include "datasources/mysql/statement_cache.hpp"

namespace penstock::mysql {

namespace {

// A NUL stands in neither part.
std::string_view key_of(std::string& key, std::string_view database, std::string_view sql) {
  key.assign(database).append(1, '\0').append(sql);
  return key;
}

std::size_t bytes_of(std::string_view key, const PreparedStatement& statement) {
  // Descriptions are kept once as they came and once as what they mean.
  constexpr std::size_t kForms = 4;
  return key.size() + sizeof statement + kForms * statement.shape->descriptions.size();
}

}  // namespace

PreparedStatementPtr StatementCache::find(std::string_view database, std::string_view sql) {
  thread_local std::string key;
  const auto found = by_key_.find(key_of(key, database, sql));
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->statement;
}

void StatementCache::insert(std::string_view database, std::string_view sql, PreparedStatementPtr statement) {
  std::string key;
  if (const auto found = by_key_.find(key_of(key, database, sql)); found != by_key_.end()) {
    // The same statement with other columns keeps its number.
    if (found->second->statement->id != statement->id) dropped_.push_back(found->second->statement->id);
    found->second->statement = std::move(statement);
    return;
  }
  const std::size_t bytes = bytes_of(key, *statement);
  while (!entries_.empty() && (entries_.size() >= bounds_.statements || bytes_ + bytes > bounds_.bytes))
    drop(std::prev(entries_.end()));
  bytes_ += bytes;
  entries_.push_front({std::move(key), std::move(statement), bytes});
  by_key_.emplace(entries_.front().key, entries_.begin());
}

void StatementCache::erase(std::string_view database, std::string_view sql) {
  std::string key;
  const auto found = by_key_.find(key_of(key, database, sql));
  if (found != by_key_.end()) drop(found->second);
}

void StatementCache::clear() {
  by_key_.clear();
  entries_.clear();
  bytes_ = 0;
  dropped_.clear();
}

void StatementCache::drop(std::list<Entry>::iterator entry) {
  dropped_.push_back(entry->statement->id);
  by_key_.erase(entry->key);
  bytes_ -= entry->bytes;
  entries_.erase(entry);
}

}  // namespace penstock::mysql
