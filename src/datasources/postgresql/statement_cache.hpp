// Statements prepared on one session.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "penstock/batch.hpp"

#include "datasources/postgresql/types.hpp"

namespace penstock::postgresql {

/// What is known of a prepared statement.
struct PreparedStatement {
  std::string name;                  ///< at the server
  SchemaPtr schema;                  ///< of no columns when it returns no rows
  std::vector<const Codec*> codecs;  ///< one a column
  std::vector<Format> formats;       ///< one a column
  std::vector<Oid> parameters;       ///< the types that the server inferred
};
using PreparedStatementPtr = std::shared_ptr<const PreparedStatement>;

/// What tells prepared statements apart: the text, the database whose search_path was in force, and the role
/// whose rights were.
struct StatementId {
  std::string_view database;
  std::string_view role;
  std::string_view sql;
};

/// The most recently used statements. Not thread-safe.
class StatementCache {
 public:
  struct Bounds {
    std::size_t statements = 256;
    std::size_t bytes = std::size_t{4} << 20;  ///< of their texts and of what is known of them
  };

  /// The statement inserted last is kept whatever it takes.
  StatementCache() = default;
  explicit StatementCache(const Bounds& bounds) : bounds_(bounds) {}

  /// Null when it is not there.
  [[nodiscard]] PreparedStatementPtr find(const StatementId& id);
  /// In the place of what was there. The least recently used ones fall out when there is no room.
  void insert(const StatementId& id, PreparedStatementPtr statement);
  void erase(const StatementId& id);
  /// Forgets all, as the server has.
  void clear();
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// A name that no statement of this session has had.
  [[nodiscard]] std::string new_name() { return "penstock_" + std::to_string(++last_name_); }
  /// Names of statements that fell out and are still prepared at the server; forgets them.
  [[nodiscard]] std::vector<std::string> take_dropped() { return std::exchange(dropped_, {}); }

 private:
  struct Entry {
    std::string key;
    PreparedStatementPtr statement;
    std::size_t bytes = 0;
  };
  void drop(std::list<Entry>::iterator entry);

  Bounds bounds_;
  std::size_t bytes_ = 0;
  std::uint64_t last_name_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  std::vector<std::string> dropped_;
};

}  // namespace penstock::postgresql
