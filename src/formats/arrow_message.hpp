// The metadata of Arrow IPC messages.
// Source: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/batch.hpp"

namespace penstock {

/// One array of a record batch, in depth-first order; laid out as the format's FieldNode.
struct ArrowNode {
  std::int64_t length;
  std::int64_t null_count;
};

/// Where a buffer lies in a record batch's body; laid out as the format's Buffer.
struct ArrowBuffer {
  std::int64_t offset;
  std::int64_t length;
};

using ArrowMetadata = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::int64_t kArrowAlignment = 8;
/// What ends a complete stream.
inline constexpr std::string_view kArrowEndOfStream{"\xFF\xFF\xFF\xFF\0\0\0\0", 8};

/// The whole schema message; it has no body. Fields are named by Schema::unique_names(); the engine's name of
/// a type is the field's metadata "penstock:native_type".
[[nodiscard]] std::string arrow_schema_message(const Schema& schema);
/// A record batch message up to its body, of `body_length` bytes.
[[nodiscard]] std::string arrow_batch_message(std::int64_t rows, std::span<const ArrowNode> nodes,
                                              std::span<const ArrowBuffer> buffers, std::int64_t body_length,
                                              const ArrowMetadata& metadata);

}  // namespace penstock
