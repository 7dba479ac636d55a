// Statements that write.
#pragma once

#include <memory>

#include "datasources/mysql/connection.hpp"

namespace penstock::mysql {

/// Runs a write to its end, in a transaction unless it defines something, which is one by itself. See
/// BatchReader.
[[nodiscard]] Result<std::unique_ptr<BatchReader>> run_write(MysqlConnection& connection,
                                                             const Execution& execution,
                                                             const BoundParameters& parameters);

}  // namespace penstock::mysql
