#include "datasources/mysql/analysis_scan.hpp"

#include <algorithm>
#include <array>

#include "core/ascii_case.hpp"
#include "datasources/mysql/functions.hpp"
#include "datasources/unmapped_qualifier.hpp"

namespace penstock::mysql {

namespace {

template <std::size_t N>
bool is_any(const Token& token, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.is(word); });
}

// All reserved, so that none of them can be the name of anything unless it is quoted.
constexpr std::array<std::string_view, 5> kEndsFrom{"WHERE", "GROUP", "HAVING", "ORDER", "LIMIT"};
constexpr std::array<std::string_view, 13> kStructure{"SELECT", "FROM",   "JOIN",  "STRAIGHT_JOIN", "INTO",
                                                      "TABLE",  "WHERE",  "GROUP", "HAVING",        "ORDER",
                                                      "LIMIT",  "UPDATE", "USING"};
// In front of a table's name, without being it.
constexpr std::array<std::string_view, 11> kBeforeTable{"LATERAL", "OJ",     "LOW_PRIORITY", "HIGH_PRIORITY",
                                                        "DELAYED", "IGNORE", "QUICK",        "IF",
                                                        "NOT",     "EXISTS", "ONLY"};
constexpr std::array<std::string_view, 5> kTakesFrom{"EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "MID"};
// Words of the grammar that can name a function all the same.
constexpr std::array<std::string_view, 19> kNotReserved{
    "AGAINST", "BIT",    "COLUMNS",  "CUBE",   "DATETIME", "END",    "ENUM",   "FIXED", "LATERAL", "NATIONAL",
    "NCHAR",   "NUMBER", "NVARCHAR", "OFFSET", "RAW",      "ROLLUP", "SIGNED", "SOME",  "TEXT"};

std::unexpected<Error> hidden(std::string_view database, std::string_view what) {
  return fail(ErrorCode::forbidden, "`" + std::string(database) + "` " + std::string(what));
}

}  // namespace

std::string_view Scan::physical(std::string_view logical) const {
  const auto found = std::ranges::find(policy_.databases, logical, &LogicalDatabase::name);
  return found == policy_.databases.end() ? logical : std::string_view(found->physical);
}

Result<Analysis> Scan::run() {
  analysis_.kind = action_.verb.kind;
  analysis_.may_write = action_.verb.writes;
  analysis_.may_leave_state = action_.verb.writes;
  analysis_.qualifiers_are_certain = true;
  frames_.emplace_back();
  start();
  for (std::size_t i = action_.at; i < statement_.size();) {
    auto next = step(i);
    if (!next) return pass_error(next);
    i = *next;
  }
  if (frames_.size() != 1) return syntax_error("a parenthesis is not closed");
  if (action_.verb.word == "SHOW") {
    if (auto shown = check_show_names(); !shown) return pass_error(shown);
  }
  return std::move(analysis_);
}

void Scan::start() {
  // Parentheses in front of the verb were passed over, and are closed behind it.
  for (std::size_t i = 0; i < action_.at; ++i) {
    if (is_kind(i, TokenKind::open)) frames_.emplace_back();
  }
  const bool names_table = action_.describes || action_.verb.kind == StatementKind::insert ||
                           action_.verb.kind == StatementKind::merge ||
                           action_.verb.kind == StatementKind::update ||
                           action_.verb.kind == StatementKind::remove || action_.verb.word == "TRUNCATE";
  frames_.back().expects_table = names_table;
  frames_.back().in_from =
      action_.verb.kind == StatementKind::update || action_.verb.kind == StatementKind::remove;
}

Result<std::size_t> Scan::step(std::size_t i) {
  const Token& token = statement_[i];
  switch (token.kind) {
    case TokenKind::word:
    case TokenKind::quoted:
      return step_name(i);
    case TokenKind::open:
      open_parenthesis(i);
      return i + 1;
    case TokenKind::close:
      if (frames_.size() == 1) return syntax_error("a parenthesis is closed that was not opened" + at(i));
      frames_.pop_back();
      return i + 1;
    case TokenKind::comma:
      if (frames_.back().in_from) frames_.back().expects_table = true;
      return i + 1;
    case TokenKind::dot:
      return syntax_error("a name cannot begin with a dot" + at(i));
    case TokenKind::system_variable:
      return check_variable(i);
    case TokenKind::user_variable:
      return fail(ErrorCode::forbidden, "user variables (@name) are refused, as none outlives a call" + at(i),
                  "Use a window function such as ROW_NUMBER(), a WITH clause, or `?` for a value.");
    case TokenKind::assignment:
      return fail(ErrorCode::forbidden, "variables cannot be assigned" + at(i));
    default:
      return i + 1;
  }
}

