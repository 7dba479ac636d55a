// One query on a logical database, wherever it lives.
//
//   manager = get_manager()
//   result = manager.execute_query(sql="SELECT * FROM customers LIMIT 10", database="customer_db")
//   if result.success:
//       print(f"Found {result.row_count} rows")
//       for row in result.data:
//           print(row)
//   else:
//       print(f"Error: {result.error}")
#include <cstdlib>
#include <iostream>

#include <penstock/manager.hpp>

#include "temporary_bank.hpp"

int main() {
  // get_manager() reads the folder that PENSTOCK_CONFIG names, or ./config.
  const example::TemporaryBank bank;
  setenv("PENSTOCK_CONFIG", bank.config().c_str(), /*replace=*/0);

  auto& manager = penstock::get_manager();
  const auto result = manager.execute_query("SELECT * FROM customers LIMIT 10", "customer_db");
  if (result.success) {
    std::cout << "Found " << result.row_count << " rows\n";
    for (const auto row : result.data) {
      for (std::size_t i = 0; i < row.size(); ++i)
        std::cout << (i == 0 ? "" : ", ") << row[i].to_text();
      std::cout << "\n";
    }
  } else {
    std::cout << "Error: " << result.error << "\n";
  }

  // What fails says what to do about it.
  const auto failed = manager.execute_query("SELECT * FROM custmers", "customer_db");
  std::cout << "Error: " << failed.error << "\n" << failed.hint << "\n";
  return result.success && !failed.success ? 0 : 1;
}
