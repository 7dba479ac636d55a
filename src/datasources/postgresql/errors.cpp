#include "datasources/postgresql/errors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace penstock::postgresql {

namespace {

struct StateCode {
  std::string_view state;
  ErrorCode code;
};

// States that differ from the rest of their class.
constexpr std::array kStates{
    StateCode{"22021", ErrorCode::invalid_data},      // character_not_in_repertoire
    StateCode{"22P05", ErrorCode::invalid_data},      // untranslatable_character
    StateCode{"25001", ErrorCode::unsupported},       // active_sql_transaction: not within a transaction
    StateCode{"25006", ErrorCode::read_only},         // read_only_sql_transaction
    StateCode{"25P03", ErrorCode::unavailable},       // idle_in_transaction_session_timeout
    StateCode{"3D000", ErrorCode::not_found},         // invalid_catalog_name
    StateCode{"42501", ErrorCode::forbidden},         // insufficient_privilege
    StateCode{"42602", ErrorCode::invalid_argument},  // invalid_name
    StateCode{"42701", ErrorCode::constraint},        // duplicate_column
    StateCode{"42703", ErrorCode::not_found},         // undefined_column
    StateCode{"42704", ErrorCode::not_found},         // undefined_object
    StateCode{"42710", ErrorCode::constraint},        // duplicate_object
    StateCode{"42723", ErrorCode::constraint},        // duplicate_function
    StateCode{"42883", ErrorCode::not_found},         // undefined_function
    StateCode{"42P01", ErrorCode::not_found},         // undefined_table
    StateCode{"42P06", ErrorCode::constraint},        // duplicate_schema
    StateCode{"42P07", ErrorCode::constraint},        // duplicate_table
    StateCode{"42P17", ErrorCode::invalid_argument},  // invalid_object_definition
    StateCode{"53400", ErrorCode::limit_exceeded},    // configuration_limit_exceeded
    StateCode{"55006", ErrorCode::unavailable},       // object_in_use
    StateCode{"55P03", ErrorCode::unavailable},       // lock_not_available
    StateCode{"57014", ErrorCode::cancelled},         // query_canceled
    StateCode{"XX001", ErrorCode::invalid_data},      // data_corrupted
    StateCode{"XX002", ErrorCode::invalid_data},      // index_corrupted
};

// The first two characters.
constexpr std::array kClasses{
    StateCode{"08", ErrorCode::unavailable},       // connection exception
    StateCode{"0A", ErrorCode::unsupported},       // feature not supported
    StateCode{"0L", ErrorCode::forbidden},         // invalid grantor
    StateCode{"0P", ErrorCode::forbidden},         // invalid role specification
    StateCode{"21", ErrorCode::invalid_argument},  // cardinality violation
    StateCode{"22", ErrorCode::invalid_argument},  // data exception
    StateCode{"23", ErrorCode::constraint},        // integrity constraint violation
    StateCode{"28", ErrorCode::unauthenticated},   // invalid authorization
    StateCode{"2B", ErrorCode::constraint},        // others depend on it
    StateCode{"2F", ErrorCode::invalid_argument},  // SQL routine exception
    StateCode{"38", ErrorCode::invalid_argument},  // external routine exception
    StateCode{"39", ErrorCode::invalid_argument},  // external routine invocation exception
    StateCode{"3F", ErrorCode::not_found},         // invalid schema name
    StateCode{"40", ErrorCode::unavailable},       // transaction rollback: serialisation, deadlock
    StateCode{"42", ErrorCode::syntax_error},      // syntax error or access rule violation
    StateCode{"44", ErrorCode::constraint},        // WITH CHECK OPTION
    StateCode{"53", ErrorCode::overloaded},        // insufficient resources
    StateCode{"54", ErrorCode::limit_exceeded},    // program limit
    StateCode{"55", ErrorCode::invalid_argument},  // object not in prerequisite state
    StateCode{"57", ErrorCode::unavailable},       // operator intervention
    StateCode{"58", ErrorCode::unavailable},       // system error
    StateCode{"HV", ErrorCode::unavailable},       // a foreign data wrapper's
    StateCode{"P0", ErrorCode::invalid_argument},  // PL/pgSQL: RAISE and its kin
};

struct StateWords {
  std::string_view state;
  std::string_view words;
};

// What the server's own words may quote values of the tables for.
constexpr std::array kStateWords{
    StateWords{"21000", "a subquery that stands for one value gave more than one row"},
    StateWords{"22001", "a text is too long for the type it is to become"},
    StateWords{"22003", "a number is out of the range of its type"},
    StateWords{"22007", "a text is no date or time of the form that is needed"},
    StateWords{"22008", "a date or time is out of the range of its type"},
    StateWords{"22009", "a displacement of a time zone is out of range"},
    StateWords{"2200G", "two parts that must be of one type are not"},
    StateWords{"22011", "substring() was given a negative length"},
    StateWords{"22012", "a number is divided by zero"},
    StateWords{"2201B", "a regular expression is not valid"},
    StateWords{"22021", "a text has characters that its encoding does not know"},
    StateWords{"22023", "an argument of a function has a value that it does not take"},
    StateWords{"22025", "the escape character of a LIKE is followed by nothing it could escape"},
    StateWords{"2202E", "array dimensions do not fit"},
    StateWords{"22P02", "a text cannot be read as the type it is to become"},
    StateWords{"22P03", "a value in binary form cannot be read as its type"},
    StateWords{"22P05", "a text has characters that UTF-8 has no place for"},
    StateWords{"23502", "a column that must not be null would be"},
    StateWords{"23503", "a foreign key would lead nowhere"},
    StateWords{"23505", "a unique key is there already"},
    StateWords{"23514", "a row does not meet a check of its table"},
    StateWords{"23P01", "a row conflicts with another one that it must not overlap"},
    StateWords{"40001", "the transaction met another one that changed the same rows; try again"},
    StateWords{"40P01", "the transaction waited for another one that waited for it; try again"},
    StateWords{"53100", "the server's disk is full"},
    StateWords{"53200", "the server has no memory left for the query"},
    StateWords{"53300", "the server has no free connections"},
    StateWords{"53400", "the query passed a limit of the server, such as temp_file_limit"},
    StateWords{"54001", "the statement is nested too deeply"},
    StateWords{"55P03", "a lock that the statement needs is held by someone else; try again"},
    StateWords{"57P01", "the server is shutting down, or its administrator ended the session"},
    StateWords{"57P02", "the server crashed, and is starting again"},
    StateWords{"57P03", "the server is starting or shutting down"},
    StateWords{"57P05", "the session was idle for longer than the server allows"},
    StateWords{"P0001", "a function of the database refused to go on"},
};

// PostgreSQL's primary message of these classes speaks of the statement's own words and of nothing in the
// tables.
bool speaks_of_the_statement_alone(std::string_view sqlstate) {
  return sqlstate.starts_with("42") || sqlstate.starts_with("0A") || sqlstate.starts_with("3F") ||
         sqlstate.starts_with("2B") || sqlstate == "25001" || sqlstate == "55000";
}

std::string_view plain_words(ErrorCode code) {
  switch (code) {
    case ErrorCode::constraint:
      return "a constraint of the database was violated";
    case ErrorCode::cancelled:
      return "the query was cancelled";
    case ErrorCode::read_only:
      return "the statement tried to write in a read-only transaction";
    case ErrorCode::forbidden:
      return "the database user may not do this";
    case ErrorCode::invalid_argument:
      return "a value in the statement or in a table is not valid where it is used";
    case ErrorCode::invalid_data:
      return "the database holds something that cannot be read";
    case ErrorCode::unavailable:
      return "the server ended the query";
    case ErrorCode::overloaded:
      return "the server has no resources left for the query";
    case ErrorCode::limit_exceeded:
      return "the query passed a limit of the server";
    case ErrorCode::unauthenticated:
      return "the server did not accept the user or the password";
    default:
      return "the server refused the query";
  }
}

bool retryable(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::overloaded;
}

std::string words_for(std::string_view state, ErrorCode code) {
  const auto found = std::ranges::find(kStateWords, state, &StateWords::state);
  return std::string(found == kStateWords.end() ? plain_words(code) : found->words);
}

// The SQLSTATE in "FATAL:  28P01: ...", whatever the language of the first word; empty when there is none.
std::string_view state_in(std::string_view message) {
  for (std::size_t at = message.find(":  "); at != message.npos; at = message.find(":  ", at + 1)) {
    const std::string_view state = message.substr(at + 3, 5);
    const bool well_formed = state.size() == 5 && std::ranges::all_of(state, [](char c) {
                               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                             });
    if (well_formed && message.substr(at + 8).starts_with(": ")) return state;
  }
  return {};
}

}  // namespace

