#include "datasources/duckdb/duckdb.hpp"

#include "datasources/duckdb/options.hpp"

namespace penstock::duckdb {

DataSourceType type_without_driver() {
  DataSourceType type;
  type.spec = type_spec();
  type.missing_driver =
      "Penstock was built without DuckDB: run scripts/setup, or set DUCKDB_ROOT to an installed DuckDB 1.4, "
      "and build again";
  return type;
}

DataSourceType type() {
  DataSourceType type = type_without_driver();
#if PENSTOCK_WITH_DUCKDB
  type.create = [](const DataSourceConfig& config) { return make_data_source(config, Layers{}); };
  type.missing_driver.clear();
#endif
  return type;
}

}  // namespace penstock::duckdb
