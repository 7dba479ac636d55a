// summary.yaml.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "config/datasources.hpp"

namespace penstock::config {

/// Reads and checks the whole file, and each entry against the datasources; an empty span of those is one
/// that could not be read, and checks nothing. Whatever is wrong is reported to the reader's problems.
[[nodiscard]] std::map<std::string, DatabaseSummary, std::less<>> read_summary(
    const Node& root, std::span<const DatasourceReading> datasources, ValueReader& reader);

}  // namespace penstock::config