ErrorCode code_of(std::string_view sqlstate) noexcept {
  const auto of = [](const auto& table, std::string_view key) -> std::optional<ErrorCode> {
    const auto found = std::ranges::find(table, key, &StateCode::state);
    return found == table.end() ? std::nullopt : std::optional(found->code);
  };
  if (const auto code = of(kStates, sqlstate)) return *code;
  return of(kClasses, sqlstate.substr(0, 2)).value_or(ErrorCode::internal);
}

ServerError::ServerError(std::string_view body) noexcept {
  while (!body.empty() && body.front() != '\0') {
    const char field = body.front();
    const std::size_t end = std::min(body.find('\0'), body.size());
    const std::string_view text = body.substr(1, end - 1);
    if (field == 'V') severity_ = text;
    if (field == 'C') state_ = text;
    if (field == 'M') message_ = text;
    if (field == 'H') hint_ = text;
    if (field == 'n') constraint_ = text;
    if (field == 'c') column_ = text;
    if (field == 'P') position_ = text;
    body.remove_prefix(std::min(end + 1, body.size()));
  }
}

std::size_t ServerError::position() const noexcept {
  std::size_t position = 0;
  std::from_chars(position_.data(), position_.data() + position_.size(), position);
  return position;
}

Error ServerError::to_error() const {
  Error error;
  error.sqlstate = state_;
  error.server_message = message_;
  error.code = code_of(state_);
  error.retryable = retryable(error.code);
  if (speaks_of_the_statement_alone(state_) && !message_.empty()) {
    error.message = message_;
    error.hint = hint_;
  } else {
    error.message = words_for(state_, error.code);
  }
  // The names are the schema's; the rows that broke them stay with the server.
  if (error.code == ErrorCode::constraint && !constraint_.empty()) {
    error.message.append(" (constraint ").append(constraint_).append(")");
  } else if (error.code == ErrorCode::constraint && !column_.empty()) {
    error.message.append(" (column ").append(column_).append(")");
  }
  return error;
}

