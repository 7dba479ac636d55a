// What statements begin with: the allowlist, and why the others are refused.
#pragma once

#include <span>
#include <string_view>

#include "penstock/data_source.hpp"

#include "datasources/mysql/lexer.hpp"

namespace penstock::mysql {

/// A statement's tokens, of which none is illegal or a semicolon.
using Statement = std::span<const Token>;

struct Verb {
  std::string_view word;
  StatementKind kind = StatementKind::other;
  bool writes = false;
  std::string_view never;  ///< why it is not taken, whatever the access; empty when it is
};

/// The verb that decides what a statement does, and where it stands.
struct Action {
  Verb verb;
  std::size_t at = 0;
  bool describes = false;  ///< DESCRIBE name: a table follows, not a statement
};

/// Errors: `syntax_error`, `forbidden`, `unsupported`, and `read_only` for what writes under read-only
/// access.
[[nodiscard]] Result<Action> find_action(std::string_view sql, Statement statement, Access access);

/// Whether the system variable may be read, whatever the case.
[[nodiscard]] bool is_open_variable(std::string_view name) noexcept;

[[nodiscard]] std::unexpected<Error> syntax_error(std::string message);
/// The word in backticks, cut when it is long.
[[nodiscard]] std::string shown_word(std::string_view word);

}  // namespace penstock::mysql
