// The tokens of SQLite's SQL, as SQLite's own tokenizer cuts them (https://www.sqlite.org/lang_keywords.html,
// "literal-value" and "comment-syntax" of https://www.sqlite.org/lang.html).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::sqlite {

enum class TokenKind : std::uint8_t {
  word,    ///< a keyword or a bare identifier
  quoted,  ///< an identifier in "", `` or []
  string,  ///< '...'; SQLite takes it for an identifier where only an identifier can be
  number,
  blob,      ///< x'..'
  variable,  ///< ?, ?1, :name, @name, $name, $1
  dot,
  comma,
  semicolon,
  open,
  close,
  symbol,   ///< any other operator
  comment,  ///< only when comments are asked for
  illegal,  ///< what SQLite does not take, an unterminated quote among it
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;   ///< as written, quotes included
  std::size_t offset = 0;  ///< of its first byte in the statement

  /// Whether it is this keyword, in any case. `keyword` is in capitals.
  [[nodiscard]] bool is(std::string_view keyword) const noexcept;
  /// Whether it can name something: a bare or quoted identifier, or a string standing for one.
  [[nodiscard]] bool is_name() const noexcept {
    return kind == TokenKind::word || kind == TokenKind::quoted || kind == TokenKind::string;
  }
  /// The name or text without its quotes, doubled quotes undone.
  [[nodiscard]] std::string unquoted() const;
};

enum class Comments : std::uint8_t { skip, keep };

/// Cuts a text into tokens. Views point into the text. A value; not thread-safe.
class Lexer {
 public:
  explicit Lexer(std::string_view sql, Comments comments = Comments::skip) noexcept
      : sql_(sql), comments_(comments) {}
  /// The next token; `end` for ever once the text is used up.
  [[nodiscard]] Token next() noexcept;

 private:
  [[nodiscard]] Token cut() noexcept;
  [[nodiscard]] Token take(TokenKind kind, std::size_t length) noexcept;
  [[nodiscard]] Token quoted(TokenKind kind, char closing) noexcept;
  [[nodiscard]] Token variable() noexcept;
  [[nodiscard]] Token number() noexcept;
  [[nodiscard]] char at(std::size_t ahead) const noexcept {
    return position_ + ahead < sql_.size() ? sql_[position_ + ahead] : '\0';
  }
  [[nodiscard]] std::size_t word_length(std::size_t from) const noexcept;
  void skip_space() noexcept;
  [[nodiscard]] std::size_t comment_length() const noexcept;

  std::string_view sql_;
  std::size_t position_ = 0;
  Comments comments_;
};

/// All tokens of the text, without comments and without `end`.
[[nodiscard]] std::vector<Token> tokenize(std::string_view sql);

/// Whether the names are the same to SQLite: ASCII letters count in any case.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b) noexcept;
/// The name with ASCII capitals as small letters.
[[nodiscard]] std::string folded(std::string_view name);
/// `name` as an identifier in double quotes, whatever it holds.
[[nodiscard]] std::string quote_name(std::string_view name);

}  // namespace penstock::sqlite
