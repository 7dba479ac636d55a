# DuckDB's C header and its library, in build/duckdb, where scripts/setup puts them, or where DUCKDB_ROOT says. The library is
# loaded at run time, not linked, so there is no target: DuckDB_INCLUDE_DIR and DuckDB_LIBRARY say where they are.
set(hints ${DUCKDB_ROOT} $ENV{DUCKDB_ROOT})
if(NOT hints)
  set(hints ${PROJECT_SOURCE_DIR}/build/duckdb)
endif()
find_path(DuckDB_INCLUDE_DIR duckdb.h HINTS ${hints} PATH_SUFFIXES include)
find_library(DuckDB_LIBRARY duckdb HINTS ${hints} PATH_SUFFIXES lib)
mark_as_advanced(DuckDB_INCLUDE_DIR DuckDB_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDB REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR)
