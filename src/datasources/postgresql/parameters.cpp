#include "datasources/postgresql/parameters.hpp"

namespace penstock::postgresql {

namespace {

// An element of an array literal: quoted, so that nothing in it is read as syntax.
void append_element(std::string& out, const Value& value);

void append_array(std::string& out, const Value::List& values) {
  out += '{';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    append_element(out, values[i]);
  }
  out += '}';
}

std::string text_of(const Value& value) {
  if (const auto* values = value.get_if<Value::List>()) {
    std::string out;
    append_array(out, *values);
    return out;
  }
  // PostgreSQL reads "infinity" dates, "\x" bytes, ISO 8601 times and intervals as value.hpp writes them.
  return value.to_text();
}

void append_element(std::string& out, const Value& value) {
  if (value.is_null()) {
    out += "NULL";
    return;
  }
  if (const auto* values = value.get_if<Value::List>()) {
    append_array(out, *values);
    return;
  }
  out += '"';
  for (const char c : text_of(value)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

Result<TextParameters> to_text_parameters(const Params& params) {
  if (params.is_named()) {
    return fail(ErrorCode::invalid_argument, "PostgreSQL's parameters are numbered ($1, $2, ...), not named",
                "Give the values in the order of their numbers.");
  }
  if (params.size() > kMaxParameters) {
    return fail(ErrorCode::limit_exceeded,
                "a statement of PostgreSQL has at most " + std::to_string(kMaxParameters) + " parameters",
                "Give the values as one array: WHERE id = ANY ($1).");
  }
  TextParameters parameters;
  parameters.reserve(params.size());
  for (const Value& value : params.values()) {
    if (value.is_null()) {
      parameters.emplace_back();
      continue;
    }
    parameters.emplace_back(text_of(value));
    if (parameters.back()->find('\0') != std::string::npos) {
      return fail(ErrorCode::invalid_argument, "parameter $" + std::to_string(parameters.size()) +
                                                   " has a NUL byte, which PostgreSQL's text cannot hold");
    }
  }
  return parameters;
}

}  // namespace penstock::postgresql
