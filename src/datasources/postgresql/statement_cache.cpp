#include "datasources/postgresql/statement_cache.hpp"

namespace penstock::postgresql {

namespace {

// A NUL stands in none of the parts.
std::string_view key_of(std::string& key, const StatementId& id) {
  key.assign(id.database).append(1, '\0').append(id.role).append(1, '\0').append(id.sql);
  return key;
}

// Names of columns are whatever the statement says, so they count too.
std::size_t bytes_of(std::string_view key, const PreparedStatement& statement) {
  std::size_t bytes = key.size() + sizeof statement + statement.name.size();
  for (const Field& field : statement.schema->fields())
    bytes +=
        sizeof field + sizeof(const Codec*) + sizeof(Format) + field.name.size() + field.native_type.size();
  return bytes + statement.parameters.size() * sizeof(Oid);
}

}  // namespace

PreparedStatementPtr StatementCache::find(const StatementId& id) {
  thread_local std::string key;
  const auto found = by_key_.find(key_of(key, id));
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->statement;
}

void StatementCache::insert(const StatementId& id, PreparedStatementPtr statement) {
  std::string key;
  if (const auto found = by_key_.find(key_of(key, id)); found != by_key_.end()) {
    // The same statement read in another way keeps its name.
    if (found->second->statement->name != statement->name) {
      dropped_.push_back(found->second->statement->name);
    }
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

void StatementCache::erase(const StatementId& id) {
  std::string key;
  const auto found = by_key_.find(key_of(key, id));
  if (found != by_key_.end()) drop(found->second);
}

void StatementCache::clear() {
  by_key_.clear();
  entries_.clear();
  bytes_ = 0;
  dropped_.clear();
}

void StatementCache::drop(std::list<Entry>::iterator entry) {
  dropped_.push_back(entry->statement->name);
  by_key_.erase(entry->key);
  bytes_ -= entry->bytes;
  entries_.erase(entry);
}

}  // namespace penstock::postgresql
