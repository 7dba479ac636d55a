// Loads the three files of a configuration folder and lists what is in them: examples/mission by default,
// where a PostgreSQL holds six logical databases.
#include <iostream>

#include <penstock/manager.hpp>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: load_configuration FOLDER\n";
    return 2;
  }
  // Loading reads files and touches no server: one that is down does not keep the others from serving.
  auto loaded = penstock::DataSourceManager::load(argv[1]);
  if (!loaded) {
    std::cerr << loaded.error().message << "\n";
    return 2;
  }
  auto& manager = **loaded;
  for (const auto& datasource : manager.datasources()) {
    std::cout << datasource.name << " (" << datasource.type << "): " << datasource.description << "\n";
  }
  for (const auto& database : manager.databases()) {
    std::cout << "  " << database.id << ", called " << database.name << ", in " << database.datasource << ", "
              << to_string(database.access) << "\n";
  }
  const auto validation = manager.validate_databases({"customer_db", "accounts_db"});
  std::cout << "customer_db and accounts_db together: "
            << (validation.valid ? validation.datasource : validation.error) << "\n";

  // What cannot be reached, or has no driver in this build, is said by the query that needs it.
  const auto result = manager.execute_query("SELECT 1", "customer_db");
  if (!result.success) std::cout << "customer_db gives no answer here\n";
  std::cerr << result.error << "\n";
  return 0;
}