Scan::Chain Scan::chain_at(std::size_t i) const {
  Chain chain{.begin = i, .end = i + 1, .parts = {i}};
  while (is_kind(chain.end, TokenKind::dot) && chain.end + 1 < statement_.size()) {
    const Token& next = statement_[chain.end + 1];
    if (!next.is_name() && next.text != "*") break;
    chain.parts.push_back(chain.end + 1);
    chain.end += 2;
    if (next.text == "*") break;
  }
  return chain;
}

Result<std::size_t> Scan::step_name(std::size_t i) {
  const Chain chain = chain_at(i);
  Frame& frame = frames_.back();
  const Token& token = statement_[i];
  if (chain.parts.size() > 1 && is_any(token, kStructure))
    return syntax_error("a name cannot begin with a dot" + at(i + 1));
  if (chain.parts.size() == 1 && token.kind == TokenKind::word) {
    if (auto taken = step_keyword(i); !taken) return pass_error(taken);
    if (is_any(token, kStructure) || i == action_.at) {
      // A verb that names its table at once does so behind itself.
      if (i != action_.at || !action_.describes) return i + 1;
    }
    if (frame.expects_table && is_any(token, kBeforeTable)) {
      if (!writes()) note_relation({}, token.unquoted());  // some of these words are no reserved ones
      return i + 1;
    }
  }
  // {OJ a LEFT JOIN b ...}, with any name in the place of OJ.
  if (frame.expects_table && i > 0 && statement_[i - 1].text == "{") return chain.end;
  const bool called = is_kind(chain.end, TokenKind::open);
  if (frame.expects_table) {
    frame.expects_table = false;
    if (!called || writes()) {
      if (auto noted = step_table(chain); !noted) return pass_error(noted);
      return chain.end;
    }
  }
  const bool names_database =
      chain.parts.size() > 2 ||
      (chain.parts.size() == 2 && action_.verb.kind == StatementKind::define && !select_seen_);
  if (names_database) {
    const std::string table = statement_[chain.parts[1]].unquoted();
    if (auto noted = note_database(statement_[i], table); !noted) return pass_error(noted);
  }
  if (called) {
    if (auto open = check_call(chain); !open) return pass_error(open);
  }
  return chain.end;
}

// A bare word: what it begins or ends, and whether it makes the statement write.
Result<void> Scan::step_keyword(std::size_t i) {
  Frame& frame = frames_.back();
  const Token& token = statement_[i];
  if (auto reads = check_writing_word(i); !reads) return reads;
  const StatementKind kind = action_.verb.kind;
  const bool outermost = frames_.size() == 1;
  const bool joins = token.is("JOIN") || (token.is("STRAIGHT_JOIN") && frame.in_from);
  const bool deletes_using =
      token.is("USING") && kind == StatementKind::remove && outermost && !is_kind(i + 1, TokenKind::open);
  // USE INDEX FOR ORDER BY (...) is a hint within the clause.
  const bool ends = frame.in_from && is_any(token, kEndsFrom) && !(i > 0 && is_word(i - 1, "FOR"));
  const bool sets = token.is("SET") && kind == StatementKind::update && outermost;
  if (token.is("SELECT")) {
    frame = Frame{};
    select_seen_ = true;
  } else if (token.is("FROM")) {
    if (frame.takes_from) return {};
    frame.in_from = frame.expects_table = true;
  } else if (token.is("TABLE") || (token.is("INTO") && writes())) {
    frame.expects_table = true;
  } else if (joins || deletes_using) {
    frame.in_from = frame.expects_table = true;
  } else if (ends || sets) {
    frame.in_from = frame.expects_table = false;
  }
  return {};
}

