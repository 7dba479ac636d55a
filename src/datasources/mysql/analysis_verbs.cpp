#include "datasources/mysql/analysis_verbs.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "core/nearest.hpp"
#include "datasources/mysql/analysis.hpp"

namespace penstock::mysql {

namespace {

using enum StatementKind;

constexpr std::string_view kOneTransaction =
    "each call is a transaction of its own, so there is none to begin or to end";
constexpr std::string_view kNoSettings = "no setting outlives a call, so there is none to change";
constexpr std::string_view kNoPrograms = "programs of the server do what they like; name what they do as SQL";
constexpr std::string_view kAdministration = "it administers the server";
constexpr std::string_view kFiles = "it reads or writes files";
constexpr std::string_view kLocks = "it takes locks that hold up others";
constexpr std::string_view kStatements =
    "statements are prepared by Penstock itself: send the statement, with `?` for its values";

constexpr std::array kVerbs{
    Verb{"SELECT", select, false, {}},
    Verb{"VALUES", select, false, {}},
    Verb{"WITH", select, false, {}},
    Verb{"SHOW", select, false, {}},
    Verb{"INSERT", insert, true, {}},
    Verb{"UPDATE", update, true, {}},
    Verb{"DELETE", remove, true, {}},
    Verb{"REPLACE", merge, true, {}},
    Verb{"CREATE", define, true, {}},
    Verb{"ALTER", define, true, {}},
    Verb{"DROP", define, true, {}},
    Verb{"TRUNCATE", define, true, {}},
    Verb{"RENAME", define, true, {}},
    Verb{"BEGIN", other, false, kOneTransaction},
    Verb{"START", other, false, kOneTransaction},
    Verb{"COMMIT", other, false, kOneTransaction},
    Verb{"ROLLBACK", other, false, kOneTransaction},
    Verb{"SAVEPOINT", other, false, kOneTransaction},
    Verb{"RELEASE", other, false, kOneTransaction},
    Verb{"XA", other, false, kOneTransaction},
    Verb{"SET", other, false, kNoSettings},
    Verb{"USE", other, false, "the database is named by the call, not by a statement"},
    Verb{"CALL", other, true, kNoPrograms},
    Verb{"DO", other, true, kNoPrograms},
    Verb{"IF", other, true, kNoPrograms},
    Verb{"CASE", other, true, kNoPrograms},
    Verb{"LOOP", other, true, kNoPrograms},
    Verb{"WHILE", other, true, kNoPrograms},
    Verb{"REPEAT", other, true, kNoPrograms},
    Verb{"FOR", other, true, kNoPrograms},
    Verb{"DECLARE", other, true, kNoPrograms},
    Verb{"SIGNAL", other, false, kNoPrograms},
    Verb{"RESIGNAL", other, false, kNoPrograms},
    Verb{"PREPARE", other, false, kStatements},
    Verb{"EXECUTE", other, false, kStatements},
    Verb{"DEALLOCATE", other, false, kStatements},
    Verb{"HANDLER", other, false, kLocks},
    Verb{"LOCK", other, false, kLocks},
    Verb{"UNLOCK", other, false, kLocks},
    Verb{"LOAD", other, true, kFiles},
    Verb{"BACKUP", other, true, kFiles},
    Verb{"IMPORT", other, true, kFiles},
    Verb{"GRANT", other, true, kAdministration},
    Verb{"REVOKE", other, true, kAdministration},
    Verb{"FLUSH", other, true, kAdministration},
    Verb{"KILL", other, true, kAdministration},
    Verb{"SHUTDOWN", other, true, kAdministration},
    Verb{"RESTART", other, true, kAdministration},
    Verb{"RESET", other, true, kAdministration},
    Verb{"PURGE", other, true, kAdministration},
    Verb{"CHANGE", other, true, kAdministration},
    Verb{"STOP", other, true, kAdministration},
    Verb{"CLONE", other, true, kAdministration},
    Verb{"INSTALL", other, true, kAdministration},
    Verb{"UNINSTALL", other, true, kAdministration},
    Verb{"OPTIMIZE", other, true, kAdministration},
    Verb{"REPAIR", other, true, kAdministration},
    Verb{"CHECK", other, true, kAdministration},
    Verb{"CHECKSUM", other, false, kAdministration},
    Verb{"CACHE", other, true, kAdministration},
    Verb{"BINLOG", other, true, kAdministration},
    Verb{"HELP", other, false, "the server's manual is on the web"},
    Verb{"TABLE", other, false, "write SELECT * FROM the table"},
    Verb{"GET", other, false, kNoPrograms},
};

constexpr std::array<std::string_view, 3> kExplains{"EXPLAIN", "DESCRIBE", "DESC"};
constexpr Verb kExplain{"EXPLAIN", explain, false, {}};

// Of the session and the server, what tells how a statement is read and run.
constexpr std::array<std::string_view, 24> kOpenVariables{"autocommit",
                                                          "character_set_client",
                                                          "character_set_connection",
                                                          "character_set_database",
                                                          "character_set_results",
                                                          "character_set_server",
                                                          "collation_connection",
                                                          "collation_database",
                                                          "collation_server",
                                                          "default_storage_engine",
                                                          "div_precision_increment",
                                                          "group_concat_max_len",
                                                          "lower_case_table_names",
                                                          "max_allowed_packet",
                                                          "max_execution_time",
                                                          "max_statement_time",
                                                          "sql_mode",
                                                          "system_time_zone",
                                                          "time_zone",
                                                          "transaction_isolation",
                                                          "transaction_read_only",
                                                          "tx_isolation",
                                                          "tx_read_only",
                                                          "version"};

bool is_word(Statement statement, std::size_t i, std::string_view word) {
  return i < statement.size() && statement[i].is(word);
}

bool is_any(Statement statement, std::size_t i, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return is_word(statement, i, word); });
}

