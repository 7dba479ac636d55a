// What must hold of any bytes whatever that are taken for a command or for SQL of MongoDB. Shared by the
// fuzzer and by the test that replays its corpus.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "penstock/utf8.hpp"

#include "datasources/mongodb/guard.hpp"
#include "datasources/mongodb/statement.hpp"

namespace penstock::mongodb::test {

inline void must_hold(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

/// Reads the bytes and binds what was read. Aborts when a promise is broken.
inline void run_mongodb_statement_target(std::string_view bytes) {
  const auto statement = parse_statement(bytes);
  if (!statement) {
    const Error& error = statement.error();
    must_hold(!error.message.empty() && is_valid_utf8(error.message), "a refusal has a message");
    must_hold(error.code != ErrorCode::internal, "a refusal is no defect");
    return;
  }
  for (const Params& params : {Params{}, Params{"$a"}, Params{1, nullptr}}) {
    const auto command = (*statement)->bind(params);
    if (!command) continue;
    must_hold(check_command(*command->document).has_value(), "what is sent passes the guard");
    const auto questions = (*statement)->when_empty(*command, params);
    must_hold(questions.has_value(), "what was bound can be asked about when its result is empty");
    const bool allowed = !questions->sample || check_command(*questions->sample).has_value();
    must_hold(allowed, "and its sample passes the check too");
  }
}

}  // namespace penstock::mongodb::test
