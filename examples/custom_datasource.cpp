// A program with a datasource type of its own: it registers the type, configures it, and queries it like any
// other.
#include <filesystem>
#include <fstream>
#include <iostream>

#include <penstock/manager.hpp>

#include "csv_folder.hpp"
#include "temporary_bank.hpp"

namespace {

void write(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

// A second configuration beside the bank's, of one datasource of the new type.
void write_example(const std::filesystem::path& folder) {
  write(folder / "files/sales_db/orders.csv",
        "id,note,customer\r\n1,\"two, please\",Ada\r\n2,,Grace\r\n3,\"\",Ada\r\n");
  write(folder / "files/stock_db/items.csv", "sku,name\nA1,Analytical engine\n");
  write(folder / "datasources.yaml",
        "datasources:\n"
        "  exports:\n"
        "    type: csv_folder\n"
        "    connection:\n"
        "      path: files\n"
        "    databases: [sales_db, stock_db]\n");
  write(folder / "summary.yaml",
        "data_sources:\n"
        "  - id: sales_db\n"
        "    name: Nightly export of the shop\n"
        "    datasource: exports\n");
}

void print(const penstock::QueryResult& result) {
  if (!result.success) std::cout << to_string(*result.code) << ": " << result.error << "\n";
  for (const auto row : result.data) {
    for (std::size_t i = 0; i < row.size(); ++i)
      std::cout << (i == 0 ? "" : " | ") << row[i].to_text();
    std::cout << "\n";
  }
}

}  // namespace

int main() {
  const example::TemporaryBank bank;
  const auto folder = bank.config() / "custom";
  write_example(folder);

  auto registry = penstock::DataSourceRegistry::with_builtin_types();
  if (auto added = registry.add(csv_folder::type()); !added) {
    std::cerr << added.error().message << "\n";
    return 2;
  }
  auto manager = penstock::DataSourceManager::load(folder, {.registry = std::move(registry)});
  if (!manager) {
    std::cerr << manager.error().message << "\n";
    return 2;
  }
  print((*manager)->execute_query("SELECT * FROM orders", "sales_db"));
  print((*manager)->execute_query("SELECT * FROM orders WHERE customer = ?", "sales_db", {"Grace"}));
  print((*manager)->execute_query("SELECT * FROM stock_db.items", "sales_db"));
  print((*manager)->execute_query("DELETE FROM orders", "sales_db"));
  const auto schema = (*manager)->schema("sales_db");
  for (const auto& table : schema.value().tables) {
    std::cout << table.name << " has " << table.columns.size() << " columns\n";
  }
  return 0;
}
