// The nearest names for what a statement misspells.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasources/sqlite/own_statement.hpp"

namespace penstock::sqlite {

/// The table or view of `main`, or `database.table` of an attached one, whose name is nearest.
[[nodiscard]] std::optional<std::string> nearest_table(OwnStatements& own, std::string_view wanted,
                                                       const std::string& main,
                                                       const std::vector<std::string>& attached);
/// The column nearest to `wanted` among those of the tables that `sql` mentions.
[[nodiscard]] std::optional<std::string> nearest_column(OwnStatements& own, std::string_view wanted,
                                                        std::string_view sql);

}  // namespace penstock::sqlite
