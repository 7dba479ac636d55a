// One datasource's configuration as the DuckDB driver uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/settings.hpp"

namespace penstock::duckdb {

/// Which safety layers there are. All of them, always: tests alone switch some off, to see that the others
/// hold.
struct Layers {
  bool analysis = true;
};

struct Options {
  std::string datasource;
  std::filesystem::path path;
  std::filesystem::path library;  ///< empty: found by load_library()
  std::int64_t memory_bytes = 0;  ///< of one instance
  std::int64_t threads = 1;       ///< of one instance, the caller's own among them
  std::vector<LogicalDatabase> databases;
  Layers layers;

  [[nodiscard]] const LogicalDatabase* find(std::string_view database) const noexcept;
};

/// The keys of `connection:`.
[[nodiscard]] TypeSpec type_spec();
/// What `instances` of DuckDB may take beyond a machine of so much memory and so many cores, for `penstock
/// check`.
[[nodiscard]] std::vector<std::string> limit_warnings(const Options& options, std::size_t instances,
                                                      std::int64_t memory_bytes, std::int64_t cores);

/// Reads and checks the configuration; touches no file. Errors: `invalid_argument`.
[[nodiscard]] Result<Options> read_options(const DataSourceConfig& config);

}  // namespace penstock::duckdb
