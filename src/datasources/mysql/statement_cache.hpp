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
#include "penstock/query.hpp"

#include "datasources/mysql/types.hpp"

namespace penstock::mysql {

/// The columns of a result, as they were described.
struct ResultShape {
  std::string descriptions;  ///< one behind the other, to know them again
  SchemaPtr schema;
  std::vector<Codec> codecs;
  RowShape widths;
};
using ResultShapePtr = std::shared_ptr<const ResultShape>;

/// What is known of a prepared statement.
struct PreparedStatement {
  std::uint32_t id = 0;  ///< at the server
  std::size_t parameters = 0;
  ResultShapePtr shape;  ///< of no columns when it returns no rows
  /// It reads a view, behind which any code may be.
  bool reads_views = false;
  /// It shows how a table is defined that lies on another server, and so the password for that.
  bool shows_far_table = false;
  Deadline::Clock::time_point looked_at{};  ///< when that was found out
};
using PreparedStatementPtr = std::shared_ptr<const PreparedStatement>;

/// The most recently used statements, by database (which was in use) and text. Not thread-safe.
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
  [[nodiscard]] PreparedStatementPtr find(std::string_view database, std::string_view sql);
  /// In the place of what was there. The least recently used ones fall out when there is no room.
  void insert(std::string_view database, std::string_view sql, PreparedStatementPtr statement);
  void erase(std::string_view database, std::string_view sql);
  /// Forgets all, as the server has.
  void clear();
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// Numbers of statements that fell out and are still prepared at the server; forgets them.
  [[nodiscard]] std::vector<std::uint32_t> take_dropped() { return std::exchange(dropped_, {}); }

 private:
  struct Entry {
    std::string key;
    PreparedStatementPtr statement;
    std::size_t bytes = 0;
  };
  void drop(std::list<Entry>::iterator entry);

  Bounds bounds_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  std::vector<std::uint32_t> dropped_;
};

}  // namespace penstock::mysql
