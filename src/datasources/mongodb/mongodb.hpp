// MongoDB as a datasource type: one deployment, whose databases are logical databases.
#pragma once

#include <memory>

#include "penstock/data_source.hpp"

namespace penstock::mongodb {

struct Layers;

[[nodiscard]] DataSourceType type();

/// What the type's factory makes. `layers` is for tests of the safety layers alone: no configuration reaches
/// it.
[[nodiscard]] Result<std::unique_ptr<DataSource>> make_data_source(const DataSourceConfig& config,
                                                                   const Layers& layers);

}  // namespace penstock::mongodb
