// The commands that may be sent: an allowlist of commands, their fields, stages and operators.
#pragma once

#include <string_view>

#include <bson/bson.h>

#include "penstock/error.hpp"

namespace penstock::mongodb {

/// Checks a command as it is to be sent, wherever it came from: it reads one collection (and others of the
/// same database by `$lookup`, `$graphLookup` and `$unionWith`), writes nothing, runs no JavaScript and asks
/// for nothing of the server itself. Errors: `read_only` for what writes, `forbidden` for what is known not
/// to be allowed or not known at all, `invalid_argument` for a form that no server would take.
[[nodiscard]] Result<void> check_command(const bson_t& command);

/// Whether a collection may be named: not empty, not the server's own (`system.*`, `$cmd`).
[[nodiscard]] Result<void> check_collection(std::string_view name);

// The lists, in operators.cpp.
[[nodiscard]] bool is_known_operator(std::string_view name) noexcept;
[[nodiscard]] bool is_known_stage(std::string_view name) noexcept;

}  // namespace penstock::mongodb
