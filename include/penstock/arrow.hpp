// The Arrow C data interface: batches to and from any Arrow library in this process without a copy.
// Source: https://arrow.apache.org/docs/format/CDataInterface.html
#pragma once

#include <cstdint>

#include "penstock/batch.hpp"

// The ABI structures, laid out and guarded as the specification asks, so that they agree with any other copy.
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

extern "C" {
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  std::int64_t flags;
  std::int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;
  std::int64_t offset;
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};
}
#endif  // ARROW_C_DATA_INTERFACE

namespace penstock {

/// Extension metadata of a logical type on its Arrow field: decimal is "arrow.opaque", json is "arrow.json",
/// uuid is "arrow.uuid" (https://arrow.apache.org/docs/format/CanonicalExtensions.html); empty names for the
/// others.
struct ArrowExtension {
  std::string_view name;
  std::string_view metadata;
};
[[nodiscard]] ArrowExtension arrow_extension(TypeId type) noexcept;

/// Writes the schema as one Arrow struct type. The receiver owns `out` and must call its release().
void export_schema(const Schema& schema, ArrowSchema* out);
/// Writes the batch as one Arrow struct array that shares the batch's memory and keeps it alive until
/// released.
void export_batch(const RecordBatch& batch, ArrowArray* out);

/// Takes over a struct array and its type. Memory is shared where the layout is ours; a column with an offset
/// or of narrower integers is copied. Formats that our types do not have are `unsupported`, naming the
/// column. Releases `schema` at once and `array` when the batch goes; both at once on an error.
[[nodiscard]] Result<RecordBatch> import_batch(ArrowArray* array, ArrowSchema* schema);

}  // namespace penstock
