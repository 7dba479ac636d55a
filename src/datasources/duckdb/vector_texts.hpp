// The part of VectorReader that makes text of values, for the two files that need it.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "datasources/duckdb/vector_reader.hpp"

namespace penstock::duckdb {

template <typename Append>
Result<void> VectorReader::write_texts(ArrayData& array, const Slice& slice, Append&& append) {
  auto* offsets = reinterpret_cast<std::int32_t*>(room((static_cast<std::size_t>(slice.count) + 1) * 4));
  std::string text;
  offsets[0] = 0;
  for (std::int64_t i = 0; i < slice.count; ++i) {
    const std::size_t before = text.size();
    if (!array.is_null(i)) {
      if (Result<void> written = append(text, i); !written) return written;
    }
    if (std::cmp_greater(text.size() - before, max_value_bytes_) ||
        text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
      return too_large();
    }
    offsets[i + 1] = static_cast<std::int32_t>(text.size());
  }
  std::byte* values = room(text.size());
  std::memcpy(values, text.data(), text.size());
  array.offsets = offsets;
  array.values = values;
  return {};
}

}  // namespace penstock::duckdb
