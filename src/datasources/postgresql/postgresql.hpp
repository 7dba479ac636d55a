// PostgreSQL as a datasource type: one database of a cluster, each of whose schemas is a logical database.
#pragma once

#include "penstock/data_source.hpp"

namespace penstock::postgresql {

/// Its configuration is known and checked; this version has no driver for it, so its databases are listed and
/// answer `unsupported`.
[[nodiscard]] DataSourceType type();

}  // namespace penstock::postgresql
