// What must hold of the analysis of PostgreSQL statements for any bytes whatever. Shared by the fuzzer and by
// the test that replays its corpus.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "penstock/utf8.hpp"

#include "unit/postgresql_analysis_fixture.hpp"

namespace penstock::postgresql::test {

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
    case ErrorCode::limit_exceeded:
      break;
    default:
      must_hold(false, "a refusal has one of five codes");
  }
  must_hold(!error.message.empty() && error.message.size() < 1'000, "a message is there and short");
  must_hold(is_valid_utf8(error.message) && is_valid_utf8(error.hint), "a message is text");
  must_hold(!error.retryable, "the same text is refused again");
}

/// Analyses the bytes under both accesses. Aborts when a promise is broken.
inline void run_postgresql_analysis_target(std::string_view bytes) {
  const auto read = analyze(bytes, Access::read_only);
  const auto write = analyze(bytes, Access::read_write);
  if (!read) check_refusal(read.error());
  if (!write) check_refusal(write.error());
  if (!read) return;
  must_hold(!read->may_write, "a read writes nothing");
  must_hold(write.has_value(), "who may write may read");
  must_hold(write->kind == read->kind && write->qualifiers == read->qualifiers && write->names == read->names,
            "the access does not change what a statement names");
  for (const CatalogName& name : read->names) {
    must_hold(!name.name.empty() && is_valid_utf8(name.name), "a name is text");
  }
  must_hold(analyze(bytes, Access::read_only) == read, "the same text is judged the same");
}

}  // namespace penstock::postgresql::test
