// A prepared statement with everything that is found out once about it, and the cache of them.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "penstock/batch.hpp"

#include "datasources/sqlite/column_types.hpp"
#include "datasources/sqlite/handle.hpp"
#include "datasources/sqlite/parameters.hpp"

namespace penstock::sqlite {

/// The columns of a statement: how to read them, and the schema that its last execution had, to be shared
/// with the next.
struct Columns {
  std::vector<Mapping> mappings;
  SchemaPtr schema;       ///< as declared; columns by value are null
  SchemaPtr last_schema;  ///< of the last execution's first batch

  /// Reads them from a statement that has just been prepared.
  [[nodiscard]] static Columns of(sqlite3_stmt* statement);
};

struct PreparedStatement {
  std::string sql;
  StatementHandle handle;
  Parameters parameters;
  Columns columns;
  int regenerations = 0;  ///< how often SQLite had prepared it anew when `columns` was read
  bool writes = false;
  std::size_t bytes = 0;  ///< what it takes, about; set by the cache

  /// Whether SQLite has prepared it anew since, after a change of the schema.
  [[nodiscard]] bool was_regenerated() const noexcept;
  /// Reads the columns again.
  void refresh();
};

/// The statements prepared last on one handle, by text. Belongs to the connection's thread.
class StatementCache {
 public:
  struct Bounds {
    std::size_t statements = 0;
    std::size_t bytes = 0;  ///< of their texts and of what SQLite keeps for them
  };
  /// The statement inserted last is kept whatever it takes.
  explicit StatementCache(Bounds bounds) noexcept : bounds_(bounds) {}

  /// Null when there is none. It stays valid until `insert` or `erase`.
  [[nodiscard]] PreparedStatement* find(std::string_view sql) noexcept;
  PreparedStatement& insert(PreparedStatement statement);
  void erase(const PreparedStatement& statement) noexcept;
  void clear() noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return statements_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  Bounds bounds_;
  std::size_t bytes_ = 0;
  std::list<PreparedStatement> statements_;  // the last used first
  std::unordered_map<std::string_view, std::list<PreparedStatement>::iterator> by_text_;
};

}  // namespace penstock::sqlite
