// A result of any length in bounded memory: batch by batch, the next one made when the last was used.
#include <iomanip>
#include <iostream>

#include <penstock/manager.hpp>

#include "temporary_bank.hpp"

int main(int argc, char** argv) {
  const example::TemporaryBank bank;
  auto manager = penstock::DataSourceManager::load(argc > 1 ? argv[1] : bank.config());
  if (!manager) {
    std::cerr << manager.error().message << "\n";
    return 2;
  }
  auto stream = (*manager)->stream_query("SELECT id, amount FROM transactions", "accounts_db");
  if (!stream) {
    std::cerr << stream.error().message << "\n";
    return 1;
  }
  double total = 0;
  while (true) {
    // The end is an empty batch, a failure is an error: a part is never taken for the whole.
    const auto batch = stream->next();
    if (!batch) {
      std::cerr << "broke after " << stream->summary().row_count << " rows: " << batch.error().message
                << "\n";
      return 1;
    }
    if (!*batch) break;
    // Straight from the column's memory, as fast as an array of doubles.
    const auto& amounts = (*batch)->column(1);
    for (std::int64_t i = 0; i < amounts.length; ++i)
      total += amounts.values_as<double>()[i];
  }
  std::cout << stream->summary().row_count << " transactions, " << std::fixed << std::setprecision(2) << total
            << " in all\n";
  return 0;
}
