// penstock_demo_bank: writes the demo bank as SQLite files, as schemas of a PostgreSQL database, as databases
// of a MariaDB or a MongoDB server, or with DuckDB.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "demo/bank.hpp"
#include "demo/duckdb_file.hpp"
#include "demo/mariadb_database.hpp"
#include "demo/mongodb_database.hpp"
#include "demo/postgresql_schema.hpp"
#include "demo/sqlite_file.hpp"

namespace {

using penstock::demo::Database;
using penstock::demo::has_duckdb_version;
using penstock::demo::has_version;
using penstock::demo::kBankVersion;

constexpr const char* kUsage =
    "Usage: penstock_demo_bank [--force] [--only DATABASE]... BANK_FOLDER MARKET_FOLDER\n"
    "       penstock_demo_bank [--force] [--only DATABASE]... --postgresql CONNINFO\n"
    "       penstock_demo_bank [--force] [--only DATABASE]... --mariadb SOCKET\n"
    "       penstock_demo_bank [--only DATABASE]... --mongodb URI\n"
    "       penstock_demo_bank [--force] --duckdb FILE LAKE_FOLDER\n"
    "\n"
    "Writes the six databases of the demo bank to BANK_FOLDER and rates_db to MARKET_FOLDER, as SQLite\n"
    "files; or the six as schemas of the PostgreSQL database that the libpq connection string reaches,\n"
    "or as databases of the MariaDB server that listens on the unix socket and lets root in, or of the\n"
    "MongoDB server that the connection string reaches, where databases of these names are replaced; or\n"
    "the six as schemas of a DuckDB file, and rates_db as Parquet files in LAKE_FOLDER/rates_db.\n"
    "--only names those of the six that are meant, when it is not all of them.\n"
    "The content is the same each time. What is there in this version is left alone unless --force is\n"
    "given; schemas and databases of another version are dropped with all that is in them.\n";

struct Arguments {
  bool help = false;
  bool force = false;
  bool duckdb = false;
  std::optional<std::string> conninfo;
  std::optional<std::string> socket;
  std::optional<std::string> mongodb;
  std::vector<std::string> only;
  std::vector<std::filesystem::path> folders;

  [[nodiscard]] bool complete() const {
    const int servers = int{conninfo.has_value()} + int{socket.has_value()} + int{mongodb.has_value()};
    if (duckdb && (servers != 0 || !only.empty())) return false;
    return servers == 0 ? folders.size() == 2 : servers == 1 && folders.empty();
  }
};

Arguments read_arguments(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--help" || word == "-h") {
      arguments.help = true;
    } else if (word == "--force") {
      arguments.force = true;
    } else if (word == "--duckdb") {
      arguments.duckdb = true;
    } else if (word == "--only" && i + 1 < count) {
      arguments.only.emplace_back(words[++i]);
    } else if (word == "--postgresql" && i + 1 < count) {
      arguments.conninfo = words[++i];
    } else if (word == "--mariadb" && i + 1 < count) {
      arguments.socket = words[++i];
    } else if (word == "--mongodb" && i + 1 < count) {
      arguments.mongodb = words[++i];
    } else {
      arguments.folders.emplace_back(word);
    }
  }
  return arguments;
}

/// Those of the bank's databases that are to be written.
std::vector<Database> wanted_databases(const Arguments& arguments) {
  std::vector<Database> databases = penstock::demo::bank_databases();
  if (arguments.only.empty()) return databases;
  for (const std::string& name : arguments.only) {
    if (std::ranges::find(databases, name, &Database::name) == databases.end())
      throw std::runtime_error("--only: the demo bank has no database " + name);
  }
  std::erase_if(databases, [&](const Database& database) {
    return std::ranges::find(arguments.only, database.name) == arguments.only.end();
  });
  return databases;
}

void say_it_is_there() {
  std::printf("The demo bank is there already, version %d\n", kBankVersion);
}