Error lost_connection(std::string_view words) {
  Error error;
  error.code = ErrorCode::unavailable;
  error.message = "the connection to the server was lost";
  error.server_message = words;
  error.sqlstate = "08006";
  error.retryable = true;
  return error;
}

Error connect_error(std::string_view message) {
  Error error;
  error.server_message = message;
  error.sqlstate = state_in(message);
  error.code = ErrorCode::unavailable;
  error.message = "the server cannot be reached";
  if (error.sqlstate.starts_with("28")) {
    error.code = ErrorCode::unauthenticated;
    error.message = "the server did not accept the user or the password";
    if (error.sqlstate == "28000") error.message = "the server does not let this user in from here";
  } else if (error.sqlstate == "3D000") {
    error.code = ErrorCode::not_found;
    error.message = "the server has no database of the configured name";
  } else if (error.sqlstate == "42501") {
    error.code = ErrorCode::unauthenticated;
    error.message = "the user may not connect to the database";
  } else if (!error.sqlstate.empty()) {
    error.message =
        "the server refused the connection: " + words_for(error.sqlstate, code_of(error.sqlstate));
  }
  if (error.sqlstate.empty()) error.sqlstate = "08001";
  error.retryable = error.code == ErrorCode::unavailable;
  return error;
}

}  // namespace penstock::postgresql
