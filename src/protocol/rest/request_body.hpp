// The bodies of requests: JSON to structs, with errors that say which member is wrong, and how.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/data_source.hpp"
#include "penstock/format.hpp"
#include "penstock/query.hpp"

namespace penstock::protocol::rest {

/// The body of POST /v1/query.
struct QueryBody {
  std::string database;
  std::string sql;
  Params params;
  QueryOptions options;          ///< `timeout`, `max_rows` and `max_bytes`
  std::optional<Format> format;  ///< goes before `Accept`
  RowShape rows = RowShape::objects;
};

/// The body of POST /v1/explain.
struct ExplainBody {
  std::string database;
  std::string sql;
  Params params;
  std::optional<std::chrono::milliseconds> timeout;
  ExplainOptions options;
};

/// All of them: `invalid_argument` for what is no JSON, for an unknown member, one that is there twice,
/// lacks, or is of another kind.
[[nodiscard]] Result<QueryBody> parse_query_body(std::string_view body);
[[nodiscard]] Result<ExplainBody> parse_explain_body(std::string_view body);
/// The body of POST /v1/validate: its `databases`, at least one.
[[nodiscard]] Result<std::vector<std::string>> parse_validate_body(std::string_view body);

inline constexpr std::size_t kMaxParameters = 65'535;
inline constexpr std::size_t kMaxValidatedDatabases = 1'000;

}  // namespace penstock::protocol::rest