Result<void> Scan::check_writing_word(std::size_t i) {
  const Token& token = statement_[i];
  const auto refuse = [&](std::string_view words) {
    return fail(request_.access == Access::read_only ? ErrorCode::read_only : ErrorCode::forbidden,
                std::string(words) + at(i));
  };
  if (token.is("INTO")) {
    constexpr std::size_t kFurthest = 3;  // INSERT LOW_PRIORITY IGNORE INTO
    const bool of_insert =
        writes() && i <= kFurthest &&
        (action_.verb.kind == StatementKind::insert || action_.verb.kind == StatementKind::merge);
    if (!of_insert) return refuse("a SELECT must not write to variables or files (INTO)");
  }
  if (token.is("PROCEDURE")) return refuse("PROCEDURE clauses are refused");
  if ((token.is("NEXT") || token.is("PREVIOUS")) && is_word(i + 1, "VALUE") && is_word(i + 2, "FOR"))
    return refuse("sequences are not open");
  if (writes()) return {};
  if (token.is("LOCK")) return refuse("a read must not lock rows");
  if (token.is("FOR") && (is_word(i + 1, "UPDATE") || is_word(i + 1, "SHARE")))
    return refuse("a read must not lock rows");
  constexpr std::array<std::string_view, 2> kWrites{"UPDATE", "DELETE"};
  constexpr std::array<std::string_view, 2> kAlsoFunctions{"INSERT", "REPLACE"};
  if (is_any(token, kWrites) || (is_any(token, kAlsoFunctions) && !is_kind(i + 1, TokenKind::open)))
    return refuse("a read must not write (" + ascii_lower(token.text) + ")");
  return {};
}

Result<void> Scan::step_table(const Chain& chain) {
  const std::string first = statement_[chain.begin].unquoted();
  if (chain.parts.size() == 1) {
    note_relation({}, first);
    return {};
  }
  const Token& second = statement_[chain.parts[1]];
  if (second.text == "*") {  // DELETE t.* FROM
    note_relation({}, first);
    return {};
  }
  return note_database(statement_[chain.begin], second.unquoted());
}

void Scan::open_parenthesis(std::size_t i) {
  Frame& outer = frames_.back();
  Frame inner;
  inner.takes_from = i > 0 && is_any(statement_[i - 1], kTakesFrom) && !is_kind(i - 2, TokenKind::dot);
  // FROM (a JOIN b), FROM ((SELECT ...)): SELECT takes it back.
  inner.in_from = inner.expects_table = outer.expects_table;
  outer.expects_table = false;
  frames_.push_back(inner);
}

// name (column, ...): the list of a table's columns, as nothing else stands in it.
bool Scan::is_parenthesis_of_names(std::size_t i) const {
  while (i < statement_.size() && statement_[i].is_name()) {
    if (is_kind(i + 1, TokenKind::close)) return true;
    if (!is_kind(i + 1, TokenKind::comma)) return false;
    i += 2;
  }
  return false;
}

Result<void> Scan::check_call(const Chain& chain) {
  const std::size_t last = chain.parts.back();
  const Token& word = statement_[last];
  const std::string name = word.unquoted();
  // REFERENCES other.t (id), CREATE INDEX i ON other.t (a)
  const bool lists_columns =
      action_.verb.kind == StatementKind::define && !select_seen_ && is_parenthesis_of_names(chain.end + 1);
  if (chain.parts.size() > 1) return lists_columns ? Result<void>{} : check_own_function(chain, name);
  switch (use_of(name)) {
    case WordUse::harmless:
      // Some built-in functions are none when a blank stands in front of the parenthesis.
      if (statement_[chain.end].offset != word.offset + word.text.size()) analysis_.may_leave_state = true;
      return {};
    case WordUse::refused:
      return fail(ErrorCode::forbidden, "the function " + shown_word(name) +
                                            " is refused: " + std::string(reason_for(name)) + at(last));
    case WordUse::grammar:
      if (word.kind == TokenKind::word) {
        if (is_any(word, kNotReserved)) analysis_.may_leave_state = true;
        return {};
      }
      break;
    case WordUse::unknown:
      break;
  }
  // `AS t (a, b)` and `t (a, b) AS (...)` name columns.
  if (last > 0 && is_word(last - 1, "AS")) return {};
  if (is_parenthesis_of_names(chain.end + 1)) {
    std::size_t behind = chain.end + 1;
    while (!is_kind(behind, TokenKind::close))
      ++behind;
    if (is_word(behind + 1, "AS") && is_kind(behind + 2, TokenKind::open)) return {};
  }
  if (writes()) return {};  // a list of columns, or a function of the company: it writes anyhow
  return check_own_function(chain, name);
}

