// What an answer holds, and the ways to read its rows.
#include <iostream>
#include <optional>

#include <penstock/manager.hpp>

#include "temporary_bank.hpp"

namespace {

void print_fields(const penstock::QueryResult& result) {
  std::cout << "success: " << std::boolalpha << result.success << "\nrow_count: " << result.row_count
            << "\ntruncated: " << result.truncated << "\ndatasource: " << result.datasource << "\ncolumns:";
  for (const std::string& name : result.columns)
    std::cout << " " << name;
  std::cout << "\ntypes:";
  for (const auto& field : result.schema->fields())
    std::cout << " " << field.type.name();
  std::cout << "\n";
  // execution_time_ms is from the call to the last row; error, code, sqlstate and hint are set on failure.
  if (result.execution_time_ms < 0 || !result.error.empty()) std::cout << "this cannot be\n";
}

// By name, each cell as the type that is wanted; an optional where it may be null.
void print_by_name(const penstock::QueryResult& result) {
  for (const auto row : result.data) {
    const auto id = row["id"].as<int>();
    const auto name = row["name"].as<std::string_view>();
    const auto city = row["city"].as<std::optional<std::string_view>>();
    std::cout << id << " " << name << " (" << city.value_or("nowhere") << ")\n";
  }
}

// As tuples of the first columns, taken apart by structured bindings.
void print_tuples(const penstock::QueryResult& result) {
  for (const auto& [id, name, city] :
       result.data.as<std::int64_t, std::string_view, std::optional<std::string_view>>()) {
    std::cout << id << " " << name << (city ? "" : ", of whom no city is known") << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  const example::TemporaryBank bank;
  auto manager = penstock::DataSourceManager::load(argc > 1 ? argv[1] : bank.config());
  if (!manager) {
    std::cerr << manager.error().message << "\n";
    return 2;
  }
  constexpr std::string_view kSql = "SELECT id, name, city, born FROM customers WHERE id < ? ORDER BY id";
  const auto result = (*manager)->execute_query(kSql, "customer_db", {6}, {.max_rows = 5});
  if (!result.success) {
    std::cerr << result.error << "\n";
    return 1;
  }
  print_fields(result);
  print_by_name(result);
  print_tuples(result);

  // Asking for what a cell is not is an error that names the column.
  const auto wrong = result.data[0]["born"].try_as<double>();
  std::cout << (wrong ? "a number" : wrong.error().message) << "\n";

  const auto few = (*manager)->execute_query(kSql, "customer_db", {6}, {.max_rows = 2});
  std::cout << "cut to " << few.row_count << ", truncated: " << few.truncated << "\n";
  return 0;
}
