// What the words of a statement are, and why some functions are refused.
#include "datasources/mysql/functions.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace penstock::mysql {

namespace {

struct Refused {
  std::string_view name;
  std::string_view reason;
};
constexpr std::array kRefusals{
    Refused{"BENCHMARK", "it runs an expression as often as it is told"},
    Refused{"BINLOG_GTID_POS", "it reads the binary log"},
    Refused{"DECODE_HISTOGRAM", "it reads statistics of other people's values"},
    Refused{"DES_DECRYPT", "it uses keys of the server's"},
    Refused{"DES_ENCRYPT", "it uses keys of the server's"},
    Refused{"ENCRYPT", "it calls the system's crypt()"},
    Refused{"FOUND_ROWS", "it tells of an earlier statement"},
    Refused{"GET_LOCK", "it takes a lock"},
    Refused{"IS_FREE_LOCK", "it tells of other sessions' locks"},
    Refused{"IS_USED_LOCK", "it tells of other sessions' locks"},
    Refused{"LASTVAL", "it tells of an earlier statement"},
    Refused{"LAST_INSERT_ID", "it tells of an earlier statement, or sets what the next one is told"},
    Refused{"LOAD_FILE", "it reads files of the server"},
    Refused{"MASTER_GTID_WAIT", "it waits"},
    Refused{"MASTER_POS_WAIT", "it waits"},
    Refused{"NEXTVAL", "it advances a sequence"},
    Refused{"OLD_PASSWORD", "it makes passwords of the server's users"},
    Refused{"PASSWORD", "it makes passwords of the server's users"},
    Refused{"RELEASE_ALL_LOCKS", "it changes locks"},
    Refused{"RELEASE_LOCK", "it changes locks"},
    Refused{"ROW_COUNT", "it tells of an earlier statement"},
    Refused{"SETVAL", "it sets a sequence"},
    Refused{"SLEEP", "it waits"},
    Refused{"SOURCE_POS_WAIT", "it waits"},
    Refused{"WAIT_FOR_EXECUTED_GTID_SET", "it waits"},
    Refused{"WSREP_LAST_SEEN_GTID", "it tells of the cluster's writes"},
    Refused{"WSREP_LAST_WRITTEN_GTID", "it tells of the cluster's writes"},
    Refused{"WSREP_SYNC_WAIT_UPTO_GTID", "it waits"},
};
constexpr auto kRefused = [] {
  std::array<std::string_view, kRefusals.size()> names;
  std::ranges::transform(kRefusals, names.begin(), &Refused::name);
  return names;
}();

// Words that are followed by a parenthesis without being functions, types among them.
constexpr std::array<std::string_view, 100> kGrammar{"AGAINST",    "ALL",
                                                     "AND",        "ANY",
                                                     "AS",         "BETWEEN",
                                                     "BIGINT",     "BINARY",
                                                     "BIT",        "BLOB",
                                                     "BY",         "CASE",
                                                     "CHARACTER",  "CHECK",
                                                     "COLUMNS",    "CUBE",
                                                     "DATETIME",   "DEC",
                                                     "DECIMAL",    "DEFAULT",
                                                     "DISTINCT",   "DIV",
                                                     "DOUBLE",     "ELSE",
                                                     "END",        "ENUM",
                                                     "EXCEPT",     "EXISTS",
                                                     "EXPLAIN",    "FIXED",
                                                     "FLOAT",      "FLOAT4",
                                                     "FLOAT8",     "FROM",
                                                     "GROUP",      "HAVING",
                                                     "IN",         "INDEX",
                                                     "INT",        "INTEGER",
                                                     "INTERSECT",  "INTO",
                                                     "IS",         "JOIN",
                                                     "KEY",        "LATERAL",
                                                     "LIKE",       "LIMIT",
                                                     "LONGBLOB",   "LONGTEXT",
                                                     "MATCH",      "MEDIUMBLOB",
                                                     "MEDIUMINT",  "MEDIUMTEXT",
                                                     "NATIONAL",   "NCHAR",
                                                     "NOT",        "NUMBER",
                                                     "NUMERIC",    "NVARCHAR",
                                                     "OFFSET",     "ON",
                                                     "OR",         "ORDER",
                                                     "OVER",       "PARTITION",
                                                     "PRECISION",  "PRIMARY",
                                                     "RAW",        "REAL",
                                                     "REFERENCES", "REGEXP",
                                                     "RLIKE",      "ROLLUP",
                                                     "ROW",        "SELECT",
                                                     "SET",        "SIGNED",
                                                     "SMALLINT",   "SOME",
                                                     "SOUNDS",     "STRAIGHT_JOIN",
                                                     "TEXT",       "THEN",
                                                     "TINYBLOB",   "TINYINT",
                                                     "TINYTEXT",   "UNION",
                                                     "UNIQUE",     "UNSIGNED",
                                                     "USING",      "VALUES",
                                                     "VARBINARY",  "VARCHAR",
                                                     "VARCHAR2",   "VARCHARACTER",
                                                     "VARYING",    "WHEN",
                                                     "WHERE",      "XOR"};

static_assert(std::ranges::is_sorted(kRefused) && std::ranges::is_sorted(kGrammar));

std::string capitals(std::string_view word) {
  std::string out(word);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

}  // namespace

WordUse use_of(std::string_view word) noexcept {
  constexpr std::size_t kLongest = 64;
  if (word.size() > kLongest) return WordUse::unknown;
  const std::string name = capitals(word);
  if (std::ranges::binary_search(harmless_functions(), std::string_view(name))) return WordUse::harmless;
  if (std::ranges::binary_search(kRefused, std::string_view(name))) return WordUse::refused;
  if (std::ranges::binary_search(kGrammar, std::string_view(name))) return WordUse::grammar;
  return WordUse::unknown;
}

std::span<const std::string_view> refused_functions() noexcept {
  return kRefused;
}
std::span<const std::string_view> grammar_words() noexcept {
  return kGrammar;
}
std::string_view reason_for(std::string_view function) noexcept {
  const auto found = std::ranges::find(kRefusals, capitals(function), &Refused::name);
  return found == kRefusals.end() ? std::string_view() : found->reason;
}

}  // namespace penstock::mysql
