// Functions of SQLite of which one call could take for ever, run with a bound on that.
//
// printf('%.60000000g%.60000000g...') takes a tenth of a second for every eleven bytes of its format, and
// json_patch() of two objects takes time with the product of their members. Neither can be interrupted.
#pragma once

#include <sqlite3.h>

namespace penstock::sqlite {

/// Registers printf, format and json_patch anew: as SQLite's own, but that a call which would take longer
/// than about a second is an error. False when there is no memory.
[[nodiscard]] bool bound_functions(sqlite3* database) noexcept;

}  // namespace penstock::sqlite
