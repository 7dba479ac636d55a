// MySQL and MariaDB: logical databases are databases of one server. docs/mysql.md
#pragma once

#include <memory>

#include "penstock/data_source.hpp"

namespace penstock::mysql {

[[nodiscard]] DataSourceType type();

/// Which layers of safety are at work. All of them, always: tests alone switch one off, to see that the
/// others hold.
struct Layers {
  bool analysis = true;
};

/// Errors: `invalid_argument`.
[[nodiscard]] Result<std::unique_ptr<DataSource>> make_data_source(const DataSourceConfig& config,
                                                                   const Layers& layers);

}  // namespace penstock::mysql
