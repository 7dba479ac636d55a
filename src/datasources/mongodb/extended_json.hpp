// BSON as extended JSON: what columns hold that have no type of their own.
#pragma once

#include <string>

#include <bson/bson.h>

#include "penstock/error.hpp"

namespace penstock::mongodb {

/// Appends the value that `iter` stands on as relaxed extended JSON, in the canonical form where the relaxed
/// one would lose something (https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/). Doubles
/// have the fewest digits that read back as the same number, and always a point or an exponent. Errors:
/// `invalid_data` for text that is not UTF-8, a broken document, or more than 100 levels; `limit_exceeded`
/// beyond `max_bytes` of JSON.
[[nodiscard]] Result<void> append_extended_json(std::string& out, const bson_iter_t& iter,
                                                std::size_t max_bytes);

}  // namespace penstock::mongodb
