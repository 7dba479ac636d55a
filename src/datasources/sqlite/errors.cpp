#include "datasources/sqlite/errors.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "datasources/sqlite/analysis.hpp"

namespace penstock::sqlite {

namespace {

constexpr std::string_view kLocked = "55P03";

std::string position_of(const Failure& failure, std::string_view sql) {
  if (failure.offset < 0 || static_cast<std::size_t>(failure.offset) > sql.size()) return {};
  return position_text(sql, static_cast<std::size_t>(failure.offset));
}

// The rest of the message when it starts so.
std::optional<std::string_view> after(std::string_view message, std::string_view start) noexcept {
  if (!message.starts_with(start)) return std::nullopt;
  return message.substr(start.size());
}

std::string in_database(std::string_view database) {
  return " in " + std::string(database);
}

Error make(ErrorCode code, std::string message, std::string_view sqlstate) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.sqlstate = sqlstate;
  return error;
}

Error missing(std::string_view what, std::string_view name, std::string_view sqlstate, const Failure& failure,
              std::string_view database, std::string_view sql) {
  return make(ErrorCode::not_found,
              "there is no " + std::string(what) + " `" + std::string(name) + "`" + in_database(database) +
                  position_of(failure, sql),
              sqlstate);
}

// SQLITE_ERROR while preparing: told apart by SQLite's words, which are stable (its own tests hold them).
Error preparing_error(const Failure& failure, std::string_view database, std::string_view sql) {
  const std::string_view message = failure.message;
  const auto contains = [&](std::string_view part) { return message.find(part) != std::string_view::npos; };
  if (const auto name = after(message, "no such table: "))
    return missing("table", *name, "42P01", failure, database, sql);
  if (const auto name = after(message, "no such column: "))
    return missing("column", *name, "42703", failure, database, sql);
  if (const auto name = after(message, "no such function: ")) {
    return missing("function", *name, "42883", failure, database, sql);
  }
  if (const auto name = unknown_database(failure); !name.empty())
    return make(ErrorCode::not_found, "there is no database `" + std::string(name) + "`", "3F000");
  if (message.starts_with("no such ")) {
    return make(ErrorCode::not_found, "there is " + failure.message + in_database(database), "42704");
  }
  if (contains("syntax error") || contains("incomplete input") || contains("unrecognized token")) {
    return make(ErrorCode::syntax_error,
                "SQLite cannot parse the statement: " + failure.message + position_of(failure, sql), "42601");
  }
  if (contains("too many") || contains("too large") || contains("too deep") || contains("stack overflow")) {
    return make(ErrorCode::limit_exceeded, "the statement is too large for SQLite: " + failure.message,
                "54001");
  }
  if (message.starts_with("ambiguous column name")) {
    return make(ErrorCode::invalid_argument,
                failure.message + position_of(failure, sql) + ": write its table before it", "42702");
  }
  if (message.ends_with("already exists") || contains("there is already")) {
    return make(ErrorCode::invalid_argument, failure.message, "42P07");
  }
  return make(ErrorCode::invalid_argument,
              "SQLite cannot run the statement: " + failure.message + position_of(failure, sql), "42000");
}

Error constraint_error(const Failure& failure) {
  struct Kind {
    int code;
    std::string_view what;
    std::string_view sqlstate;
  };
  constexpr std::array kKinds{
      Kind{SQLITE_CONSTRAINT_UNIQUE, "a row with the same value is there already", "23505"},
      Kind{SQLITE_CONSTRAINT_PRIMARYKEY, "a row with the same primary key is there already", "23505"},
      Kind{SQLITE_CONSTRAINT_ROWID, "a row with the same rowid is there already", "23505"},
      Kind{SQLITE_CONSTRAINT_FOREIGNKEY, "a foreign key would point to nothing", "23503"},
      Kind{SQLITE_CONSTRAINT_NOTNULL, "a column that must have a value would have none", "23502"},
      Kind{SQLITE_CONSTRAINT_CHECK, "a CHECK constraint does not hold", "23514"},
      Kind{SQLITE_CONSTRAINT_TRIGGER, "a trigger of the table refused it", "P0001"},
      Kind{SQLITE_CONSTRAINT_DATATYPE, "a value is not of its column's type", "22000"},
  };
  const auto kind = std::ranges::find(kKinds, failure.code, &Kind::code);
  std::string message = "the write was refused and nothing was changed: ";
  message += kind == kKinds.end() ? std::string_view("a constraint does not hold") : kind->what;
  // These say only which column or constraint; a trigger's text may say anything.
  if (const auto detail = failure.message.find("failed: ");
      detail != std::string::npos && failure.code != SQLITE_CONSTRAINT_TRIGGER) {
    message += " (" + failure.message.substr(detail + 8) + ")";
  }
  return make(ErrorCode::constraint, std::move(message), kind == kKinds.end() ? "23000" : kind->sqlstate);
}

Error running_error(const Failure& failure) {
  if (failure.message.find("malformed JSON") != std::string::npos) {
    return make(ErrorCode::invalid_argument, "a value given to a JSON function is not valid JSON", "22032");
  }
  if (failure.message.find("integer overflow") != std::string::npos) {
    return make(ErrorCode::invalid_argument, "an integer grew beyond 64 bits", "22003");
  }
  // SQLite's fixed texts, and Penstock's own functions': they carry no data.
  constexpr std::array<std::string_view, 18> kHarmless{
      "ESCAPE expression must be a single character",
      "JSON cannot hold BLOB values",
      "LIKE or GLOB pattern too complex",
      "argument of ntile must be a positive integer",
      "frame ending offset must be a non-negative integer",
      "frame ending offset must be a non-negative number",
      "frame starting offset must be a non-negative integer",
      "frame starting offset must be a non-negative number",
      "json_insert() needs an odd number of arguments",
      "json_object() labels must be TEXT",
      "json_object() requires an even number of arguments",
      "json_replace() needs an odd number of arguments",
      "json_set() needs an odd number of arguments",
      "local time unavailable",
      "second argument to nth_value must be a positive integer",
      "the characters to trim are not valid UTF-8",
      "the values given to json_patch() are too large for each other",
      "the widths and precisions of a format add up to too much",
  };
  std::string message = "SQLite could not finish the statement";
  if (std::ranges::find(kHarmless, failure.message) != kHarmless.end()) message += ": " + failure.message;
  return make(ErrorCode::invalid_argument, std::move(message), "22000");
}

Error file_error(const Failure& failure, std::string_view database) {
  const std::string of_database = " the file of " + std::string(database);
  switch (failure.primary()) {
    case SQLITE_NOTADB:
      return make(ErrorCode::invalid_data,
                  of_database.substr(1) + " is no SQLite database, or it is encrypted", "58030");
    case SQLITE_CORRUPT:
      return make(
          ErrorCode::invalid_data,
          of_database.substr(1) + " is damaged; restore it from a backup, or try `sqlite3 FILE .recover`",
          "XX001");
    case SQLITE_FULL:
      return make(ErrorCode::unavailable, "there is no space left to write" + of_database, "53100");
    case SQLITE_PERM:
      return make(ErrorCode::unavailable, "this process may not read" + of_database, "58030");
    case SQLITE_CANTOPEN:
      return make(ErrorCode::unavailable,
                  "SQLite cannot open" + of_database + ", or a journal beside it that it has to read",
                  "58030");
    default:
      return make(ErrorCode::unavailable, "reading or writing" + of_database + " failed", "58030");
  }
}

Error classified(const Failure& failure, Phase phase, std::string_view database, std::string_view sql) {
  switch (failure.primary()) {
    case SQLITE_ERROR:
      return phase == Phase::preparing ? preparing_error(failure, database, sql) : running_error(failure);
    case SQLITE_BUSY:
    case SQLITE_LOCKED: {
      Error error =
          make(ErrorCode::unavailable,
               "the file of " + std::string(database) + " is locked by another process; try again", kLocked);
      error.retryable = true;
      return error;
    }
    case SQLITE_CONSTRAINT:
      return constraint_error(failure);
    case SQLITE_READONLY:
      return make(ErrorCode::read_only, "the file of " + std::string(database) + " cannot be written here",
                  "25006");
    case SQLITE_TOOBIG:
      return make(ErrorCode::limit_exceeded, "a value is larger than a single value may be", "54000");
    case SQLITE_NOMEM:
      return make(ErrorCode::limit_exceeded, "SQLite ran out of memory for this statement", "53200");
    case SQLITE_MISMATCH:
      return make(ErrorCode::constraint, "a value is not of its column's type", "22000");
    case SQLITE_RANGE:
      return make(ErrorCode::invalid_argument, "a parameter's number is out of range", "07009");
    case SQLITE_SCHEMA: {
      Error error = make(ErrorCode::unavailable,
                         "the schema kept changing while the statement started; try again", "55000");
      error.retryable = true;
      return error;
    }
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_FULL:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_NOLFS:
    case SQLITE_PROTOCOL:
      return file_error(failure, database);
    default:
      return make(ErrorCode::internal, "SQLite answered with result code " + std::to_string(failure.code),
                  "XX000");
  }
}

}  // namespace

Failure failure_of(sqlite3* database) {
  return Failure{sqlite3_extended_errcode(database), sqlite3_errmsg(database),
                 sqlite3_error_offset(database)};
}

Error error_of(const Failure& failure, Phase phase, std::string_view database, std::string_view sql) {
  Error error = classified(failure, phase, database, sql);
  error.server_message = failure.message;
  return error;
}

bool is_locked(const Error& error) noexcept {
  return error.sqlstate == kLocked;
}

std::string_view missing_table(const Failure& failure) noexcept {
  return after(failure.message, "no such table: ").value_or(std::string_view{});
}

std::string_view unknown_database(const Failure& failure) noexcept {
  std::string_view name = after(failure.message, "unknown database ").value_or(std::string_view{});
  if (name.size() > 2 && name.front() == '\'') name = name.substr(1, name.size() - 2);
  return name;
}

std::string_view missing_column(const Failure& failure) noexcept {
  std::string_view name = after(failure.message, "no such column: ").value_or(std::string_view{});
  return name.substr(name.rfind('.') + 1);  // npos + 1 is 0: the whole
}

}  // namespace penstock::sqlite
