// A database as data: what its tables look like and which rows they hold, whatever engine they are written
// to.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/value.hpp"

namespace penstock::demo {

/// The SQL type of a column, of those that every engine has.
struct ColumnType {
  std::string sql;  ///< "VARCHAR(50)", "DECIMAL(12,2)", "DATE", ...
  TypeId value =
      TypeId::null;  ///< what its values are: string, int64, decimal, date, timestamp, boolean, json
};

[[nodiscard]] ColumnType varchar(int length);
[[nodiscard]] ColumnType fixed_char(int length);
[[nodiscard]] ColumnType text();
[[nodiscard]] ColumnType integer();
[[nodiscard]] ColumnType decimal(int digits, int fraction);
/// DECIMAL(12,2).
[[nodiscard]] ColumnType money();
[[nodiscard]] ColumnType date();
[[nodiscard]] ColumnType timestamp();
[[nodiscard]] ColumnType boolean();
[[nodiscard]] ColumnType json();

struct Column {
  std::string name;
  ColumnType type;
  std::string comment;  ///< for someone who sees the column for the first time; one line
  bool nullable = false;
  std::string check;  ///< a condition of portable SQL; empty: none
};

[[nodiscard]] Column required(std::string name, ColumnType type, std::string comment, std::string check = {});
[[nodiscard]] Column optional(std::string name, ColumnType type, std::string comment, std::string check = {});
/// A required column with one of a few values, which the comment then lists.
[[nodiscard]] Column choice(std::string name, std::initializer_list<std::string_view> values,
                            std::string comment);

struct ForeignKey {
  std::string column;
  std::string table;
  std::string referenced;  ///< its column there
};

struct Index {
  std::vector<std::string> columns;
  bool unique = false;
};

/// Takes the rows of one table, each with a value for each column, in the order of the columns.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void add(std::span<const Value> row) = 0;
  void add(std::initializer_list<Value> row) { add(std::span(row.begin(), row.size())); }
};

struct Table {
  std::string name;
  std::string comment;
  std::vector<Column> columns;
  std::vector<std::string> primary_key;
  std::vector<ForeignKey> foreign_keys;
  std::vector<Index> indexes;
  /// Hands over every row, in the order of the primary key, and after the rows of its own table that it
  /// refers to. The same rows each time it is called.
  std::function<void(RowSink&)> rows;
};

struct View {
  std::string name;
  std::string comment;
  std::string query;  ///< portable SQL
};

/// Tables come before those that refer to them.
struct Database {
  std::string name;
  std::vector<Table> tables;
  std::vector<View> views;
};

/// Tables with the number of their rows, as a writer wrote them.
using RowCounts = std::vector<std::pair<std::string, std::int64_t>>;

/// The columns a table's key, foreign keys and indexes name exist, and so on: the first thing that is wrong
/// with the description, or nothing.
[[nodiscard]] std::string first_flaw(const Database& database);

}  // namespace penstock::demo
