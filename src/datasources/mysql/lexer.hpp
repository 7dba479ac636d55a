// The tokens of MariaDB's and MySQL's SQL, as their lexer cuts them when sql_mode holds neither ANSI_QUOTES
// nor NO_BACKSLASH_ESCAPES and the client's character set is utf8mb4; each session is pinned to that. Source:
// https://mariadb.com/kb/en/string-literals/, /identifier-names/, /comment-syntax/
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/error.hpp"

namespace penstock::mysql {

enum class TokenKind : std::uint8_t {
  word,    ///< a keyword or a bare identifier
  quoted,  ///< an identifier in backticks
  string,  ///< '...' or "..."
  number,
  parameter,        ///< ?
  user_variable,    ///< @name
  system_variable,  ///< @@name; the name follows in tokens of its own
  dot,
  comma,
  semicolon,
  open,
  close,
  assignment,  ///< :=
  symbol,      ///< any other operator
  illegal,     ///< what no server takes, an unterminated quote or comment among it
};

struct Token {
  TokenKind kind = TokenKind::illegal;
  std::string_view text;   ///< as written, quotes included
  std::size_t offset = 0;  ///< of its first byte in the statement

  /// Whether it is this bare word, in any case. `keyword` is in capitals.
  [[nodiscard]] bool is(std::string_view keyword) const noexcept;
  [[nodiscard]] bool is_name() const noexcept { return kind == TokenKind::word || kind == TokenKind::quoted; }
  /// The name without its quotes, doubled quotes undone.
  [[nodiscard]] std::string unquoted() const;
};

using Tokens = std::vector<Token>;

/// All ways in which a server may read a text: one, or two when it has comments that some servers execute
/// ("/*!50701 ... */", "/*M! ... */"): with all of them opened, and with all of them passed over. Views point
/// into the text. Errors: `unsupported` for executable comments that differ in their condition, or hold
/// comments, so that two readings would not be all.
[[nodiscard]] Result<std::vector<Tokens>> readings(std::string_view sql);

/// Whether the words are the same in ASCII, whatever the case.
[[nodiscard]] bool same_word(std::string_view a, std::string_view b) noexcept;
/// `name` as an identifier in backticks, whatever it holds.
[[nodiscard]] std::string quote_name(std::string_view name);

}  // namespace penstock::mysql
