# libpg_query, PostgreSQL's parser as a library: target PgQuery::PgQuery. It carries protobuf-c inside; only the headers of
# that are needed besides (pg_query.pb-c.h includes them).
find_path(PgQuery_INCLUDE_DIR pg_query/pg_query.pb-c.h)
find_path(PgQuery_PROTOBUF_C_INCLUDE_DIR protobuf-c/protobuf-c.h)
find_library(PgQuery_LIBRARY pg_query)
if(PgQuery_INCLUDE_DIR AND EXISTS "${PgQuery_INCLUDE_DIR}/pg_query.h")
  file(STRINGS "${PgQuery_INCLUDE_DIR}/pg_query.h" PgQuery_VERSION REGEX "define PG_VERSION \"")
  string(REGEX REPLACE ".*\"(.*)\".*" "\\1" PgQuery_VERSION "${PgQuery_VERSION}")
endif()
mark_as_advanced(PgQuery_INCLUDE_DIR PgQuery_PROTOBUF_C_INCLUDE_DIR PgQuery_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PgQuery
  REQUIRED_VARS PgQuery_LIBRARY PgQuery_INCLUDE_DIR PgQuery_PROTOBUF_C_INCLUDE_DIR VERSION_VAR PgQuery_VERSION)
if(PgQuery_FOUND AND NOT TARGET PgQuery::PgQuery)
  add_library(PgQuery::PgQuery UNKNOWN IMPORTED)
  set_target_properties(PgQuery::PgQuery PROPERTIES
    IMPORTED_LOCATION "${PgQuery_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${PgQuery_INCLUDE_DIR};${PgQuery_PROTOBUF_C_INCLUDE_DIR}")
endif()
