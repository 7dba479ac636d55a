#include "datasources/mysql/errors.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "datasources/mysql/wire.hpp"

namespace penstock::mysql {

namespace {

struct NumberCode {
  std::uint16_t number;
  ErrorCode code;
  std::string_view words;  // empty: the server's own speak of the statement alone, and are shown
};

constexpr std::uint16_t kStatementTimeout = 1969;

// Sorted by number.
constexpr std::array kNumbers{
    NumberCode{1021, ErrorCode::overloaded, "the server's disk is full"},
    NumberCode{1022, ErrorCode::constraint, "a unique key is there already"},
    NumberCode{1037, ErrorCode::overloaded, "the server has no memory left for the query"},
    NumberCode{1038, ErrorCode::overloaded, "the server has no memory left to sort"},
    NumberCode{1040, ErrorCode::overloaded, "the server has no free connections"},
    NumberCode{1041, ErrorCode::overloaded, "the server has no memory left for the query"},
    NumberCode{1044, ErrorCode::forbidden, "the database user may not use this database"},
    NumberCode{1045, ErrorCode::unauthenticated, "the server did not accept the user or the password"},
    NumberCode{1046, ErrorCode::invalid_argument, ""},
    NumberCode{1048, ErrorCode::constraint, "a column that must not be null would be"},
    NumberCode{1049, ErrorCode::not_found, "the server has no database of this name"},
    NumberCode{1050, ErrorCode::constraint, ""},
    NumberCode{1051, ErrorCode::not_found, ""},
    NumberCode{1052, ErrorCode::invalid_argument, ""},
    NumberCode{1053, ErrorCode::unavailable, "the server is shutting down"},
    NumberCode{1054, ErrorCode::not_found, ""},
    NumberCode{1055, ErrorCode::invalid_argument, ""},
    NumberCode{1060, ErrorCode::constraint, ""},
    NumberCode{1061, ErrorCode::constraint, ""},
    NumberCode{1062, ErrorCode::constraint, "a unique key is there already"},
    NumberCode{1064, ErrorCode::syntax_error, ""},
    NumberCode{1065, ErrorCode::invalid_argument, "there is no statement"},
    NumberCode{1066, ErrorCode::invalid_argument, ""},
    NumberCode{1094, ErrorCode::not_found, ""},
    NumberCode{1095, ErrorCode::forbidden, ""},
    NumberCode{1105, ErrorCode::internal, "the server failed in a way that it has no number for"},
    NumberCode{1109, ErrorCode::not_found, ""},
    NumberCode{1110, ErrorCode::invalid_argument, ""},
    NumberCode{1111, ErrorCode::invalid_argument, ""},
    NumberCode{1136, ErrorCode::invalid_argument, ""},
    NumberCode{1142, ErrorCode::forbidden, ""},
    NumberCode{1143, ErrorCode::forbidden, ""},
    NumberCode{1146, ErrorCode::not_found, ""},
    NumberCode{1153, ErrorCode::limit_exceeded,
               "the statement and its values are larger than the server's "
               "max_allowed_packet"},
    NumberCode{1176, ErrorCode::not_found, ""},
    NumberCode{1194, ErrorCode::invalid_data, "a table is damaged"},
    NumberCode{1195, ErrorCode::invalid_data, "a table is damaged"},
    NumberCode{1203, ErrorCode::overloaded, "the user has no free connections"},
    NumberCode{1205, ErrorCode::unavailable,
               "a lock that the statement needs is held by someone else; try again"},
    NumberCode{1213, ErrorCode::unavailable,
               "the transaction waited for another one that waited for it; try again"},
    NumberCode{1216, ErrorCode::constraint, "a foreign key would lead nowhere"},
    NumberCode{1217, ErrorCode::constraint, "a foreign key would lead nowhere"},
    NumberCode{1226, ErrorCode::overloaded, "the user has used up what the server gives it"},
    NumberCode{1227, ErrorCode::forbidden, "the database user may not do this"},
    NumberCode{1235, ErrorCode::unsupported, ""},
    NumberCode{1242, ErrorCode::invalid_argument,
               "a subquery that stands for one value gave more than one row"},
    NumberCode{1264, ErrorCode::invalid_argument, "a number is out of the range of its column"},
    NumberCode{1265, ErrorCode::invalid_argument, "a value is not one that its column takes"},
    NumberCode{1267, ErrorCode::invalid_argument, ""},
    NumberCode{1290, ErrorCode::read_only, "the server runs with an option that forbids this"},
    NumberCode{1292, ErrorCode::invalid_argument, "a text cannot be read as the type it is to become"},
    NumberCode{1295, ErrorCode::unsupported, "the server does not run this as a prepared statement"},
    NumberCode{1305, ErrorCode::not_found, ""},
    NumberCode{1317, ErrorCode::cancelled, "the query was cancelled"},
    NumberCode{1364, ErrorCode::constraint, "a column without a default was given no value"},
    NumberCode{1365, ErrorCode::invalid_argument, "a number is divided by zero"},
    NumberCode{1366, ErrorCode::invalid_argument, "a value is not one that its column takes"},
    NumberCode{1370, ErrorCode::forbidden, ""},
    NumberCode{1390, ErrorCode::invalid_argument, "the statement has more parameters than a server takes"},
    NumberCode{1406, ErrorCode::invalid_argument, "a text is too long for its column"},
    NumberCode{1436, ErrorCode::limit_exceeded, "the statement is nested too deeply"},
    NumberCode{1451, ErrorCode::constraint, "a row is still pointed at by a foreign key"},
    NumberCode{1452, ErrorCode::constraint, "a foreign key would lead nowhere"},
    NumberCode{1461, ErrorCode::overloaded, "the server holds as many prepared statements as it may"},
    NumberCode{1557, ErrorCode::constraint, "a foreign key would lead nowhere"},
    NumberCode{1568, ErrorCode::unsupported, ""},
    NumberCode{1586, ErrorCode::constraint, "a unique key is there already"},
    NumberCode{1690, ErrorCode::invalid_argument, "a number is out of the range of its type"},
    NumberCode{1792, ErrorCode::read_only, "the statement tried to write in a read-only transaction"},
    NumberCode{1927, ErrorCode::unavailable, "the session was ended by the server"},
    NumberCode{kStatementTimeout, ErrorCode::timeout, "the query did not end within its time limit"},
    NumberCode{3024, ErrorCode::timeout, "the query did not end within its time limit"},
    NumberCode{4025, ErrorCode::constraint, "a row does not meet a check of its table"},
};

struct ClassCode {
  std::string_view state;
  ErrorCode code;
};
constexpr std::array kClasses{
    ClassCode{"08", ErrorCode::unavailable},      ClassCode{"0A", ErrorCode::unsupported},
    ClassCode{"21", ErrorCode::invalid_argument}, ClassCode{"22", ErrorCode::invalid_argument},
    ClassCode{"23", ErrorCode::constraint},       ClassCode{"25", ErrorCode::read_only},
    ClassCode{"28", ErrorCode::unauthenticated},  ClassCode{"40", ErrorCode::unavailable},
    ClassCode{"42", ErrorCode::syntax_error},     ClassCode{"45", ErrorCode::invalid_argument},
    ClassCode{"70", ErrorCode::cancelled},
};

const NumberCode* find(std::uint16_t number) noexcept {
  const auto found = std::ranges::lower_bound(kNumbers, number, {}, &NumberCode::number);
  return found == kNumbers.end() || found->number != number ? nullptr : &*found;
}

std::string_view plain_words(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::constraint:
      return "a constraint of the database was violated";
    case ErrorCode::forbidden:
      return "the database user may not do this";
    case ErrorCode::read_only:
      return "the statement tried to write in a read-only transaction";
    case ErrorCode::invalid_argument:
      return "a value in the statement or in a table is not valid where it is used";
    case ErrorCode::unavailable:
      return "the server ended the query";
    case ErrorCode::cancelled:
      return "the query was cancelled";
    case ErrorCode::unauthenticated:
      return "the server did not accept the user or the password";
    default:
      return "the server refused the query";
  }
}

bool is_retryable(ErrorCode code) noexcept {
  return code == ErrorCode::unavailable || code == ErrorCode::overloaded;
}

}  // namespace

