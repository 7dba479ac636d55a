#include "protocol/rest/problem.hpp"

#include <boost/json.hpp>

namespace penstock::protocol::rest {

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

std::string problem_document(const Error& error, std::string_view request_id) {
  return problem_document(error, request_id, http_status(error.code));
}

std::string problem_document(const Error& error, std::string_view request_id, int status) {
  boost::json::object problem;
  const std::string_view code = to_string(error.code);
  std::string title(code);
  for (char& character : title)
    if (character == '_') character = ' ';
  problem["type"] = "about:blank";
  problem["title"] = title;
  problem["status"] = status;
  problem["detail"] = error.message;
  problem["code"] = code;
  if (!error.sqlstate.empty()) problem["sqlstate"] = error.sqlstate;
  if (!error.hint.empty()) problem["hint"] = error.hint;
  problem["retryable"] = error.retryable;
  problem["request_id"] = request_id;
  return boost::json::serialize(problem);
}

}  // namespace penstock::protocol::rest
