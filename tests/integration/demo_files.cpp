#include "integration/demo_files.hpp"

#include <stdexcept>

#include "demo/bank.hpp"
#include "demo/sqlite_file.hpp"

namespace penstock::demo_test {

void write_bank(const std::filesystem::path& folder) {
  for (const demo::Database& database : demo::bank_databases()) {
    demo::write_sqlite_file(database, folder / "data" / (database.name + ".sqlite"), demo::kBankVersion);
  }
  demo::write_sqlite_file(demo::rates_db(), folder / "market" / "rates_db.sqlite", demo::kBankVersion);
}

PlainFile::PlainFile(const std::filesystem::path& file) {
  sqlite3* opened = nullptr;
  const int status = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  file_.reset(opened);
  if (status != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(opened));
}

void PlainFile::attach(const std::filesystem::path& file, const std::string& name) {
  static_cast<void>(rows("ATTACH '" + file.string() + "' AS " + name));
}

std::vector<std::vector<std::string>> PlainFile::rows(const std::string& sql) {
  std::vector<std::vector<std::string>> rows;
  const auto take = [](void* target, int count, char** values, char**) {
    auto& row = static_cast<std::vector<std::vector<std::string>>*>(target)->emplace_back();
    for (int i = 0; i < count; ++i)
      row.emplace_back(values[i] == nullptr ? "NULL" : values[i]);
    return 0;
  };
  if (sqlite3_exec(file_.get(), sql.c_str(), take, &rows, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(file_.get()));
  }
  return rows;
}

std::string PlainFile::value(const std::string& sql) {
  const auto found = rows(sql);
  if (found.size() != 1 || found[0].size() != 1) throw std::runtime_error("not one value: " + sql);
  return found[0][0];
}

}  // namespace penstock::demo_test
