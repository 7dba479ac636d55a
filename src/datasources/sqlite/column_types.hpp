// Which of our types a column of SQLite becomes, and how its cells are read.
//
// SQLite types values, not columns: a declared type is a promise that any row may break. A column is read as
// its declared type says while its values are of it; the first that is not makes the column a variant, so
// that no value is ever altered. See docs/sqlite.md.
#pragma once

#include <cstdint>
#include <string_view>

#include <sqlite3.h>

#include "penstock/builder.hpp"

namespace penstock::sqlite {

/// What the declared type of a column means to us.
enum class Mapping : std::uint8_t {
  by_value,  ///< nothing: as the values come (an expression, ANY, an unknown name)
  integer,
  real,
  number,  ///< NUMERIC, DECIMAL: int64 or float64, see number_column.hpp
  boolean,
  date,
  time,
  timestamp,
  text,
  blob,
  json,
  uuid,
};

/// By name for what SQLite has no affinity for, by SQLite's affinity rules otherwise
/// (https://www.sqlite.org/datatype3.html#determination_of_column_affinity).
[[nodiscard]] Mapping mapping_of(std::string_view declared_type);
/// `null` for by_value.
[[nodiscard]] TypeId type_of(Mapping mapping) noexcept;
/// How a column is read on whose values nothing but the type is known.
[[nodiscard]] Mapping natural_mapping(TypeId type) noexcept;

enum class CellStatus : std::uint8_t { appended, misfit, too_large };

/// What the cells of a batch came to so far, and what one may come to.
struct ReadValues {
  std::int64_t max_value_bytes = 0;
  std::size_t bytes = 0;  ///< of text and blobs read so far
};

/// Appends one cell to a column, or says why it cannot and appends nothing. `cell` comes from
/// sqlite3_column_value(): on a connection without a mutex, such as ours, it may be read as any value is
/// (https://www.sqlite.org/c3ref/value.html), and it saves what each sqlite3_column_ call does around its
/// work.
using CellReader = CellStatus (*)(ReadValues& read, sqlite3_value* cell, ColumnBuilder& out);

/// For a builder of type_of(mapping). For by_value every value but null is a misfit; for number every
/// integer.
[[nodiscard]] CellReader reader_of(Mapping mapping) noexcept;
/// For a builder of type variant whose values are of `mapping` where they can be. Never a misfit.
[[nodiscard]] CellStatus read_variant(Mapping mapping, ReadValues& read, sqlite3_value* cell,
                                      ColumnBuilder& out);
/// The type that the value would have by itself: `null`, int64, float64, string, or bytes (of text that is
/// not valid UTF-8, too).
[[nodiscard]] TypeId natural_type(sqlite3_value* cell);

}  // namespace penstock::sqlite