ErrorCode code_of(std::uint16_t number, std::string_view sqlstate) noexcept {
  if (const NumberCode* known = find(number)) return known->code;
  const auto found = std::ranges::find(kClasses, sqlstate.substr(0, 2), &ClassCode::state);
  return found == kClasses.end() ? ErrorCode::internal : found->code;
}

// 0xFF, number, '#', SQLSTATE, message; without '#' and SQLSTATE before the session has begun.
ServerError::ServerError(std::string_view payload) noexcept {
  WireReader reader(payload.substr(std::min<std::size_t>(payload.size(), 1)));
  number_ = reader.take<std::uint16_t>().value_or(0);
  message_ = reader.rest();
  if (message_.size() < 6 || message_.front() != '#') return;
  state_ = message_.substr(1, 5);
  message_.remove_prefix(6);
}

bool ServerError::ends_session() const noexcept {
  constexpr std::array<std::uint16_t, 6> kLast{1053, 1152, 1153, 1158, 1184, 1927};
  return std::ranges::find(kLast, number_) != kLast.end();
}

Error ServerError::to_error() const {
  Error error;
  error.sqlstate = state_;
  error.server_message = message_;
  error.code = code_of(number_, state_);
  error.retryable = is_retryable(error.code);
  const NumberCode* known = find(number_);
  // What is written about names and syntax quotes the statement, and nothing in the tables.
  const bool shown = known != nullptr ? known->words.empty() : error.code == ErrorCode::syntax_error;
  if (shown && !message_.empty()) {
    error.message = message_;
  } else {
    error.message = known != nullptr && !known->words.empty() ? known->words : plain_words(error.code);
  }
  if (error.code == ErrorCode::timeout) error.hint = "Narrow it down, or allow it more time.";
  return error;
}

