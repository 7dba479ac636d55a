// What stands in the place of a masked column.
#pragma once

#include <string>

#include "datasources/postgresql/mask_map.hpp"

namespace penstock::postgresql {

/// SELECT ... FROM the relation, its columns in their order and under their names. The hash's keys are the
/// parameters `key` and the one behind it.
[[nodiscard]] std::string masking_select(const MaskedRelation& relation, bool only, int key);

/// A statement that fails where the constant is no value of its column's type.
[[nodiscard]] std::string constant_select(const MaskConstant& constant);

/// Whether the relation has a column whose values are hashed.
[[nodiscard]] bool hashes(const MaskedRelation& relation) noexcept;

/// HMAC-SHA-256 is sha256(outer || sha256(inner || text)): these two, for a secret (RFC 2104).
struct HashKeys {
  Bytes inner;
  Bytes outer;
};
[[nodiscard]] HashKeys hash_keys(const Secret& secret);

}  // namespace penstock::postgresql
