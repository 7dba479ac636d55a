// SQLite as a datasource type: one file, or a folder with a file for each logical database.
#pragma once

#include "penstock/data_source.hpp"

namespace penstock::sqlite {

[[nodiscard]] DataSourceType type();

}  // namespace penstock::sqlite
