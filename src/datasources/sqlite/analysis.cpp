#include "datasources/sqlite/analysis.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "penstock/utf8.hpp"

#include "core/nearest.hpp"
#include "datasources/sqlite/policy.hpp"
#include "datasources/sqlite/qualifiers.hpp"

namespace penstock::sqlite {

namespace {

using Tokens = std::span<const Token>;

// What the leading word of a statement may be. `kind` of what writes is refused under read-only access.
struct Verb {
  std::string_view word;
  StatementKind kind = StatementKind::other;
  bool writes = false;
  std::string_view never;  // why Penstock does not take it, whatever the access; empty when it does
};

constexpr std::string_view kAttachedForYou =
    "databases are attached by Penstock itself: write the other database's name before its table, as in "
    "accounts_db.accounts";
constexpr std::string_view kOneTransaction =
    "each call is a transaction of its own, so there is none to begin or to end";

constexpr std::array kVerbs{
    Verb{"SELECT", StatementKind::select, false, {}},
    Verb{"VALUES", StatementKind::select, false, {}},
    Verb{"PRAGMA", StatementKind::select, false, {}},
    Verb{"INSERT", StatementKind::insert, true, {}},
    Verb{"UPDATE", StatementKind::update, true, {}},
    Verb{"DELETE", StatementKind::remove, true, {}},
    Verb{"REPLACE", StatementKind::merge, true, {}},
    Verb{"CREATE", StatementKind::define, true, {}},
    Verb{"DROP", StatementKind::define, true, {}},
    Verb{"ALTER", StatementKind::define, true, {}},
    Verb{"REINDEX", StatementKind::define, true, {}},
    Verb{"ANALYZE", StatementKind::define, true, {}},
    Verb{"VACUUM", StatementKind::other, true, "it rewrites or copies the whole file"},
    Verb{"ATTACH", StatementKind::other, false, kAttachedForYou},
    Verb{"DETACH", StatementKind::other, false, kAttachedForYou},
    Verb{"BEGIN", StatementKind::other, false, kOneTransaction},
    Verb{"COMMIT", StatementKind::other, false, kOneTransaction},
    Verb{"END", StatementKind::other, false, kOneTransaction},
    Verb{"ROLLBACK", StatementKind::other, false, kOneTransaction},
    Verb{"SAVEPOINT", StatementKind::other, false, kOneTransaction},
    Verb{"RELEASE", StatementKind::other, false, kOneTransaction},
};

const Verb* find_verb(const Token& token) noexcept {
  const auto found = std::ranges::find_if(kVerbs, [&](const Verb& verb) { return token.is(verb.word); });
  return found == kVerbs.end() ? nullptr : &*found;
}

std::string quoted_word(std::string_view word) {
  constexpr std::size_t kShown = 40;
  return "`" + std::string(word.substr(0, kShown)) + (word.size() > kShown ? "..." : "") + "`";
}

std::unexpected<Error> syntax_error(std::string message) {
  Error error;
  error.code = ErrorCode::syntax_error;
  error.message = std::move(message);
  error.sqlstate = "42601";
  return std::unexpected(std::move(error));
}

Result<void> check_text(std::string_view sql) {
  if (sql.size() > kMaxSqlBytes) {
    return fail(ErrorCode::limit_exceeded, "the statement has " + std::to_string(sql.size()) +
                                               " bytes; at most " + std::to_string(kMaxSqlBytes) +
                                               " are taken: bind long values as parameters");
  }
  if (sql.find('\0') != std::string_view::npos) {
    return fail(
        ErrorCode::invalid_argument,
        "the statement holds a NUL byte: bind such a value as a parameter, or write it as a blob x'..'");
  }
  if (!is_valid_utf8(sql)) {
    return fail(ErrorCode::invalid_argument, "the statement is not valid UTF-8");
  }
  return {};
}

// Where the first statement ends: the index after its last token. The body of a trigger has semicolons of its
// own and ends with `; END`.
std::size_t statement_end(Tokens tokens) noexcept {
  std::size_t first = 0;
  if (!tokens.empty() && tokens[0].is("EXPLAIN")) first = tokens.size() > 1 && tokens[1].is("QUERY") ? 3 : 1;
  const auto word_at = [&](std::size_t i, std::string_view word) {
    return i < tokens.size() && tokens[i].is(word);
  };
  const std::size_t object =
      word_at(first + 1, "TEMP") || word_at(first + 1, "TEMPORARY") ? first + 2 : first + 1;
  const bool trigger = word_at(first, "CREATE") && word_at(object, "TRIGGER");
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind != TokenKind::semicolon) continue;
    if (!trigger) return i;
    if (word_at(i + 1, "END") && (i + 2 == tokens.size() || tokens[i + 2].kind == TokenKind::semicolon))
      return i + 2;
  }
  return tokens.size();
}

