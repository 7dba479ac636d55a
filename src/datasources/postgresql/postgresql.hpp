// PostgreSQL as a datasource type: one database of a cluster, each of whose schemas is a logical database.
#pragma once

#include <memory>

#include "penstock/data_source.hpp"

namespace penstock::postgresql {

[[nodiscard]] DataSourceType type();

/// Layers of the protection against writes that tests switch off, to see that the others hold by themselves.
struct Layers {
  bool analysis = true;  ///< otherwise every statement under read-only access is taken for one that reads
};
[[nodiscard]] Result<std::unique_ptr<DataSource>> make_data_source(const DataSourceConfig& config,
                                                                   const Layers& layers);

}  // namespace penstock::postgresql
