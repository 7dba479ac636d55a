// Commands that are written as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "penstock/error.hpp"
#include "penstock/query.hpp"

#include "datasources/mongodb/bson.hpp"

namespace penstock::mongodb {

/// A command with places for parameters: {"$param": 1}, counted from 1, or {"$param": "name"}.
struct NativeCommand {
  BsonPtr document;
  std::string collection;
  /// The parameters that it has: how many by position, or their names.
  std::size_t positions = 0;
  std::vector<std::string> names;
};

/// Whether a text is meant to be a command, and not SQL.
[[nodiscard]] bool is_native(std::string_view text) noexcept;

/// Reads one command of extended JSON, with a semicolon behind it or not, and checks it (guard.hpp). Errors:
/// `syntax_error`, and those of check_command().
/// Tests alone do without the check.
[[nodiscard]] Result<NativeCommand> parse_native(std::string_view text, bool check = true);

/// The command with values in the places of its parameters. A value stays a value: JSON with keys that begin
/// with `$` is refused, and so is, where it would be read as a path, a text that begins with `$`. Errors:
/// `invalid_argument`.
[[nodiscard]] Result<BsonPtr> bind(const NativeCommand& command, const Params& params);

/// Of a result that is empty: how documents of it would look, were there any; null when that cannot be asked.
[[nodiscard]] BsonPtr sample_of(const bson_t& command);
/// The fields that a find names in its filter, by their paths.
[[nodiscard]] std::vector<std::string> filter_fields(const bson_t& command);

}  // namespace penstock::mongodb
