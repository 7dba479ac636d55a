// What must hold of the analysis of MySQL statements for any bytes whatever. Shared by the fuzzer and by the
// test that replays its corpus.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "penstock/utf8.hpp"

#include "datasources/mysql/lexer.hpp"
#include "unit/mysql_analysis_fixture.hpp"

namespace penstock::mysql::test {

inline void must_hold(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

inline void check_refusal(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::syntax_error:
    case ErrorCode::read_only:
    case ErrorCode::forbidden:
    case ErrorCode::unsupported:
    case ErrorCode::limit_exceeded:
      break;
    default:
      must_hold(false, "a refusal has one of six codes");
  }
  must_hold(!error.message.empty() && error.message.size() < 1'000, "a message is there and short");
  must_hold(is_valid_utf8(error.message) && is_valid_utf8(error.hint), "a message is text");
  must_hold(!error.retryable, "the same text is refused again");
}

/// Tokens lie in the text one behind the other, and what is between them is space or comments.
inline void check_tokens(std::string_view bytes) {
  const auto all = readings(bytes);
  if (!all) return;
  for (const Tokens& tokens : *all) {
    std::size_t end = 0;
    for (const Token& token : tokens) {
      must_hold(token.offset >= end, "tokens do not overlap");
      must_hold(bytes.substr(token.offset, token.text.size()) == token.text, "a token is where it says");
      end = token.offset + token.text.size();
    }
  }
}

/// Analyses the bytes under both accesses. Aborts when a promise is broken.
inline void run_mysql_analysis_target(std::string_view bytes) {
  check_tokens(bytes);
  const auto read = analyze(bytes, Access::read_only);
  const auto write = analyze(bytes, Access::read_write);
  if (!read) check_refusal(read.error());
  if (!write) check_refusal(write.error());
  if (!read) return;
  must_hold(!read->may_write, "a read writes nothing");
  must_hold(write.has_value(), "who may write may read");
  must_hold(*read == *write, "the access does not change what a read is");
  must_hold(read->qualifiers_are_certain, "a qualifier is a database");
}

}  // namespace penstock::mysql::test