Result<Tokens> single_statement(std::string_view sql, Tokens tokens) {
  const auto illegal = std::ranges::find(tokens, TokenKind::illegal, &Token::kind);
  if (illegal != tokens.end()) {
    const char first = illegal->text.front();
    const bool open_quote = first == '\'' || first == '"' || first == '`' || first == '[';
    return syntax_error((open_quote ? "a quote is opened and never closed"
                                    : "unrecognised text " + quoted_word(illegal->text)) +
                        position_text(sql, illegal->offset));
  }
  const auto is_semicolon = [](const Token& token) { return token.kind == TokenKind::semicolon; };
  const auto begin = std::ranges::find_if_not(tokens, is_semicolon);
  if (begin == tokens.end()) {
    return fail(ErrorCode::invalid_argument, "there is no statement: the text is empty or a comment alone");
  }
  tokens = tokens.subspan(static_cast<std::size_t>(begin - tokens.begin()));
  const std::size_t end = statement_end(tokens);
  const auto extra = std::ranges::find_if_not(tokens.subspan(end), is_semicolon);
  if (extra != tokens.subspan(end).end()) {
    return fail(ErrorCode::invalid_argument,
                "more than one statement: a second one begins with " + quoted_word(extra->text) +
                    position_text(sql, extra->offset) + "; send one statement a call");
  }
  return tokens.first(end);
}

// The index after a balanced parenthesis that opens at `i`; nothing when none does.
std::optional<std::size_t> skip_parenthesis(Tokens tokens, std::size_t i) noexcept {
  if (i >= tokens.size() || tokens[i].kind != TokenKind::open) return std::nullopt;
  std::size_t depth = 0;
  for (; i < tokens.size(); ++i) {
    if (tokens[i].kind == TokenKind::open) ++depth;
    if (tokens[i].kind == TokenKind::close && --depth == 0) return i + 1;
  }
  return std::nullopt;
}

// WITH [RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (select), ...: where the main verb stands.
std::optional<std::size_t> skip_with(Tokens tokens) noexcept {
  const auto word_at = [&](std::size_t i, std::string_view word) {
    return i < tokens.size() && tokens[i].is(word);
  };
  // RECURSIVE may itself be the name of a table.
  const bool recursive =
      word_at(1, "RECURSIVE") && tokens.size() > 2 && tokens[2].is_name() && !tokens[2].is("AS");
  std::size_t i = recursive ? 2 : 1;
  while (true) {
    if (i >= tokens.size() || !tokens[i].is_name()) return std::nullopt;
    ++i;
    if (const auto columns = skip_parenthesis(tokens, i)) i = *columns;
    if (!word_at(i, "AS")) return std::nullopt;
    ++i;
    if (word_at(i, "NOT")) ++i;
    if (word_at(i, "MATERIALIZED")) ++i;
    const auto body = skip_parenthesis(tokens, i);
    if (!body) return std::nullopt;
    i = *body;
    if (i >= tokens.size() || tokens[i].kind != TokenKind::comma) return i;
    ++i;
  }
}

std::unexpected<Error> not_a_statement(std::string_view sql, const Token& token) {
  std::vector<std::string> words{"WITH", "EXPLAIN"};
  for (const Verb& verb : kVerbs) {
    if (verb.never.empty()) words.emplace_back(verb.word);
  }
  auto error = syntax_error("a statement cannot begin with " + quoted_word(token.text) +
                            position_text(sql, token.offset));
  if (const auto nearest = nearest_name(token.text, words)) {
    error.error().hint = "did you mean " + std::string(*nearest) + "?";
  }
  return error;
}

// The verb that decides what the statement does, and the tokens from it on.
struct Action {
  const Verb* verb = nullptr;
  Tokens tokens;
  bool explained = false;
};

Result<Action> find_action(std::string_view sql, Tokens tokens) {
  Action action;
  if (tokens[0].is("EXPLAIN")) {
    action.explained = true;
    const bool plan = tokens.size() > 2 && tokens[1].is("QUERY") && tokens[2].is("PLAN");
    tokens = tokens.subspan(plan ? 3 : 1);
    if (tokens.empty()) return syntax_error("EXPLAIN wants a statement after it");
  }
  if (tokens[0].is("WITH")) {
    const auto main = skip_with(tokens);
    if (!main || *main >= tokens.size()) {
      return syntax_error("WITH wants `name AS (SELECT ...)` and a statement after it" +
                          position_text(sql, tokens[0].offset));
    }
    tokens = tokens.subspan(*main);
  }
  action.verb = find_verb(tokens[0]);
  if (action.verb == nullptr) return not_a_statement(sql, tokens[0]);
  action.tokens = tokens;
  return action;
}

