// `roles` and `settings` of a datasource: whom its queries may run as, and what they may say of themselves.
#pragma once

#include "config/value_reader.hpp"

namespace penstock::config {

/// Reads both into `config`. A null `type` is one that is not known, whose keys cannot be judged.
void read_identities(const Node& datasource, const TypeSpec* type, DataSourceConfig& config,
                     ValueReader& reader);

}  // namespace penstock::config
