// A plan as the texts of our files.
#pragma once

#include <string>
#include <vector>

#include "importers/plan.hpp"

namespace penstock::importers {

/// The text of a file, and the line on which each of its entries begins, from 1, in their order.
struct Rendered {
  std::string text;
  std::vector<int> first_lines;
  /// Of the entry that the line belongs to; the number of entries when it belongs to none.
  [[nodiscard]] std::size_t entry_at(int line) const noexcept;
};

[[nodiscard]] Rendered render_datasources(const Plan& plan);
[[nodiscard]] Rendered render_tools(const Plan& plan);
/// What the databases are about, for those sources that say so; empty when none does.
[[nodiscard]] std::string render_summary(const Plan& plan);
/// Limits that are wider than our defaults; empty when none is.
[[nodiscard]] std::string render_server(const Plan& plan);

}  // namespace penstock::importers
