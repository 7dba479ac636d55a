// What `penstock check` tells of a server: its version, and what the session could do beyond its access.
#include <array>
#include <charconv>

#include "datasources/postgresql/connection.hpp"

namespace penstock::postgresql {

namespace {

// One row a right that the session has: a number of kRights, and a count where it is of several things.
// $1: the schemas of the logical databases; $2: whether access is read-only.
constexpr std::string_view kRightsQuery =
    "WITH me AS (SELECT * FROM pg_catalog.pg_roles WHERE rolname = current_user) "
    "SELECT 0, 1 FROM me WHERE rolsuper "
    "UNION ALL SELECT 1, 1 FROM me WHERE rolcreaterole AND NOT rolsuper "
    "UNION ALL SELECT 2, 1 FROM me WHERE rolcreatedb AND NOT rolsuper "
    "UNION ALL SELECT 3, 1 FROM me WHERE rolbypassrls AND NOT rolsuper "
    "UNION ALL SELECT 4, 1 FROM me WHERE rolreplication AND NOT rolsuper "
    "UNION ALL SELECT 4 + g.n, 1 FROM me, (VALUES (1, 'pg_read_server_files'), (2, 'pg_write_server_files'), "
    "(3, 'pg_execute_server_program'), (4, 'pg_read_all_data'), (5, 'pg_write_all_data'), "
    "(6, 'pg_signal_backend'), (7, 'pg_read_all_settings'), (8, 'pg_read_all_stats')) AS g(n, name) "
    "WHERE NOT rolsuper AND pg_catalog.pg_has_role(g.name, 'USAGE') "
    "UNION ALL SELECT 13, 1 WHERE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') "
    "AND $2::bool "
    "UNION ALL SELECT 14, pg_catalog.count(*) FROM pg_catalog.pg_namespace n WHERE $2::bool "
    "AND n.nspname = ANY ($1::text[]) AND pg_catalog.has_schema_privilege(n.oid, 'CREATE') HAVING "
    "pg_catalog.count(*) > 0 "
    "UNION ALL SELECT 15, pg_catalog.count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
    "ON n.oid = c.relnamespace WHERE $2::bool AND c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname = ANY "
    "($1::text[]) "
    "AND (pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') "
    "OR pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE')) HAVING pg_catalog.count(*) > 0 "
    "UNION ALL SELECT 16, pg_catalog.count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
    "ON n.oid = c.relnamespace WHERE $2::bool AND n.nspname = ANY ($1::text[]) "
    "AND CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'USAGE, UPDATE') END HAVING "
    "pg_catalog.count(*) > 0 "
    "UNION ALL SELECT 17, 1 WHERE pg_catalog.has_database_privilege(pg_catalog.current_database(), "
    "'TEMPORARY') AND $2::bool "
    "ORDER BY 1";

struct Right {
  std::string_view text;
  std::string_view counted;  // what there are so many of; empty: it is one
};
constexpr std::array kRights{
    Right{"is a superuser, whom no grant stops", ""},
    Right{"may create and change roles (CREATEROLE)", ""},
    Right{"may create databases (CREATEDB)", ""},
    Right{"is not held by row-level security (BYPASSRLS)", ""},
    Right{"may replicate the whole server (REPLICATION)", ""},
    Right{"may read files of the server (pg_read_server_files)", ""},
    Right{"may write files of the server (pg_write_server_files)", ""},
    Right{"may run programs on the server (pg_execute_server_program)", ""},
    Right{"may read every table of the database (pg_read_all_data)", ""},
    Right{"may write to every table of the database (pg_write_all_data)", ""},
    Right{"may cancel and end sessions of others (pg_signal_backend)", ""},
    Right{"may read every setting of the server (pg_read_all_settings)", ""},
    Right{"may see what others run (pg_read_all_stats)", ""},
    Right{"may create schemas in the database, though access is read-only", ""},
    Right{"may create objects, though access is read-only, in ", " schemas"},
    Right{"may write, though access is read-only, to ", " tables and views"},
    Right{"may advance, though access is read-only, ", " sequences"},
    Right{"may create temporary tables (TEMPORARY, which PUBLIC has unless it is revoked)", ""},
};

}  // namespace

Result<ServerInfo> PostgresConnection::server_info(Deadline deadline) {
  const Run run(*session_, {});
  const Options& options = shared_->options;
  const bool read_only = options.config.access == Access::read_only;
  auto rows = ask(kRightsQuery, {options.schemas, read_only ? "true" : "false"}, deadline);
  if (!rows) return pass_error(rows);
  ServerInfo info;
  info.product = "PostgreSQL";
  info.version = session_->parameter("server_version");
  for (const auto& row : *rows) {
    std::size_t number = 0;
    std::from_chars(row[0]->data(), row[0]->data() + row[0]->size(), number);
    if (number >= kRights.size()) continue;
    const Right& right = kRights[number];
    std::string& warning = info.warnings.emplace_back("the database user ");
    warning += right.text;
    if (!right.counted.empty()) warning.append(row[1].value_or("")).append(right.counted);
  }
  if (!options.config.masks.empty()) {
    shared_->mask_maps.invalidate();
    auto masks = mask_map(deadline);
    if (!masks) return pass_error(masks);
    info.failures = (*masks)->failures();
  }
  if (PQsslInUse(session_->handle()) == 0 && session_->is_remote()) {
    info.warnings.emplace_back("the connection is not encrypted; `sslmode: verify-full` asks for it");
  }
  return info;
}

}  // namespace penstock::postgresql
