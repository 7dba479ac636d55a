#include "conformance/csv_folder_quirks.hpp"
#include "conformance/duckdb_folder_quirks.hpp"
#include "conformance/duckdb_quirks.hpp"
#include "conformance/engine.hpp"
#include "conformance/mongodb_quirks.hpp"
#include "conformance/mysql_quirks.hpp"
#include "conformance/postgresql_quirks.hpp"
#include "conformance/sqlite_quirks.hpp"

namespace penstock::conformance {

const std::vector<Engine>& engines() {
  static const std::vector<Engine> all{
      sqlite_engine(),  csv_folder_engine(), postgresql_engine(),    mysql_engine(),
      mongodb_engine(), duckdb_engine(),     duckdb_folder_engine(),
  };
  return all;
}

}  // namespace penstock::conformance
