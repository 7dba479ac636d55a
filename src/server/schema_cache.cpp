#include "server/schema_cache.hpp"

#include <algorithm>
#include <utility>

namespace penstock::server {

namespace {

std::size_t size_of(const std::vector<std::string>& list) noexcept {
  std::size_t bytes = 0;
  for (const std::string& text : list)
    bytes += sizeof(std::string) + text.size();
  return bytes;
}

// About what the schema takes of memory.
std::size_t size_of(const DatabaseSchema& schema) noexcept {
  std::size_t bytes = sizeof(schema);
  for (const TableInfo& table : schema.tables) {
    bytes += sizeof(table) + table.name.size() + table.comment.size() + size_of(table.primary_key);
    for (const ColumnInfo& column : table.columns) {
      bytes += sizeof(column) + column.name.size() + column.native_type.size() + column.comment.size() +
               size_of(column.labels) + column.default_value.value_or("").size();
    }
    for (const ForeignKeyInfo& key : table.foreign_keys)
      bytes += sizeof(key) + size_of(key.columns) + size_of(key.referenced_columns);
    for (const IndexInfo& index : table.indexes)
      bytes += sizeof(index) + size_of(index.columns);
  }
  return bytes;
}

bool leads_beyond(const ForeignKeyInfo& key, const Grant& grant, std::string_view home) {
  return !key.referenced_database.empty() && key.referenced_database != home &&
         !is_granted(&grant, key.referenced_database);
}

SchemaCache::Schema without_hidden_keys(SchemaCache::Schema schema, const Grant& grant) {
  const auto is_hidden = [&](const ForeignKeyInfo& key) {
    return leads_beyond(key, grant, schema->database);
  };
  const bool clean = std::ranges::none_of(schema->tables, [&](const TableInfo& table) {
    return std::ranges::any_of(table.foreign_keys, is_hidden);
  });
  if (clean) return schema;
  auto visible = std::make_shared<DatabaseSchema>(*schema);
  for (TableInfo& table : visible->tables)
    std::erase_if(table.foreign_keys, is_hidden);
  return visible;
}

}  // namespace

SchemaCache::SchemaCache(DataSourceManager& manager, Executor& executor, Options options)
    : manager_(manager), executor_(executor), options_(options) {}

void SchemaCache::get(std::string_view database, const PrincipalPtr& principal, Answered answered) {
  if (!principal->may_reach(database)) {
    executor_.post([this, principal, name = std::string(database), answered = std::move(answered)]() mutable {
      answered(std::unexpected(unknown_to(principal, name, {})));
    });
    return;
  }
  look_up({std::string(database), principal->role},
          [this, principal, name = std::string(database),
           answered = std::move(answered)](Result<Schema> schema) mutable {
            if (schema) return answered(without_hidden_keys(std::move(*schema), principal->grant));
            answered(std::unexpected(unknown_to(principal, name, std::move(schema.error()))));
          });
}

// What is answered to several at once may name what one of them must not know of.
Error SchemaCache::unknown_to(const PrincipalPtr& principal, const std::string& database, Error error) {
  const bool granted = principal->may_reach(database);
  if (granted && error.code != ErrorCode::not_found) return error;
  QueryOptions options;
  options.grant = grant_of(principal);
  options.role = principal->role;
  auto own = manager_.schema(database, {}, options);
  return own ? error : std::move(own.error());
}

void SchemaCache::look_up(const Key& key, Answered answered) {
  Schema kept;
  Answered at_once;
  std::uint64_t generation = 0;
  {
    const std::scoped_lock lock(mutex_);
    const auto entry = entries_.find(key);
    if (entry != entries_.end() && Clock::now() < entry->second.expires) {
      kept = entry->second.schema;
      at_once = std::move(answered);
    } else {
      const auto [flight, is_first] = flights_.try_emplace({generation_, key});
      flight->second.waiting.push_back(std::move(answered));
      if (!is_first) return;
      generation = generation_;
    }
  }
  if (kept != nullptr) {
    // To search it and to write it down takes its time, too.
    executor_.post(
        [answered = std::move(at_once), kept = std::move(kept)]() mutable { answered(std::move(kept)); });
    return;
  }
  executor_.post([this, key, generation] { ask(key, generation); });
}

void SchemaCache::clear() {
  const std::scoped_lock lock(mutex_);
  ++generation_;
  entries_.clear();
  bytes_ = 0;
}

void SchemaCache::ask(const Key& key, std::uint64_t generation) {
  QueryOptions options;
  options.role = key.role;
  auto loaded = manager_.schema(key.database, {}, options);
  Result<Schema> answer = Schema();
  if (loaded) {
    answer = std::make_shared<const DatabaseSchema>(std::move(*loaded));
  } else {
    answer = std::unexpected(std::move(loaded.error()));
  }
  std::vector<Answered> waiting;
  {
    const std::scoped_lock lock(mutex_);
    // Of what a reload has overtaken, those who asked before it get the answer of before it.
    if (answer && generation == generation_) keep(key, *answer);
    const auto flight = flights_.find({generation, key});
    waiting = std::move(flight->second.waiting);
    flights_.erase(flight);
  }
  for (Answered& one : waiting)
    one(answer);
}

void SchemaCache::keep(const Key& key, const Schema& schema) {
  const std::size_t bytes = size_of(*schema);
  if (const auto old = entries_.find(key); old != entries_.end()) {
    bytes_ -= old->second.bytes;
    entries_.erase(old);
  }
  if (bytes > options_.max_bytes || options_.max_entries == 0) return;
  make_room(bytes);
  entries_.emplace(key, Entry{schema, Clock::now() + options_.keep, bytes});
  bytes_ += bytes;
}

void SchemaCache::make_room(std::size_t bytes) {
  while (!entries_.empty() &&
         (entries_.size() >= options_.max_entries || bytes_ + bytes > options_.max_bytes)) {
    const auto oldest =
        std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.expires; });
    bytes_ -= oldest->second.bytes;
    entries_.erase(oldest);
  }
}

}  // namespace penstock::server
