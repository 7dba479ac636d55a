// The catalogue relations and settings that a statement may read. Whatever is not here is refused: passwords
// and other secrets (pg_authid, pg_shadow, pg_user_mapping, pg_subscription, pg_foreign_server,
// pg_db_role_setting), other people's values and statements (pg_stats, pg_statistic, pg_stat_activity,
// pg_stat_statements, pg_largeobject, pg_sequences, pg_prepared_statements, pg_cursors), files (pg_settings,
// pg_file_settings, pg_hba_file_rules), function bodies (pg_proc), who may log in (pg_roles), and the
// server's own affairs (locks, replication, tablespaces).
#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "datasources/postgresql/policy.hpp"

namespace penstock::postgresql {

namespace {

// Sorted, as are all lists here.
constexpr std::string_view kCatalog[] = {
    "pg_aggregate",
    "pg_am",
    "pg_amop",
    "pg_amproc",
    "pg_attrdef",
    "pg_attribute",
    "pg_cast",
    "pg_class",
    "pg_collation",
    "pg_constraint",
    "pg_conversion",
    "pg_database",
    "pg_depend",
    "pg_description",
    "pg_enum",
    "pg_extension",
    "pg_index",
    "pg_indexes",
    "pg_inherits",
    "pg_language",
    "pg_matviews",
    "pg_namespace",
    "pg_opclass",
    "pg_operator",
    "pg_opfamily",
    "pg_partitioned_table",
    "pg_range",
    "pg_sequence",
    "pg_stat_user_indexes",
    "pg_stat_user_tables",
    "pg_statio_user_indexes",
    "pg_statio_user_tables",
    "pg_tables",
    "pg_timezone_abbrevs",
    "pg_timezone_names",
    "pg_trigger",
    "pg_ts_config",
    "pg_ts_config_map",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_type",
    "pg_views",
};

constexpr std::string_view kInformation[] = {
    "applicable_roles",
    "attributes",
    "character_sets",
    "check_constraint_routine_usage",
    "check_constraints",
    "collation_character_set_applicability",
    "collations",
    "column_column_usage",
    "column_domain_usage",
    "column_privileges",
    "column_udt_usage",
    "columns",
    "constraint_column_usage",
    "constraint_table_usage",
    "data_type_privileges",
    "domain_constraints",
    "domain_udt_usage",
    "domains",
    "element_types",
    "enabled_roles",
    "foreign_tables",
    "information_schema_catalog_name",
    "key_column_usage",
    "parameters",
    "referential_constraints",
    "role_column_grants",
    "role_routine_grants",
    "role_table_grants",
    "role_udt_grants",
    "role_usage_grants",
    "routine_column_usage",
    "routine_privileges",
    "routine_routine_usage",
    "routine_sequence_usage",
    "routine_table_usage",
    "routines",
    "schemata",
    "sequences",
    "sql_features",
    "sql_implementation_info",
    "sql_sizing",
    "table_constraints",
    "table_privileges",
    "tables",
    "triggered_update_columns",
    "triggers",
    "udt_privileges",
    "usage_privileges",
    "user_defined_types",
    "view_column_usage",
    "view_routine_usage",
    "view_table_usage",
    "views",
};

constexpr std::string_view kSettings[] = {
    "application_name",
    "block_size",
    "bytea_output",
    "client_encoding",
    "datestyle",
    "deadlock_timeout",
    "default_text_search_config",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "effective_cache_size",
    "extra_float_digits",
    "in_hot_standby",
    "integer_datetimes",
    "intervalstyle",
    "is_superuser",
    "jit",
    "lc_collate",
    "lc_ctype",
    "lc_messages",
    "lc_monetary",
    "lc_numeric",
    "lc_time",
    "lock_timeout",
    "max_connections",
    "max_identifier_length",
    "max_index_keys",
    "random_page_cost",
    "row_security",
    "search_path",
    "seq_page_cost",
    "server_encoding",
    "server_version",
    "server_version_num",
    "session_authorization",
    "standard_conforming_strings",
    "statement_timeout",
    "timezone",
    "timezone_abbreviations",
    "transaction_deferrable",
    "transaction_isolation",
    "transaction_read_only",
    "work_mem",
};

static_assert(std::ranges::is_sorted(kCatalog));
static_assert(std::ranges::is_sorted(kInformation));
static_assert(std::ranges::is_sorted(kSettings));

}  // namespace

bool catalog_relation_allowed(std::string_view name) {
  return std::ranges::binary_search(kCatalog, name);
}

bool information_relation_allowed(std::string_view name) {
  return std::ranges::binary_search(kInformation, name);
}

std::vector<std::string> readable_catalog() {
  std::vector<std::string> names(std::begin(kCatalog), std::end(kCatalog));
  for (const std::string_view name : kInformation)
    names.push_back("information_schema." + std::string(name));
  return names;
}

bool setting_allowed(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::ranges::binary_search(kSettings, std::string_view(lower));
}

std::vector<std::string> readable_settings() {
  return {std::begin(kSettings), std::end(kSettings)};
}

}  // namespace penstock::postgresql
