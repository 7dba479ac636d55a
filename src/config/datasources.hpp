// datasources.yaml.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/value_reader.hpp"

namespace penstock::config {

/// One entry of `datasources:`, as far as it could be read.
struct DatasourceReading {
  DataSourceConfig config;
  bool databases_known = false;  ///< every entry of `databases:` could be read
};

/// Reads and checks the whole file. Whatever is wrong is reported to the reader's problems; what could be
/// read is returned all the same, so that summary.yaml can be checked against it.
[[nodiscard]] std::vector<DatasourceReading> read_datasources(const Node& root,
                                                              std::span<const TypeSpec> types,
                                                              ValueReader& reader);

}  // namespace penstock::config
