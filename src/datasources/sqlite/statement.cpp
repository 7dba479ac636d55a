#include "datasources/sqlite/statement.hpp"

#include <algorithm>

#include "penstock/utf8.hpp"

namespace penstock::sqlite {

namespace {

int regenerations_of(sqlite3_stmt* statement) noexcept {
  return sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0);
}

// SQLite keeps a copy of the text.
std::size_t bytes_of(const PreparedStatement& statement) noexcept {
  const int of_sqlite = sqlite3_stmt_status(statement.handle.get(), SQLITE_STMTSTATUS_MEMUSED, 0);
  return sizeof(PreparedStatement) + 2 * statement.sql.size() +
         static_cast<std::size_t>(std::max(of_sqlite, 0));
}

// Names and declarations are whatever the author of the file wrote; a batch's schema is text.
std::string text_of(const char* text) {
  if (text == nullptr) return {};
  return is_valid_utf8(text) ? text : "(not valid UTF-8)";
}

}  // namespace

Columns Columns::of(sqlite3_stmt* statement) {
  Columns columns;
  std::vector<Field> fields;
  const int count = sqlite3_column_count(statement);
  for (int i = 0; i < count; ++i) {
    Field field;
    field.name = text_of(sqlite3_column_name(statement, i));
    field.native_type = text_of(sqlite3_column_decltype(statement, i));
    columns.mappings.push_back(mapping_of(field.native_type));
    field.type = type_of(columns.mappings.back());
    fields.push_back(std::move(field));
  }
  columns.schema = std::make_shared<const Schema>(std::move(fields));
  return columns;
}

bool PreparedStatement::was_regenerated() const noexcept {
  return regenerations_of(handle.get()) != regenerations;
}

void PreparedStatement::refresh() {
  columns = Columns::of(handle.get());
  regenerations = regenerations_of(handle.get());
}

PreparedStatement* StatementCache::find(std::string_view sql) noexcept {
  if (!statements_.empty() && statements_.front().sql == sql) return &statements_.front();
  const auto found = by_text_.find(sql);
  if (found == by_text_.end()) return nullptr;
  statements_.splice(statements_.begin(), statements_, found->second);
  return &*found->second;
}

PreparedStatement& StatementCache::insert(PreparedStatement statement) {
  statement.bytes = bytes_of(statement);
  while (!statements_.empty() &&
         (statements_.size() >= bounds_.statements || bytes_ + statement.bytes > bounds_.bytes))
    erase(statements_.back());
  bytes_ += statement.bytes;
  statements_.push_front(std::move(statement));
  by_text_.emplace(statements_.front().sql, statements_.begin());
  return statements_.front();
}

void StatementCache::erase(const PreparedStatement& statement) noexcept {
  const auto found = by_text_.find(statement.sql);
  if (found == by_text_.end()) return;
  const auto position = found->second;
  by_text_.erase(found);
  bytes_ -= position->bytes;
  statements_.erase(position);
}

void StatementCache::clear() noexcept {
  by_text_.clear();
  statements_.clear();
  bytes_ = 0;
}

}  // namespace penstock::sqlite
