#include "datasources/sqlite/own_statement.hpp"

namespace penstock::sqlite {

namespace {

StatementHandle compiled(sqlite3* handle, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  StatementHandle owned(statement);
  if (code != SQLITE_OK) return nullptr;
  return owned;
}

}  // namespace

std::string_view OwnStatements::Row::text(int column) const noexcept {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool OwnStatements::run(const std::string& sql, const std::vector<std::string>& values,
                        const std::function<void(const Row&)>& each) {
  const Authorizer::OwnStatement own(*authorizer_);
  const StatementHandle statement = compiled(handle_, sql);
  if (statement == nullptr) return false;
  int index = 0;
  for (const std::string& value : values) {
    sqlite3_bind_text64(statement.get(), ++index, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  int code = sqlite3_step(statement.get());
  for (; code == SQLITE_ROW; code = sqlite3_step(statement.get())) {
    if (each) each(Row(statement.get()));
  }
  return code == SQLITE_DONE;
}

bool OwnStatements::compile(const std::string& sql) {
  const Authorizer::OwnStatement own(*authorizer_);
  return compiled(handle_, sql) != nullptr;
}

}  // namespace penstock::sqlite
