// What only the text of a definition tells: comments, and the expressions of an index.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::sqlite {

struct DefinitionComments {
  std::string table;
  std::map<std::string, std::string> columns;  ///< by name, folded
};
/// Comments of a CREATE TABLE or CREATE VIEW. What stands before the first column, or before a view's first
/// word after AS, is about the table; what stands on the line on which a column's definition ends, after it,
/// is about the column.
[[nodiscard]] DefinitionComments comments_of(std::string_view definition);

struct IndexDefinition {
  std::vector<std::string> terms;  ///< as written, without ASC and DESC
  std::string predicate;           ///< after WHERE; empty when there is none
};
/// Of a CREATE INDEX.
[[nodiscard]] IndexDefinition index_definition(std::string_view definition);

}  // namespace penstock::sqlite
