// Of the functions that statements may call (functions_builtin.cpp); those refused anyway are not looked at.
// https://www.postgresql.org/docs/15/functions-info.html, functions-admin.html
#include "datasources/postgresql/catalogue_readers.hpp"

#include <algorithm>
#include <array>

namespace penstock::postgresql {

namespace {

/// Those of pg_ that speak of a value, the session or the server alone. What a new version adds counts as a
/// reader until it stands here.
constexpr std::array<std::string_view, 25> kHarmless{"pg_backend_pid",
                                                     "pg_char_to_encoding",
                                                     "pg_client_encoding",
                                                     "pg_collation_for",
                                                     "pg_column_compression",
                                                     "pg_column_size",
                                                     "pg_conf_load_time",
                                                     "pg_encoding_max_length",
                                                     "pg_encoding_to_char",
                                                     "pg_get_keywords",
                                                     "pg_is_in_recovery",
                                                     "pg_jit_available",
                                                     "pg_lsn",
                                                     "pg_lsn_cmp",
                                                     "pg_lsn_eq",
                                                     "pg_lsn_larger",
                                                     "pg_lsn_mi",
                                                     "pg_lsn_smaller",
                                                     "pg_postmaster_start_time",
                                                     "pg_size_bytes",
                                                     "pg_size_pretty",
                                                     "pg_timezone_abbrevs",
                                                     "pg_timezone_names",
                                                     "pg_trigger_depth",
                                                     "pg_typeof"};

constexpr std::array<std::string_view, 6> kOthers{"obj_description",   "row_security_active",
                                                  "shobj_description", "col_description",
                                                  "format_type",       "makeaclitem"};

constexpr std::array<std::string_view, 9> kTypes{"regclass",     "regcollation", "regnamespace",
                                                 "regoper",      "regoperator",  "regproc",
                                                 "regprocedure", "regrole",      "regtype"};

bool contains(const auto& names, std::string_view name) noexcept {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

bool function_reads_catalogue(std::string_view name) noexcept {
  if (name.starts_with("pg_")) return !contains(kHarmless, name);
  return name.starts_with("has_") || name.starts_with("to_reg") || contains(kOthers, name) ||
         contains(kTypes, name);
}

bool type_reads_catalogue(std::string_view name) noexcept {
  return contains(kTypes, name);
}

}  // namespace penstock::postgresql