const Verb* find_verb(const Token& token) noexcept {
  const auto found = std::ranges::find_if(kVerbs, [&](const Verb& verb) { return token.is(verb.word); });
  return found == kVerbs.end() ? nullptr : &*found;
}

std::unexpected<Error> not_a_statement(std::string_view sql, const Token& token) {
  std::vector<std::string> words(kExplains.begin(), kExplains.end());
  for (const Verb& verb : kVerbs) {
    if (verb.never.empty()) words.emplace_back(verb.word);
  }
  auto error = syntax_error("a statement cannot begin with " + shown_word(token.text) +
                            position_text(sql, token.offset));
  if (const auto nearest = nearest_name(token.text, words))
    error.error().hint = "did you mean " + std::string(*nearest) + "?";
  return error;
}

// [FULL] TABLES | COLUMNS | FIELDS, INDEX | INDEXES | KEYS, CREATE TABLE | VIEW, TABLE STATUS, ...
Result<void> check_show(Statement statement, std::size_t at) {
  constexpr std::array<std::string_view, 13> kOpen{
      "TABLES",  "COLUMNS", "FIELDS",    "INDEX",     "INDEXES", "KEYS",    "DATABASES",
      "SCHEMAS", "CHARSET", "CHARACTER", "COLLATION", "ENGINES", "WARNINGS"};
  ++at;
  if (is_word(statement, at, "FULL") && !is_word(statement, at + 1, "PROCESSLIST")) ++at;
  constexpr std::array<std::string_view, 2> kCreated{"TABLE", "VIEW"};
  if (is_word(statement, at, "CREATE") && is_any(statement, at + 1, kCreated)) return {};
  if (is_word(statement, at, "TABLE") && is_word(statement, at + 1, "STATUS")) return {};
  if (is_any(statement, at, kOpen)) return {};
  return fail(ErrorCode::forbidden,
              "of SHOW, only TABLES, COLUMNS, INDEX, TABLE STATUS, CREATE TABLE, CREATE VIEW, DATABASES, "
              "CHARACTER SET, COLLATION and ENGINES are open");
}

// Tables, views and indexes; nothing that runs by itself, lies in a file of its own or on another server.
Result<void> check_definition(Statement statement) {
  constexpr std::array<std::string_view, 8> kObjects{"TABLE",    "VIEW",    "INDEX", "UNIQUE",
                                                     "FULLTEXT", "SPATIAL", "OR",    "ALGORITHM"};
  const bool truncates = statement[0].is("TRUNCATE");
  if (is_word(statement, 1, "TEMPORARY")) {
    return fail(ErrorCode::unsupported,
                "temporary tables are refused: no state outlives a call; a WITH clause serves within one");
  }
  std::size_t object = 1;
  constexpr std::array<std::string_view, 4> kModifiers{"IGNORE", "ONLINE", "OFFLINE", "REPLACE"};
  if (is_word(statement, 1, "OR")) object = 2;
  while (is_any(statement, object, kModifiers))
    ++object;
  if (!truncates && !is_any(statement, object, kObjects)) {
    return fail(ErrorCode::forbidden, "of what can be defined, only tables, views and indexes are open");
  }
  constexpr std::array<std::string_view, 7> kEngines{"INNODB",  "ARIA", "MYISAM",     "MEMORY",
                                                     "ROCKSDB", "HEAP", "COLUMNSTORE"};
  constexpr std::array<std::string_view, 5> kFarAway{"DIRECTORY", "CONNECTION", "TABLESPACE", "TABLE_TYPE",
                                                     "FILE_NAME"};
  for (std::size_t i = 1; i < statement.size(); ++i) {
    if (is_any(statement, i, kFarAway)) {
      return fail(ErrorCode::forbidden,
                  "a table that lies elsewhere (" + shown_word(statement[i].text) + ") is refused");
    }
    if (!statement[i].is("ENGINE")) continue;
    const std::size_t name = i + 1 < statement.size() && statement[i + 1].text == "=" ? i + 2 : i + 1;
    if (!is_any(statement, name, kEngines))
      return fail(ErrorCode::forbidden, "of storage engines, only those that keep tables here are open");
  }
  return {};
}

