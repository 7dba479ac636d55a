#include "datasources/sqlite/qualifiers.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace penstock::sqlite {

namespace {

bool is_any(const Token& token, std::span<const std::string_view> keywords) noexcept {
  return token.kind == TokenKind::word &&
         std::ranges::any_of(keywords, [&](std::string_view keyword) { return token.is(keyword); });
}

// After these, a table (or what a definition defines) is named.
constexpr std::array<std::string_view, 14> kLeadToTable{"FROM",   "JOIN",    "INTO",   "UPDATE", "TABLE",
                                                        "VIEW",   "INDEX",   "IN",     "ON",     "TRIGGER",
                                                        "EXISTS", "ANALYZE", "PRAGMA", "REINDEX"};
// In an INSERT or UPDATE these stand between the verb and the table.
constexpr std::array<std::string_view, 5> kConflictWords{"ROLLBACK", "ABORT", "REPLACE", "FAIL", "IGNORE"};
// These end the list of tables of a SELECT, UPDATE or DELETE.
constexpr std::array<std::string_view, 15> kEndTables{"WHERE",     "GROUP",  "HAVING", "WINDOW",    "ORDER",
                                                      "LIMIT",     "UNION",  "EXCEPT", "INTERSECT", "SET",
                                                      "RETURNING", "SELECT", "VALUES", "BEGIN",     "END"};

class Finder {
 public:
  explicit Finder(std::span<const Token> tokens) noexcept : tokens_(tokens) {}

  std::vector<std::string> run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const bool names_table = at_table_position(i);
      if (tokens_[i].is_name() && followed_by_dot(i) && !preceded_by_dot(i) &&
          (names_table || has_three_parts(i))) {
        add(tokens_[i].unquoted());
      }
      if (const Token* database = database_of_pragma(i)) add(database->unquoted());
      follow(i, names_table);
    }
    return std::move(found_);
  }

 private:
  [[nodiscard]] bool followed_by_dot(std::size_t i) const noexcept {
    return i + 1 < tokens_.size() && tokens_[i + 1].kind == TokenKind::dot;
  }
  [[nodiscard]] bool preceded_by_dot(std::size_t i) const noexcept {
    return i != 0 && tokens_[i - 1].kind == TokenKind::dot;
  }
  [[nodiscard]] bool has_three_parts(std::size_t i) const noexcept {
    return i + 3 < tokens_.size() && tokens_[i + 2].is_name() && tokens_[i + 3].kind == TokenKind::dot;
  }

  [[nodiscard]] bool at_table_position(std::size_t i) const noexcept {
    if (i == 0) return false;
    const Token& before = tokens_[i - 1];
    // `a IS NOT DISTINCT FROM t.b` compares values.
    if (before.is("FROM") && i >= 2 && tokens_[i - 2].is("DISTINCT")) return false;
    if (before.is("ON")) return !in_tables_.back();  // ON of a join is followed by an expression
    if (is_any(before, kLeadToTable)) return true;
    if (is_any(before, kConflictWords)) return follows_conflict_clause(i);
    return in_tables_.back() && (before.kind == TokenKind::comma || before.kind == TokenKind::open);
  }

  // UPDATE OR IGNORE t, but not `a OR t.b`.
  [[nodiscard]] bool follows_conflict_clause(std::size_t i) const noexcept {
    return i >= 3 && tokens_[i - 2].is("OR") && tokens_[i - 3].is("UPDATE");
  }

  // pragma_table_info('accounts', 'accounts_db'): what the second text names.
  [[nodiscard]] const Token* database_of_pragma(std::size_t i) const {
    constexpr std::string_view kPrefix = "pragma_";
    const auto has = [&](std::size_t at, TokenKind kind) {
      return at < tokens_.size() && tokens_[at].kind == kind;
    };
    if (!tokens_[i].is_name() || !has(i + 1, TokenKind::open) || !has(i + 3, TokenKind::comma) ||
        !has(i + 5, TokenKind::close) || !tokens_[i + 4].is_name())
      return nullptr;
    return folded(tokens_[i].unquoted()).starts_with(kPrefix) ? &tokens_[i + 4] : nullptr;
  }

  void follow(std::size_t i, bool names_table) {
    const Token& token = tokens_[i];
    if (token.kind == TokenKind::open) {
      // A parenthesis among tables holds a join or a subquery; any other holds expressions.
      in_tables_.push_back(names_table && !(i != 0 && tokens_[i - 1].is("IN")));
    } else if (token.kind == TokenKind::close) {
      if (in_tables_.size() > 1) in_tables_.pop_back();
    } else if (token.is("FROM") && !(i != 0 && tokens_[i - 1].is("DISTINCT"))) {
      in_tables_.back() = true;
    } else if (is_any(token, kEndTables) || token.kind == TokenKind::semicolon) {
      in_tables_.back() = false;
    }
  }

  void add(std::string name) {
    if (same_name(name, "main") || same_name(name, "temp")) return;
    const bool known =
        std::ranges::any_of(found_, [&](const std::string& other) { return same_name(other, name); });
    if (!known) found_.push_back(std::move(name));
  }

  std::span<const Token> tokens_;
  std::vector<bool> in_tables_{false};  // for each open parenthesis: whether a comma there leads to a table
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> find_qualifiers(std::span<const Token> tokens) {
  return Finder(tokens).run();
}

}  // namespace penstock::sqlite
