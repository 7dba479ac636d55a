// `mask` and `mask_secret` of a datasource: columns whose values nobody sees.
#pragma once

#include "config/value_reader.hpp"

namespace penstock::config {

/// Reads both into `config`, whose databases are read already. A null `type` is one that is not known, whose
/// keys cannot be judged.
void read_masks(const Node& datasource, const TypeSpec* type, DataSourceConfig& config, ValueReader& reader);

}  // namespace penstock::config