Result<void> Scan::check_own_function(const Chain& chain, const std::string& name) {
  const std::string database = chain.parts.size() > 1 ? statement_[chain.begin].unquoted() : std::string();
  const auto allows = [&](std::string_view entry) {
    const std::size_t dot = entry.find('.');
    if (dot == entry.npos) return same_word(entry, name);
    const std::string_view own = physical(request_.database);
    return same_word(entry.substr(dot + 1), name) &&
           entry.substr(0, dot) == (database.empty() ? own : std::string_view(database));
  };
  const std::size_t last = chain.parts.back();
  if (chain.parts.size() > 2 || std::ranges::none_of(policy_.allow_functions, allows)) {
    return fail(ErrorCode::forbidden,
                "the function " + shown_word(name) + " is none that statements may call" + at(last),
                "A function of your own can be named in `allow_functions` of the datasource.");
  }
  analysis_.may_leave_state = true;
  if (database.empty()) return {};
  return note_database(statement_[chain.begin], {});
}

// @@name, @@session.name
Result<std::size_t> Scan::check_variable(std::size_t i) {
  const Chain chain = i + 1 < statement_.size() && statement_[i + 1].is_name() ? chain_at(i + 1) : Chain{};
  if (chain.parts.empty()) return syntax_error("@@ needs a name" + at(i));
  const std::string name = statement_[chain.parts.back()].unquoted();
  constexpr std::array<std::string_view, 3> kScopes{"GLOBAL", "SESSION", "LOCAL"};
  const bool scoped = chain.parts.size() == 2 && is_any(statement_[chain.begin], kScopes);
  if ((chain.parts.size() != 1 && !scoped) || !is_open_variable(name))
    return fail(ErrorCode::forbidden, "the system variable " + shown_word(name) + " is not open" + at(i));
  return chain.end;
}

// SHOW ... FROM table FROM database, SHOW TABLES FROM database.
Result<void> Scan::check_show_names() {
  // The definition of a view or of a key names the tables of other databases.
  analysis_.reads_catalogue |= is_word(1, "DATABASES") || is_word(1, "SCHEMAS") || is_word(1, "CREATE");
  std::size_t i = is_word(1, "FULL") ? 2 : 1;
  const bool of_databases = is_word(i, "TABLES") || is_word(i, "TABLE");
  bool table_seen = of_databases;
  for (++i; i < statement_.size(); ++i) {
    if (is_word(i, "LIKE") || is_word(i, "WHERE")) break;
    const bool names = is_word(i, "FROM") || is_word(i, "IN");
    if (!names || i + 1 >= statement_.size() || !statement_[i + 1].is_name()) continue;
    const Chain chain = chain_at(i + 1);
    if (table_seen) {
      if (auto noted = note_database(statement_[chain.begin], {}); !noted) return noted;
    } else if (auto noted = step_table(chain); !noted) {
      return noted;
    }
    table_seen = true;
    i = chain.end - 1;
  }
  const bool created = is_word(1, "CREATE") && statement_.size() > 3 && statement_[3].is_name();
  return created ? step_table(chain_at(3)) : Result<void>{};
}

Result<void> Scan::note_database(const Token& name, std::string_view table) {
  const std::string database = name.unquoted();
  if (same_word(database, "information_schema")) {
    analysis_.reads_catalogue = true;
    if (table.empty() || is_open_catalogue(table)) return {};
    return hidden(database, "has no relation " + shown_word(table) + " that statements may read");
  }
  for (const std::string_view system : {"mysql", "performance_schema", "sys", "ndbinfo"}) {
    if (same_word(database, system)) return hidden(database, "holds what the server keeps for itself");
  }
  const auto mapped = std::ranges::find(policy_.databases, database, &LogicalDatabase::physical);
  std::string qualifier = database;
  if (mapped != policy_.databases.end()) {
    qualifier = mapped->name;
  } else {
    // Names of logical databases are compared without case elsewhere; a database that only looks like one is
    // not its.
    for (const LogicalDatabase& known : policy_.databases) {
      if (!same_word(known.name, database) && !same_word(known.physical, database)) continue;
      if (!is_granted(request_.grant, known.name)) return std::unexpected(unmapped_qualifier(database));
      return hidden(database, "is no database here; write `" + known.physical + "`");
    }
  }
  if (std::ranges::find(analysis_.qualifiers, qualifier) == analysis_.qualifiers.end())
    analysis_.qualifiers.push_back(std::move(qualifier));
  if (!table.empty()) note_relation(database, table);
  return {};
}

void Scan::note_relation(std::string_view database, std::string_view table) {
  CatalogName name{CatalogName::Kind::relation, std::string(database), std::string(table)};
  if (std::ranges::find(analysis_.names, name) == analysis_.names.end())
    analysis_.names.push_back(std::move(name));
}

}  // namespace penstock::mysql