void say_written(const Database& database, const penstock::demo::RowCounts& counts) {
  std::printf("%s:", database.name.c_str());
  for (const char* separator = " "; const auto& [table, rows] : counts) {
    std::printf("%s%lld %s", separator, static_cast<long long>(rows), table.c_str());
    separator = ", ";
  }
  std::printf("\n");
  std::fflush(stdout);
}

std::filesystem::path file_of(const std::filesystem::path& folder, std::string_view database) {
  return folder / (std::string(database) + ".sqlite");
}

void write_files(const Arguments& arguments) {
  const std::filesystem::path& bank = arguments.folders[0];
  const std::filesystem::path market = file_of(arguments.folders[1], "rates_db");
  const std::vector<Database> databases = wanted_databases(arguments);
  bool there = has_version(market, kBankVersion);
  for (const Database& database : databases)
    there = there && has_version(file_of(bank, database.name), kBankVersion);
  if (there && !arguments.force) return say_it_is_there();
  for (const Database& database : databases)
    say_written(database, write_sqlite_file(database, file_of(bank, database.name), kBankVersion));
  const Database rates = penstock::demo::rates_db();
  say_written(rates, write_sqlite_file(rates, market, kBankVersion));
}

void write_schemas(const Arguments& arguments) {
  const penstock::demo::ServerPtr server = penstock::demo::connect_postgresql(*arguments.conninfo);
  const std::vector<Database> databases = wanted_databases(arguments);
  const bool there = std::ranges::all_of(databases, [&](const Database& database) {
    return has_version(server.get(), database.name, kBankVersion);
  });
  if (there && !arguments.force) return say_it_is_there();
  for (const Database& database : databases)
    say_written(database, write_postgresql_schema(database, server.get(), kBankVersion));
}

void write_databases(const Arguments& arguments) {
  const penstock::demo::MariadbPtr server = penstock::demo::connect_mariadb(*arguments.socket);
  const std::vector<Database> databases = wanted_databases(arguments);
  const bool there = std::ranges::all_of(databases, [&](const Database& database) {
    return has_version(server.get(), database.name, kBankVersion);
  });
  if (there && !arguments.force) return say_it_is_there();
  for (const Database& database : databases)
    say_written(database, write_mariadb_database(database, server.get(), kBankVersion));
}

void write_duckdb(const Arguments& arguments) {
  const std::filesystem::path& file = arguments.folders[0];
  const std::filesystem::path lake = arguments.folders[1] / "rates_db";
  if (!arguments.force && has_duckdb_version(file, kBankVersion) && std::filesystem::is_directory(lake))
    return say_it_is_there();
  std::filesystem::create_directories(std::filesystem::absolute(file).parent_path());
  write_duckdb_file(penstock::demo::bank_databases(), file, kBankVersion, &say_written);
  const Database rates = penstock::demo::rates_db();
  say_written(rates, write_parquet_folder(rates, lake));
}

void write_collections(const Arguments& arguments) {
  const penstock::demo::MongodbPtr server = penstock::demo::connect_mongodb(*arguments.mongodb);
  for (const Database& database : wanted_databases(arguments))
    say_written(database, write_mongodb_database(database, server.get()));
}

}  // namespace

int main(int count, char** words) {
  try {
    const Arguments arguments = read_arguments(count, words);
    if (arguments.help) {
      std::printf("%s", kUsage);
      return 0;
    }
    if (!arguments.complete()) {
      std::fprintf(stderr, "%s", kUsage);
      return 2;
    }
    if (arguments.conninfo) {
      write_schemas(arguments);
    } else if (arguments.socket) {
      write_databases(arguments);
    } else if (arguments.duckdb) {
      write_duckdb(arguments);
    } else if (arguments.mongodb) {
      write_collections(arguments);
    } else {
      write_files(arguments);
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "penstock_demo_bank: %s\n", error.what());
    return 1;
  }
}
