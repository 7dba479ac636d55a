// What must hold of the configuration for any bytes whatever. Shared by the fuzzer and by the test that
// replays its corpus.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "config/dotenv.hpp"
#include "config/interpolation.hpp"
#include "config/keys.hpp"
#include "config/problems.hpp"
#include "config/sources.hpp"
#include "config/text.hpp"
#include "unit/config_types.hpp"

namespace penstock::config {

inline void must_hold(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

/// Reads the bytes as each of the three files. Aborts when a promise is broken.
inline void run_config_target(std::string_view bytes) {
  static const std::vector<TypeSpec> types = test_types();
  // Not a name: what can be one is no secret once it names a database.
  static const std::string secret = "7f3a/never shown";
  if (bytes.find(secret) != std::string_view::npos) return;

  std::vector<Problem> problems;
  FileProblems dotenv_problems("/nonexistent/.env");
  Sources sources;
  sources.directory = "/nonexistent";
  if (check_dotenv_encoding(bytes, dotenv_problems)) {
    sources.variables = parse_dotenv(without_bom(bytes), dotenv_problems).values;
  }
  for (const auto& [name, value] : sources.variables)
    must_hold(is_variable_name(name), "a variable has a name");
  std::move(dotenv_problems).append_to(problems);
  for (const char* name : {"SECRET", "PW", "A", "NAME"})
    sources.variables.insert_or_assign(name, secret);
  sources.datasources = std::string(bytes);
  sources.summary = std::string(bytes);
  const std::size_t before = problems.size();
  const Configuration configuration = parse_configuration(sources, types, problems);
  must_hold(problems.size() > before, "no text is both files without a mistake");

  const auto lines = std::ranges::count(bytes, '\n') + 1;
  for (const Problem& problem : problems) {
    must_hold(problem.where.line >= 0 && problem.where.line <= lines, "a line is one of the file");
    must_hold((problem.where.line == 0) == (problem.where.column == 0),
              "line and column are both known or neither");
    must_hold(problem.where.column >= 0, "a column is none or counts from 1");
    must_hold(!problem.message.empty() && !find_bad_byte(problem.message), "a message is text");
    must_hold(problem.message.find('\n') == std::string::npos, "a message is one line");
    must_hold(problem.message.find(secret) == std::string::npos, "a message shows no value of a variable");
  }
  for (const DataSourceConfig& datasource : configuration.datasources) {
    for (const LogicalDatabase& database : datasource.databases) {
      must_hold(is_valid_name(database.name), "a logical database has a valid name");
      must_hold(!database.physical.empty(), "a logical database has a physical name");
    }
    must_hold(datasource.pool.max_pool_size >= 1 && datasource.pool.max_pool_size <= 1'000,
              "a pool has a size");
    must_hold(datasource.pool.connect_timeout.count() >= 1, "a connection may take some time");
  }
}

}  // namespace penstock::config
