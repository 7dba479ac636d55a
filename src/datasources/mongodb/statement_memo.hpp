// Statements that were understood, so that a text is parsed once and not for each time it runs.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "penstock/error.hpp"

#include "datasources/mongodb/statement.hpp"

namespace penstock::mongodb {

/// The statements used last, by their texts. Thread-safe.
class StatementMemo {
 public:
  /// `check`: as of parse_statement().
  explicit StatementMemo(bool check) : check_(check) {}

  /// The text's statement, parsed when it is not known. Errors: those of parse_statement().
  [[nodiscard]] Result<StatementPtr> get(std::string_view text);

 private:
  static constexpr std::size_t kMostStatements = 256;
  static constexpr std::size_t kLongestText = std::size_t{16} << 10;  // a longer one is parsed each time

  struct Entry {
    std::string text;
    StatementPtr statement;
  };
  const bool check_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // the one used last in front
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
};

}  // namespace penstock::mongodb