Error lost_connection(std::string_view words) {
  Error error;
  error.code = ErrorCode::unavailable;
  error.message = "the connection to the server was lost";
  error.server_message = words;
  error.sqlstate = "08S01";
  error.retryable = true;
  return error;
}

Error connect_error(std::uint16_t number, std::string_view sqlstate, std::string_view message) {
  Error error;
  error.server_message = message;
  error.sqlstate = sqlstate == "HY000" || sqlstate == "00000" ? "08001" : std::string(sqlstate);
  error.code = ErrorCode::unavailable;
  error.message = "the server cannot be reached";
  constexpr std::uint16_t kFirstOfClient = 2'000;
  constexpr std::uint16_t kTlsFailed = 2'026;
  const bool of_server = number < kFirstOfClient || number >= 3'000;
  if (number == kTlsFailed) {
    error.message = "the encrypted connection to the server could not be made: check ssl_mode and ssl_ca";
  } else if (number == 1044 || number == 1045 || number == 1130 || number == 1698 || number == 1524 ||
             number == 1862 || number == 4151) {
    error.code = ErrorCode::unauthenticated;
    error.message = number == 1130 ? "the server does not let this user in from here"
                                   : "the server did not accept the user or the password";
  } else if (number == 1049) {
    error.code = ErrorCode::not_found;
    error.message = "the server has no database of the configured name";
  } else if (of_server && number != 0) {
    const NumberCode* known = find(number);
    error.message = "the server refused the connection";
    if (known != nullptr && !known->words.empty()) error.message.append(": ").append(known->words);
  }
  error.retryable = error.code == ErrorCode::unavailable;
  return error;
}

Error out_of_time() {
  return fail(ErrorCode::timeout, "the query did not end within its time limit",
              "Narrow it down, or allow it more time.")
      .error();
}

Error value_too_large(std::string_view where, std::uint64_t bytes, std::int64_t limit) {
  return fail(ErrorCode::limit_exceeded,
              std::string(where) + " has a value of " + std::to_string(bytes) +
                  " bytes, more than max_value_bytes (" + std::to_string(limit) + ") allows",
              "Ask for a part of it, as with SUBSTR().")
      .error();
}

bool is_stale(std::uint16_t number) noexcept {
  return number == 1243 || number == 1615;  // ER_UNKNOWN_STMT_HANDLER, ER_NEED_REPREPARE
}

}  // namespace penstock::mysql
