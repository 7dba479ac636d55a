// instr(), replace() and the trims in time linear in their arguments; LIKE and GLOB that can be stopped.
//
// A function call is one step of SQLite's virtual machine: no deadline and no cancel interrupts it. SQLite's
// own compare at every position, which two values of 30 MB make last for days. These answer the same, sooner,
// or ask while they work whether to go on.
#pragma once

#include <sqlite3.h>

#include "datasources/sqlite/run_control.hpp"

namespace penstock::sqlite {

/// Puts them in place of SQLite's own on this handle, which `control` must outlive. False when SQLite has no
/// memory for it.
[[nodiscard]] bool replace_text_functions(sqlite3* database, RunControl& control) noexcept;

}  // namespace penstock::sqlite
