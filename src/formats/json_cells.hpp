// The values of record batches as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "penstock/batch.hpp"

#include "formats/output_buffer.hpp"
#include "formats/scalar_text.hpp"

namespace penstock {

/// Writes values of arrays as JSON: numbers with all their digits (NaN and infinities as strings), bytes as
/// "\\x" and hexadecimal digits, json embedded when it is valid, lists as arrays, the other types as strings.
class JsonCells {
 public:
  /// Writes the value at an index of an array of the type that the writer was chosen for, which is not null.
  using Write = void (*)(JsonCells& cells, const ArrayData& array, std::int64_t index);

  explicit JsonCells(OutputBuffer& out) : out_(&out) {}

  [[nodiscard]] OutputBuffer& out() noexcept { return *out_; }
  [[nodiscard]] ScalarText& scalars() noexcept { return scalars_; }

  /// The fastest writer for this array, which is looked at for that: choose once a batch, not once a cell.
  [[nodiscard]] static Write choose(const ArrayData& array);
  /// Any value, null among them.
  void write(const ArrayData& array, std::int64_t index);

 private:
  OutputBuffer* out_;
  ScalarText scalars_;
};

}  // namespace penstock
