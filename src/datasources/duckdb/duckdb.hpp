// DuckDB as a datasource type: a database file, or a folder of Parquet, CSV and JSON files.
#pragma once

#include <memory>

#include "penstock/data_source.hpp"

namespace penstock::duckdb {

struct Layers;

[[nodiscard]] DataSourceType type();

/// The type as a build without DuckDB's header has it: a configuration may use it, and its queries are
/// answered with `unsupported` and what to do.
[[nodiscard]] DataSourceType type_without_driver();

/// What the type's factory makes, in a build with DuckDB's header. `layers` is for tests of the safety layers
/// alone: no configuration reaches it.
[[nodiscard]] Result<std::unique_ptr<DataSource>> make_data_source(const DataSourceConfig& config,
                                                                   const Layers& layers);

}  // namespace penstock::duckdb
