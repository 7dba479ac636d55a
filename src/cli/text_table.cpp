#include "cli/text_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "penstock/builder.hpp"
#include "penstock/format.hpp"
#include "penstock/utf8.hpp"

#include "cli/printable.hpp"

namespace penstock::cli {

void TextTable::align_right(std::size_t column) {
  std::size_t width = columns_[column].size();
  for (const std::vector<std::string>& row : rows_)
    width = std::max(width, row[column].size());
  for (std::vector<std::string>& row : rows_) {
    if (!row[column].empty()) row[column].insert(0, width - row[column].size(), ' ');
  }
}

void TextTable::drop_empty_columns() {
  for (std::size_t column = columns_.size(); column-- > 1;) {
    const auto is_empty = [column](const std::vector<std::string>& row) { return row[column].empty(); };
    if (!std::ranges::all_of(rows_, is_empty)) continue;
    const auto at = static_cast<std::ptrdiff_t>(column);
    columns_.erase(columns_.begin() + at);
    for (std::vector<std::string>& row : rows_)
      row.erase(row.begin() + at);
  }
}

std::string TextTable::to_text(const Console& console) const {
  std::vector<Field> fields;
  fields.reserve(columns_.size());
  for (const std::string& name : columns_) {
    fields.push_back(Field{.name = name, .type = TypeId::string, .nullable = false, .native_type = {}});
  }
  QueryResult result;
  result.success = true;
  result.schema = std::make_shared<const Schema>(std::move(fields));
  BatchBuilder builder(result.schema, static_cast<std::int64_t>(rows_.size()));
  for (const std::vector<std::string>& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      builder.column(i).append_string(is_valid_utf8(row[i]) ? row[i] : printable(row[i]));
    }
  }
  if (!rows_.empty()) result.data = Rows({builder.finish()});
  result.row_count = static_cast<std::int64_t>(rows_.size());

  FormatOptions options;
  options.table.unicode = console.unicode();
  options.table.color = console.out().color;
  options.table.width = console.width();
  options.table.footer = false;
  auto text = penstock::to_text(result, Format::table, options);
  return text ? std::move(*text) : std::string();  // text always fits a table
}

}  // namespace penstock::cli
