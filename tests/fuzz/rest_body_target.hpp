// What must hold of REST's requests for any bytes whatever. Shared by the fuzzer and by the test that replays
// its corpus.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "penstock/utf8.hpp"

#include "protocol/rest/json_tree.hpp"
#include "protocol/rest/media_type.hpp"
#include "protocol/rest/problem.hpp"
#include "protocol/rest/query_string.hpp"
#include "protocol/rest/request_body.hpp"
#include "protocol/rest/trace_parent.hpp"

namespace penstock::protocol::rest {

inline void must_hold(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

inline void check_refusal(const Error& error) {
  must_hold(error.code == ErrorCode::invalid_argument, "what a request gets wrong is its own fault");
  must_hold(!error.message.empty() && error.message.size() < 2'000, "a message is there and short");
  must_hold(is_valid_utf8(error.message) && is_valid_utf8(error.hint), "a message is text");
  must_hold(!error.retryable, "the same request is refused again");
  must_hold(boost::json::parse(problem_document(error, "1")).is_object(), "a problem is JSON");
}

// Our tree is the one that Boost.JSON reads, and written again it is the same.
inline void run_json_tree(std::string_view bytes) {
  std::pmr::monotonic_buffer_resource memory;
  const auto tree = parse_json_tree(bytes, memory);
  if (!tree) return check_refusal(tree.error());
  boost::json::error_code ec;
  const auto theirs = boost::json::parse(bytes, ec);
  must_hold(!ec, "what is read is JSON");
  std::pmr::string written;
  append_json(written, *tree);
  // As texts: of 0e999 they read NaN, which differs from itself.
  must_hold(boost::json::serialize(boost::json::parse(written)) == boost::json::serialize(theirs),
            "what is written is what was read");
}

inline void run_rest_body_target(std::string_view bytes) {
  run_json_tree(bytes);
  if (const auto body = parse_query_body(bytes)) {
    must_hold(!body->database.empty() && !body->sql.empty(), "a query has a database and a statement");
    must_hold(is_valid_utf8(body->database) && is_valid_utf8(body->sql), "both are text");
    must_hold(body->params.size() <= kMaxParameters, "parameters are bounded");
    must_hold(body->options.timeout.value_or(std::chrono::milliseconds(1)).count() >= 1, "a timeout is one");
    must_hold(body->options.max_rows.value_or(1) >= 1, "a limit is one");
  } else {
    check_refusal(body.error());
  }
  if (const auto body = parse_explain_body(bytes); !body) check_refusal(body.error());
  if (const auto body = parse_validate_body(bytes); !body) check_refusal(body.error());
  static const std::vector<std::string_view> known{"search", "limit"};
  if (const auto query = QueryString::parse(bytes, known)) {
    if (const auto* search = query->find("search")) must_hold(is_valid_utf8(*search), "a value is text");
    if (const auto limit = query->number("limit", 1, 1, 10); !limit) check_refusal(limit.error());
  } else {
    check_refusal(query.error());
  }
  must_hold(choose_format(bytes).has_value() || !choose_format(bytes).error().hint.empty(),
            "a choice or a list");
  static_cast<void>(accepts_json(bytes));
  static_cast<void>(is_json_content(bytes));
  if (const auto trace = parse_trace_parent(bytes))
    must_hold(trace->trace_id.size() == 32 && trace->parent_id.size() == 16, "a trace has its ids");
}

}  // namespace penstock::protocol::rest
