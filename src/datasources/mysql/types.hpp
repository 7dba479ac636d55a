// Columns as the server describes them, and what they are in a batch.
// Source: https://mariadb.com/kb/en/result-set-packets/#column-definition-packet
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/batch.hpp"

namespace penstock::mysql {

/// How a value lies in a binary row.
enum class Wire : std::uint8_t {
  null,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  text,  ///< UTF-8: strings, decimals, JSON
  uuid,  ///< as text
  bytes,
  bit,  ///< a big-endian number
  date,
  datetime,
  time,
  geometry,
};

/// How one column's values become a batch's.
struct Codec {
  Wire wire = Wire::null;
  DataType type;
};

/// How many bytes a column's values take in a binary row; 0: their length comes in front.
using RowShape = std::vector<std::uint8_t>;

/// One column of a result.
struct Column {
  Field field;
  Codec codec;
};

/// Of the column's description. Nothing when it is not one.
[[nodiscard]] std::optional<Column> read_column(std::string_view payload);

/// Bytes that a value of this form takes; 0: its length is in front of it.
[[nodiscard]] std::uint8_t width_of(Wire wire) noexcept;

/// What a query returns a column as that is declared so: `data_type` and `column_type` as information_schema
/// has them.
[[nodiscard]] DataType type_of(std::string_view data_type, std::string_view column_type, bool is_json);

}  // namespace penstock::mysql
