// DuckDB's library, loaded when a datasource needs it: its stable C API as a table of functions.
//
// Nothing links it, so who configures no DuckDB pays nothing for it, and none of its C++ matters. What may be
// called is what duckdb.h declares.
#pragma once

#include <filesystem>
#include <memory>

#include <duckdb.h>

#include "penstock/error.hpp"

namespace penstock::duckdb {

// Every function of the API that is called here, by its name without `duckdb_`.
// clang-format off
#define PENSTOCK_DUCKDB_FUNCTIONS(X)                                                                         \
  X(library_version)                                                                                         \
  X(create_config)                                                                                           \
  X(set_config)                                                                                              \
  X(destroy_config)                                                                                          \
  X(open_ext) X(close) X(connect) X(disconnect) X(interrupt) X(free) X(query) X(destroy_result) X(           \
      result_error) X(column_count) X(column_name) X(column_logical_type) X(fetch_chunk)                     \
      X(extract_statements) X(extract_statements_error) X(prepare_extracted_statement) X(destroy_extracted)  \
          X(prepare_error) X(destroy_prepare) X(prepared_statement_type) X(nparams) X(parameter_name) X(     \
              bind_value) X(clear_bindings) X(pending_prepared_streaming) X(pending_error)                   \
              X(execute_pending) X(destroy_pending) X(destroy_data_chunk) X(data_chunk_get_size) X(          \
                  data_chunk_get_vector) X(vector_get_data) X(vector_get_validity) X(list_vector_get_child)  \
                  X(struct_vector_get_child) X(array_vector_get_child) X(get_type_id) X(                     \
                      logical_type_get_alias) X(decimal_width) X(decimal_scale) X(decimal_internal_type)     \
                      X(enum_internal_type) X(enum_dictionary_size) X(enum_dictionary_value)                 \
                          X(list_type_child_type) X(array_type_child_type) X(array_type_array_size) X(       \
                              map_type_key_type) X(map_type_value_type) X(struct_type_child_count)           \
                              X(struct_type_child_name) X(struct_type_child_type) X(union_type_member_count) \
                                  X(union_type_member_name) X(union_type_member_type)                        \
                                      X(destroy_logical_type) X(create_logical_type) X(create_decimal_type)  \
                                          X(create_bool) X(create_int64) X(create_uint64) X(create_float)    \
                                              X(create_double) X(create_varchar_length) X(create_blob)       \
                                                  X(create_date) X(create_time) X(create_timestamp)          \
                                                      X(create_timestamp_tz) X(create_interval)              \
                                                          X(create_uuid) X(create_decimal)                   \
                                                              X(create_null_value) X(create_list_value)      \
                                                                  X(destroy_value) X(from_time_tz)
// clang-format on

/// The functions, never null. As thread-safe as DuckDB's own.
struct Api {
// NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a member
#define PENSTOCK_DUCKDB_POINTER(name) decltype(&::duckdb_##name) name = nullptr;
  PENSTOCK_DUCKDB_FUNCTIONS(PENSTOCK_DUCKDB_POINTER)
#undef PENSTOCK_DUCKDB_POINTER
};

/// Loads the library, once a process whoever asks; it stays until the process ends. `configured` is the key
/// `library`; without it, the first of these that is there: the environment's PENSTOCK_DUCKDB_LIBRARY,
/// lib/penstock/libduckdb.so beside the program's own folder, the one that was found when Penstock was built,
/// and whatever the system calls libduckdb.so. Errors: `unavailable`, which says where it was looked for.
[[nodiscard]] Result<Api> load_library(const std::filesystem::path& configured);

}  // namespace penstock::duckdb
