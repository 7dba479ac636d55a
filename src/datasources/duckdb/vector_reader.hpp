// One vector of DuckDB as an array of a batch, whatever its type and whatever lies within it
// (https://duckdb.org/docs/stable/clients/c/vector).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/batch.hpp"
#include "penstock/builder.hpp"

#include "datasources/duckdb/columns.hpp"

namespace penstock::duckdb {

/// Reads the vectors of one column. One thread at a time.
class VectorReader {
 public:
  /// All must outlive it; the arrays point into `storage`.
  VectorReader(const Api& api, const std::string& column, std::int64_t max_value_bytes,
               std::vector<Buffer>& storage) noexcept
      : api_(&api), column_(&column), max_value_bytes_(max_value_bytes), storage_(&storage) {}

  /// `count` values from `from` on. Errors: `limit_exceeded`, `invalid_data`.
  [[nodiscard]] Result<ArrayData> read(const ColumnType& type, duckdb_vector vector, std::int64_t from,
                                       std::int64_t count);

 private:
  // Where the elements of one row's list lie.
  struct Extent {
    std::int64_t from = 0;
    std::int64_t count = 0;
  };
  // The values that are asked for, as DuckDB has them.
  struct Slice {
    duckdb_vector vector;
    const std::byte* data;
    std::int64_t from;
    std::int64_t count;
    template <typename T>
    [[nodiscard]] const T* values() const noexcept {
      return reinterpret_cast<const T*>(data) + from;
    }
  };

  [[nodiscard]] std::byte* room(std::size_t bytes);
  void read_validity(ArrayData& array, const Slice& slice);
  [[nodiscard]] Result<void> fill(ArrayData& array, const ColumnType& type, const Slice& slice);
  // Dates, times and what is left.
  [[nodiscard]] Result<void> fill_moments(ArrayData& array, const ColumnType& type, const Slice& slice);
  template <typename From, typename To>
  void copy(ArrayData& array, const Slice& slice);
  // `scaled(value)` is what the value comes as, or nothing when it cannot be.
  template <typename From, typename To, typename Scaled>
  [[nodiscard]] Result<void> convert(ArrayData& array, const Slice& slice, Scaled&& scaled);
  void read_bits(ArrayData& array, const Slice& slice);
  void read_uuids(ArrayData& array, const Slice& slice);
  [[nodiscard]] Result<void> read_strings(ArrayData& array, const Slice& slice);
  // `append(text, i)` writes row `i`, which is not null.
  template <typename Append>
  [[nodiscard]] Result<void> write_texts(ArrayData& array, const Slice& slice, Append&& append);
  [[nodiscard]] Result<void> read_decimals(ArrayData& array, const ColumnType& type, const Slice& slice);
  [[nodiscard]] Result<void> read_odd_texts(ArrayData& array, const ColumnType& type, const Slice& slice);

  [[nodiscard]] std::vector<Extent> extents(const ArrayData& array, const ColumnType& type,
                                            const Slice& slice) const;
  [[nodiscard]] Result<void> read_list(ArrayData& array, const ColumnType& type, const Slice& slice);
  [[nodiscard]] Result<void> read_map(ArrayData& array, const ColumnType& type, const Slice& slice);
  [[nodiscard]] Result<void> read_struct(ArrayData& array, const ColumnType& type, const Slice& slice);
  [[nodiscard]] Result<void> read_union(ArrayData& array, const ColumnType& type, const Slice& slice);

  [[nodiscard]] std::unexpected<Error> too_large() const;
  [[nodiscard]] std::unexpected<Error> unfit(std::string_view why) const;

  const Api* api_;
  const std::string* column_;
  std::int64_t max_value_bytes_;
  std::vector<Buffer>* storage_;
};

}  // namespace penstock::duckdb
