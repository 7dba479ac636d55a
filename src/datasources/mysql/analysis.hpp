// What a statement is and names, found without a server: the door in front of read-only access.
//
// It looks at tokens and needs no grammar: statements by the words that they begin with, words that make a
// reading statement write, whatever stands in front of a parenthesis, and every place that can name a table.
// What it cannot place is refused. The server's READ ONLY transaction and session do not rely on it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "penstock/data_source.hpp"

namespace penstock::mysql {

/// The longest statement taken, in bytes.
inline constexpr std::size_t kMaxSqlBytes = 1'000'000;

/// What the configuration lets statements name.
struct Policy {
  std::vector<LogicalDatabase> databases;
  std::vector<std::string> allow_functions;  ///< "name" or "database.name", of the company's own
};

/// Thread-safe.
class Analyzer {
 public:
  explicit Analyzer(Policy policy) : policy_(std::move(policy)) {}
  /// See DataSource::analyze(). Also `limit_exceeded` for a text beyond kMaxSqlBytes.
  [[nodiscard]] Result<Analysis> analyze(const AnalysisRequest& request) const;

 private:
  Policy policy_;
};

/// Whether a statement may read this relation of information_schema, whatever the case.
[[nodiscard]] bool is_open_catalogue(std::string_view relation) noexcept;

/// Whether a statement that the analysis lets pass shows how something is defined (SHOW CREATE).
[[nodiscard]] bool shows_definition(std::string_view sql);

/// ", at line 1, column 8" for the byte at `offset`.
[[nodiscard]] std::string position_text(std::string_view sql, std::size_t offset);

}  // namespace penstock::mysql
