// Which databases can be part of one query.
//
//   validation = manager.validate_databases(["customer_db", "accounts_db"])
//   if validation["valid"]:
//       datasource = validation["datasource"]  # "demo_bank"
//   else:
//       error = validation["error"]  # "Cannot query across different datasources..."
#include <iostream>

#include <penstock/manager.hpp>

#include "temporary_bank.hpp"

int main(int argc, char** argv) {
  const example::TemporaryBank bank;
  auto loaded = penstock::DataSourceManager::load(argc > 1 ? argv[1] : bank.config());
  if (!loaded) {
    std::cerr << loaded.error().message << "\n";
    return 2;
  }
  auto& manager = **loaded;

  const auto validation = manager.validate_databases({"customer_db", "accounts_db"});
  if (validation.valid) {
    std::cout << "datasource: " << validation.datasource << "\n";
  } else {
    std::cout << "error: " << validation.error << "\n";
  }
  const auto apart = manager.validate_databases({"customer_db", "rates_db"});
  std::cout << "error: " << apart.error << "\n";

  // A query needs no validation beforehand: the databases that its statement names are found and checked.
  const auto joined = manager.execute_query(
      "SELECT c.name, sum(a.balance) AS total FROM customers AS c"
      " JOIN accounts_db.accounts AS a ON a.customer_id = c.id GROUP BY c.id ORDER BY c.id",
      "customer_db");
  for (const auto& [name, total] : joined.data.as<std::string_view, double>()) {
    std::cout << name << " has " << total << "\n";
  }
  const auto refused = manager.execute_query("SELECT * FROM customers, rates_db.rates", "customer_db");
  std::cout << to_string(*refused.code) << "\n";
  return validation.valid && !apart.valid && joined.success ? 0 : 1;
}
