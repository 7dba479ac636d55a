// Lists that the command itself has to show, as the same table that a query's result is.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "cli/console.hpp"

namespace penstock::cli {

/// Rows of text under named columns. A cell without text is shown empty.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> columns) : columns_(std::move(columns)) {}
  /// As many cells as there are columns.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// Puts the texts of this column, which are ASCII, to its right side, as numbers stand.
  void align_right(std::size_t column);
  /// Leaves out a column that has no text in any row, unless it is the first.
  void drop_empty_columns();
  /// Aligned, safe for a terminal, and cut to its width if standard output is one.
  [[nodiscard]] std::string to_text(const Console& console) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace penstock::cli
