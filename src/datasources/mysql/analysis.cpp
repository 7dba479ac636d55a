#include "datasources/mysql/analysis.hpp"

#include <algorithm>
#include <array>

#include "penstock/utf8.hpp"

#include "datasources/mysql/analysis_scan.hpp"
#include "datasources/mysql/analysis_verbs.hpp"
#include "datasources/mysql/lexer.hpp"

namespace penstock::mysql {

namespace {

// What describes tables. Nothing of other sessions, files, users' rights or values of tables.
constexpr std::array<std::string_view, 18> kOpenCatalogue{
    "APPLICABLE_ROLES", "CHARACTER_SETS",   "CHECK_CONSTRAINTS", "COLLATIONS",
    "COLUMNS",          "ENABLED_ROLES",    "ENGINES",           "GEOMETRY_COLUMNS",
    "KEYWORDS",         "KEY_COLUMN_USAGE", "PARTITIONS",        "REFERENTIAL_CONSTRAINTS",
    "SCHEMATA",         "SPATIAL_REF_SYS",  "SQL_FUNCTIONS",     "STATISTICS",
    "TABLES",           "TABLE_CONSTRAINTS"};

Result<void> check_text(std::string_view sql) {
  if (sql.size() > kMaxSqlBytes) {
    return fail(ErrorCode::limit_exceeded, "the statement has " + std::to_string(sql.size()) +
                                               " bytes; at most " + std::to_string(kMaxSqlBytes) +
                                               " are taken: bind long values as parameters");
  }
  if (sql.find('\0') != sql.npos) {
    return fail(ErrorCode::invalid_argument,
                "the statement holds a NUL byte: bind such a value as a parameter, or write it as x'..'");
  }
  if (!is_valid_utf8(sql)) return fail(ErrorCode::invalid_argument, "the statement is not valid UTF-8");
  return {};
}

Result<Statement> single_statement(std::string_view sql, const Tokens& tokens) {
  const auto illegal = std::ranges::find(tokens, TokenKind::illegal, &Token::kind);
  if (illegal != tokens.end()) {
    const char first = illegal->text.empty() ? '/' : illegal->text.front();
    const bool open = first == '\'' || first == '"' || first == '`' || first == '/';
    return syntax_error((open ? std::string("a quote or a comment is opened and never closed")
                              : "unrecognised text " + shown_word(illegal->text)) +
                        position_text(sql, illegal->offset));
  }
  const auto is_semicolon = [](const Token& token) { return token.kind == TokenKind::semicolon; };
  const Statement all(tokens);
  const auto end = std::ranges::find_if(all, is_semicolon);
  const auto extra = std::find_if_not(end, all.end(), is_semicolon);
  if (extra != all.end()) {
    return fail(ErrorCode::invalid_argument, "more than one statement: a second one begins with " +
                                                 shown_word(extra->text) + position_text(sql, extra->offset) +
                                                 "; send one statement a call");
  }
  if (end == all.begin())
    return fail(ErrorCode::invalid_argument, "there is no statement: the text is empty or a comment alone");
  return all.first(static_cast<std::size_t>(end - all.begin()));
}

Result<Analysis> analyze_reading(const Policy& policy, const AnalysisRequest& request, const Tokens& tokens) {
  auto statement = single_statement(request.sql, tokens);
  if (!statement) return pass_error(statement);
  auto action = find_action(request.sql, *statement, request.access);
  if (!action) return pass_error(action);
  return Scan(policy, request, *statement, *action).run();
}

// What a statement is that may be read in two ways: all that either of them is.
Result<Analysis> both(Analysis a, const Analysis& b) {
  if (a.kind != b.kind) {
    return fail(ErrorCode::unsupported,
                "with and without what its comments hold for some servers, the statement is of two kinds");
  }
  a.may_write = a.may_write || b.may_write;
  a.may_leave_state = a.may_leave_state || b.may_leave_state;
  a.reads_catalogue = a.reads_catalogue || b.reads_catalogue;
  for (const std::string& qualifier : b.qualifiers)
    if (std::ranges::find(a.qualifiers, qualifier) == a.qualifiers.end()) a.qualifiers.push_back(qualifier);
  for (const CatalogName& name : b.names)
    if (std::ranges::find(a.names, name) == a.names.end()) a.names.push_back(name);
  return a;
}

}  // namespace

bool is_open_catalogue(std::string_view relation) noexcept {
  return std::ranges::any_of(kOpenCatalogue,
                             [&](std::string_view open) { return same_word(open, relation); });
}

bool shows_definition(std::string_view sql) {
  const auto all = readings(sql);
  return !all || std::ranges::any_of(*all, [](const Tokens& tokens) {
    return tokens.size() > 1 && tokens[0].is("SHOW") && tokens[1].is("CREATE");
  });
}

std::string position_text(std::string_view sql, std::size_t offset) {
  const std::string_view before = sql.substr(0, offset);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t begin = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  const auto column =
      std::ranges::count_if(before.substr(begin),
                            [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }) +
      1;
  return ", at line " + std::to_string(line) + ", column " + std::to_string(column);
}

Result<Analysis> Analyzer::analyze(const AnalysisRequest& request) const {
  if (auto text = check_text(request.sql); !text) return pass_error(text);
  auto all = readings(request.sql);
  if (!all) return pass_error(all);
  auto analysis = analyze_reading(policy_, request, all->front());
  if (!analysis || all->size() == 1) return analysis;
  auto other = analyze_reading(policy_, request, all->back());
  if (!other) return other;
  return both(std::move(*analysis), *other);
}

}  // namespace penstock::mysql
