// The nearest names for what a statement misspells.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasources/sqlite/own_statement.hpp"

namespace penstock::sqlite {

/// A table as a statement names it.
struct TableName {
  std::string database;  ///< empty when it is not written
  std::string table;
};
/// What SQLite joined to "database.table", taken apart as `sql` has it: either may have dots of its own.
[[nodiscard]] TableName name_as_written(std::string_view joined, std::string_view sql);

/// The table or view of main that is called so, whatever the case, as it is spelt there.
[[nodiscard]] std::optional<std::string> find_table(OwnStatements& own, const std::string& wanted);
/// The table or view of `main`, or `database.table` of an attached one, whose name is nearest.
[[nodiscard]] std::optional<std::string> nearest_table(OwnStatements& own, std::string_view wanted,
                                                       const std::string& main,
                                                       const std::vector<std::string>& attached);
/// The column nearest to `wanted` among those of the tables that `sql` mentions.
[[nodiscard]] std::optional<std::string> nearest_column(OwnStatements& own, std::string_view wanted,
                                                        std::string_view sql);

}  // namespace penstock::sqlite