Result<void> check_pragma(Tokens tokens, Access access) {
  std::size_t i = 1;
  if (tokens.size() > 2 && tokens[2].kind == TokenKind::dot) i = 3;
  if (i >= tokens.size() || !tokens[i].is_name()) return syntax_error("PRAGMA wants a name after it");
  const std::string name = tokens[i].unquoted();
  const PragmaRule* rule = find_pragma_rule(name);
  if (rule == nullptr) {
    return fail(ErrorCode::not_found, "there is no PRAGMA " + quoted_word(name) + " that may be read here");
  }
  if (rule->use == PragmaUse::refused) {
    return fail(ErrorCode::forbidden,
                "PRAGMA " + std::string(rule->name) + " is refused: " + std::string(rule->reason));
  }
  if (rule->use == PragmaUse::reads_value && i + 1 < tokens.size()) {
    return fail(access == Access::read_only ? ErrorCode::read_only : ErrorCode::forbidden,
                "PRAGMA " + std::string(rule->name) + " may be read, not set: leave its argument away");
  }
  return {};
}

// CREATE and DROP of what lasts; ALTER of tables.
Result<void> check_definition(Tokens tokens) {
  const auto word_at = [&](std::size_t i, std::string_view word) {
    return i < tokens.size() && tokens[i].is(word);
  };
  if (word_at(1, "TEMP") || word_at(1, "TEMPORARY")) {
    return fail(
        ErrorCode::unsupported,
        "temporary objects are refused: no state outlives a call, so nothing could use them; a WITH clause "
        "serves within one statement");
  }
  if (word_at(0, "CREATE") && word_at(1, "VIRTUAL")) {
    const auto use = std::ranges::find_if(tokens, [](const Token& token) { return token.is("USING"); });
    const bool named = use != tokens.end() && use + 1 != tokens.end();
    if (named && !may_create_with_module((use + 1)->unquoted())) {
      return fail(ErrorCode::forbidden, "virtual tables of module " + quoted_word((use + 1)->text) +
                                            " are refused; fts5 and rtree are allowed");
    }
  }
  return {};
}

Result<void> check_access(const Action& action, Access access) {
  const Verb& verb = *action.verb;
  const std::string word(verb.word);
  if (verb.writes && access == Access::read_only) {
    Error error;
    error.code = ErrorCode::read_only;
    error.message = "this access is read-only, and the statement is " + word +
                    (action.explained ? " (explained)" : "") +
                    ": only SELECT, VALUES, WITH ... SELECT, EXPLAIN of "
                    "those and some PRAGMAs are taken";
    error.sqlstate = "25006";
    return std::unexpected(std::move(error));
  }
  if (!verb.never.empty()) {
    return fail(verb.writes ? ErrorCode::unsupported : ErrorCode::forbidden,
                word + " is refused: " + std::string(verb.never));
  }
  if (verb.word == "PRAGMA") return check_pragma(action.tokens, access);
  if (verb.kind == StatementKind::define) return check_definition(action.tokens);
  return {};
}

}  // namespace

Result<Analysis> analyze_statement(std::string_view sql, Access access) {
  if (auto valid = check_text(sql); !valid) return pass_error(valid);
  const std::vector<Token> tokens = tokenize(sql);
  auto statement = single_statement(sql, tokens);
  if (!statement) return pass_error(statement);
  auto action = find_action(sql, *statement);
  if (!action) return pass_error(action);
  if (auto allowed = check_access(*action, access); !allowed) return pass_error(allowed);

  Analysis analysis;
  analysis.kind = action->explained ? StatementKind::explain : action->verb->kind;
  analysis.may_write = action->verb->writes && !action->explained;
  analysis.qualifiers = find_qualifiers(*statement);
  return analysis;
}

bool is_blank(std::string_view sql) noexcept {
  Lexer lexer(sql);
  Token token = lexer.next();
  while (token.kind == TokenKind::semicolon)
    token = lexer.next();
  return token.kind == TokenKind::end;
}

std::string position_text(std::string_view sql, std::size_t offset) {
  const std::string_view before = sql.substr(0, offset);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  const auto is_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  const auto column = std::ranges::count_if(before.substr(line_start), is_character) + 1;
  return ", at line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace penstock::sqlite
