#include "protocol/rest/problem.hpp"

#include <boost/json.hpp>

namespace penstock::protocol::rest {

namespace {

std::string_view title(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "The request is wrong";
    case ErrorCode::not_found:
      return "There is no such thing";
    case ErrorCode::unauthenticated:
      return "Nobody knows who asks";
    case ErrorCode::forbidden:
      return "Not allowed";
    case ErrorCode::read_only:
      return "Only reading is allowed";
    case ErrorCode::cross_datasource:
      return "The databases live in different datasources";
    case ErrorCode::syntax_error:
      return "The statement cannot be parsed";
    case ErrorCode::constraint:
      return "A constraint of the database was violated";
    case ErrorCode::timeout:
      return "Out of time";
    case ErrorCode::cancelled:
      return "Cancelled";
    case ErrorCode::overloaded:
      return "Too much at once";
    case ErrorCode::unavailable:
      return "The datasource cannot be reached";
    case ErrorCode::outcome_unknown:
      return "Nobody knows whether the write was done";
    case ErrorCode::limit_exceeded:
      return "Beyond a limit";
    case ErrorCode::invalid_data:
      return "The database holds what a result cannot carry";
    case ErrorCode::unsupported:
      return "Not supported";
    case ErrorCode::internal:
      break;
  }
  return "A defect of Penstock";
}

std::string_view phrase(int status) noexcept {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

}  // namespace

int http_status(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::cross_datasource:
    case ErrorCode::syntax_error:
      return 400;
    case ErrorCode::unauthenticated:
      return 401;
    case ErrorCode::forbidden:
    case ErrorCode::read_only:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::constraint:
      return 409;
    case ErrorCode::limit_exceeded:
    case ErrorCode::invalid_data:
      return 422;
    case ErrorCode::cancelled:
      return 499;
    case ErrorCode::unsupported:
      return 501;
    case ErrorCode::overloaded:
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::timeout:
      return 504;
    case ErrorCode::outcome_unknown:
    case ErrorCode::internal:
      break;
  }
  return 500;
}

int http_status(const Error& error) noexcept {
  const bool own_limit = error.code == ErrorCode::overloaded && error.retry_after.count() > 0;
  return own_limit ? 429 : http_status(error.code);
}

std::string problem_document(const Error& error, std::string_view request_id, std::optional<int> status) {
  boost::json::object problem;
  const std::string_view code = to_string(error.code);
  if (status) {
    problem["type"] = "about:blank";
    problem["title"] = phrase(*status);
  } else {
    problem["type"] = std::string(kProblemUri) + std::string(code);
    problem["title"] = title(error.code);
  }
  problem["status"] = status.value_or(http_status(error));
  problem["detail"] = error.message;
  problem["code"] = code;
  if (!error.sqlstate.empty()) problem["sqlstate"] = error.sqlstate;
  if (!error.hint.empty()) problem["hint"] = error.hint;
  problem["retryable"] = error.retryable;
  problem["request_id"] = request_id;
  return boost::json::serialize(problem);
}

}  // namespace penstock::protocol::rest