// The index behind EXPLAIN and its options.
std::size_t skip_explain(Statement statement, std::size_t at) {
  constexpr std::array<std::string_view, 3> kOptions{"EXTENDED", "PARTITIONS", "ANALYZE"};
  ++at;
  while (true) {
    if (is_any(statement, at, kOptions)) {
      ++at;
    } else if (is_word(statement, at, "FORMAT") && at + 2 < statement.size() &&
               statement[at + 1].text == "=") {
      at += 3;
    } else {
      return at;
    }
  }
}

// The index behind open parentheses, where a token is.
Result<std::size_t> behind_parentheses(Statement statement, std::size_t at) {
  while (at < statement.size() && statement[at].kind == TokenKind::open)
    ++at;
  if (at == statement.size()) return syntax_error("there is no statement in the parentheses");
  return at;
}

std::unexpected<Error> refused(const Verb& verb, Access access) {
  if (access == Access::read_only && verb.writes) {
    return fail(ErrorCode::read_only,
                std::string(verb.word) + " writes, and access to this database is read-only");
  }
  return fail(ErrorCode::forbidden, std::string(verb.word) + " is refused: " + std::string(verb.never));
}

Result<Action> explained(std::string_view sql, Statement statement, Access access) {
  const bool analyzes = statement[0].is("ANALYZE");
  Action action{.verb = kExplain, .at = skip_explain(statement, 0)};
  if (action.at >= statement.size())
    return syntax_error("there is nothing behind " + shown_word(statement[0].text));
  auto within = behind_parentheses(statement, action.at);
  if (!within) return pass_error(within);
  const std::size_t at = *within;
  const Verb* verb = find_verb(statement[at]);
  if (verb != nullptr && verb->kind == select && verb->word != "SHOW") {
    action.at = at;
    return action;
  }
  if (analyzes || verb != nullptr) {
    if (verb != nullptr && verb->writes && access == Access::read_only) return refused(*verb, access);
    return fail(ErrorCode::forbidden, "of plans, only those of SELECT are open");
  }
  if (!statement[at].is_name()) return not_a_statement(sql, statement[at]);
  action.describes = true;
  return action;
}

}  // namespace

bool is_open_variable(std::string_view name) noexcept {
  return std::ranges::any_of(kOpenVariables, [&](std::string_view open) { return same_word(open, name); });
}

std::unexpected<Error> syntax_error(std::string message) {
  auto error = fail(ErrorCode::syntax_error, std::move(message));
  error.error().sqlstate = "42000";
  return error;
}

std::string shown_word(std::string_view word) {
  std::size_t shown = std::min<std::size_t>(word.size(), 40);
  while (shown < word.size() && shown > 0 && (static_cast<unsigned char>(word[shown]) & 0xC0U) == 0x80U)
    --shown;
  return "`" + std::string(word.substr(0, shown)) + (shown < word.size() ? "..." : "") + "`";
}

Result<Action> find_action(std::string_view sql, Statement statement, Access access) {
  Action action;
  if (is_any(statement, 0, kExplains) || (statement[0].is("ANALYZE") && !is_word(statement, 1, "TABLE"))) {
    return explained(sql, statement, access);
  }
  auto within = behind_parentheses(statement, 0);
  if (!within) return pass_error(within);
  action.at = *within;
  if (statement[0].is("ANALYZE")) return refused({"ANALYZE TABLE", other, true, kAdministration}, access);
  const Verb* verb = find_verb(statement[action.at]);
  if (verb == nullptr) return not_a_statement(sql, statement[action.at]);
  action.verb = *verb;
  if (!verb->never.empty() || (verb->writes && access == Access::read_only)) return refused(*verb, access);
  if (action.at > 0 && verb->word != "SELECT" && verb->word != "VALUES" && verb->word != "WITH")
    return syntax_error(shown_word(verb->word) + " stands in no parentheses");
  if (verb->word == "SHOW") {
    if (auto open = check_show(statement, 0); !open) return pass_error(open);
  }
  if (verb->kind == define) {
    if (auto open = check_definition(statement); !open) return pass_error(open);
  }
  return action;
}

}  // namespace penstock::mysql
