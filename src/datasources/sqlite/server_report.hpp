// What `penstock check` is told about the files of a datasource.
#pragma once

#include "penstock/data_source.hpp"

#include "datasources/sqlite/options.hpp"
#include "datasources/sqlite/run_control.hpp"

namespace penstock::sqlite {

/// Opens every logical database by itself, reads its header and schema, and closes it again; makes no file.
/// Within a run of `control`, whose deadline ends the looking; a lock is waited for only briefly.
[[nodiscard]] ServerInfo report_server(const Options& options, RunControl& control);

}  // namespace penstock::sqlite
