// penstock_demo_bank: writes the demo bank as SQLite files.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "demo/bank.hpp"
#include "demo/sqlite_file.hpp"

namespace {

using penstock::demo::Database;

constexpr const char* kUsage =
    "Usage: penstock_demo_bank [--force] BANK_FOLDER MARKET_FOLDER\n"
    "\n"
    "Writes the six databases of the demo bank to BANK_FOLDER and rates_db to MARKET_FOLDER, as SQLite "
    "files.\n"
    "The content is the same each time. Files of this version are left alone unless --force is given.\n";

struct Arguments {
  bool help = false;
  bool force = false;
  std::vector<std::filesystem::path> folders;
};

Arguments read_arguments(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--help" || word == "-h") {
      arguments.help = true;
    } else if (word == "--force") {
      arguments.force = true;
    } else {
      arguments.folders.emplace_back(word);
    }
  }
  return arguments;
}

std::filesystem::path file_of(const std::filesystem::path& folder, std::string_view database) {
  return folder / (std::string(database) + ".sqlite");
}

bool is_there(const Arguments& arguments) {
  for (const std::string_view name :
       {"customer_db", "accounts_db", "loans_db", "insurance_db", "compliance_db", "employees_db"}) {
    if (!penstock::demo::has_version(file_of(arguments.folders[0], name), penstock::demo::kBankVersion))
      return false;
  }
  return penstock::demo::has_version(file_of(arguments.folders[1], "rates_db"), penstock::demo::kBankVersion);
}

void write(const Database& database, const std::filesystem::path& folder) {
  std::printf("%s:", database.name.c_str());
  std::fflush(stdout);
  const auto counts =
      write_sqlite_file(database, file_of(folder, database.name), penstock::demo::kBankVersion);
  for (const char* separator = " "; const auto& [table, rows] : counts) {
    std::printf("%s%lld %s", separator, static_cast<long long>(rows), table.c_str());
    separator = ", ";
  }
  std::printf("\n");
}

}  // namespace

int main(int count, char** words) {
  try {
    const Arguments arguments = read_arguments(count, words);
    if (arguments.help) {
      std::printf("%s", kUsage);
      return 0;
    }
    if (arguments.folders.size() != 2) {
      std::fprintf(stderr, "%s", kUsage);
      return 2;
    }
    if (!arguments.force && is_there(arguments)) {
      std::printf("The demo bank is there already, version %d\n", penstock::demo::kBankVersion);
      return 0;
    }
    for (const Database& database : penstock::demo::bank_databases())
      write(database, arguments.folders[0]);
    write(penstock::demo::rates_db(), arguments.folders[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "penstock_demo_bank: %s\n", error.what());
    return 1;
  }
}
