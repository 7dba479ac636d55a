// The arguments of `penstock query`, and what they mean.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "penstock/format.hpp"
#include "penstock/query.hpp"

#include "cli/session.hpp"

namespace penstock::cli {

/// As on the command line.
struct QueryArguments {
  std::string database;
  std::optional<std::string> sql;
  std::optional<std::string> file;
  std::vector<std::string> params;
  std::vector<std::string> named;
  std::optional<std::string> max_rows;
  std::optional<std::string> max_bytes;
  std::optional<std::string> timeout;
  std::string role;  ///< empty: none
  std::vector<std::string> settings;
  std::string output;  ///< empty: standard output
  std::optional<std::string> null_text;
  bool no_header = false;
  bool crlf = false;
};

/// One query, ready to run.
struct QueryPlan {
  std::string database;
  std::string sql;
  Params params;
  QueryOptions options;
  std::filesystem::path output;  ///< empty: standard output
  Format format = Format::table;
  FormatOptions format_options;
};

/// Reads the arguments, and the statement from where they say. `invalid_argument` for a mistake in them.
[[nodiscard]] Result<QueryPlan> plan_query(const QueryArguments& arguments, const Session& session);

}  // namespace penstock::cli
