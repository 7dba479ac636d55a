// The statements around every query, prepared when a session begins.
#pragma once

#include <array>

namespace penstock::postgresql {

struct OwnStatement {
  const char* name;
  const char* sql;
};

inline constexpr const char* kBeginRead = "penstock_begin_read";
inline constexpr const char* kBeginWrite = "penstock_begin_write";
inline constexpr const char* kSettings = "penstock_settings";
inline constexpr const char* kKeepSettings = "penstock_keep_settings";
inline constexpr const char* kTrace = "penstock_trace";
inline constexpr const char* kQuerySettings = "penstock_query_settings";
inline constexpr const char* kRole = "penstock_role";
inline constexpr const char* kMaskGuard = "penstock_mask_guard";
inline constexpr const char* kViewsGuard = "penstock_views_guard";
inline constexpr const char* kRollback = "penstock_rollback";
inline constexpr const char* kCommit = "penstock_commit";

/// What the catalogue says of a relation's columns, as one text; and of who shows whose rows.
#define PENSTOCK_RELATION_SIGNATURE(oid, kind)                                                              \
  "(select pg_catalog.string_agg(pg_catalog.concat_ws(' ', " oid ", " kind                                  \
  ", a.attnum, a.attname, a.atttypid, a.atttypmod), ',' order by a.attnum) from pg_catalog.pg_attribute a " \
  "where a.attrelid operator(pg_catalog.=) " oid                                                            \
  " and a.attnum operator(pg_catalog.>) 0 and not a.attisdropped)"
#define PENSTOCK_VIEWS_SIGNATURE                                                                     \
  "pg_catalog.concat((select pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.oid, " \
  "r.ev_class, r.xmin), ',' order by r.oid)) from pg_catalog.pg_rewrite r where r.oid "              \
  "operator(pg_catalog.>=) "                                                                         \
  "16384), (select pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', h.inhrelid, "      \
  "h.inhparent), "                                                                                   \
  "',' order by h.inhrelid, h.inhparent)) from pg_catalog.pg_inherits h))"

/// kSettings holds for its transaction; kKeepSettings for the session, unless its transaction is rolled back.
///
/// A transaction that is READ ONLY stays so from its first snapshot on, and every statement that can run code
/// takes one before it does (PlannedStmtRequiresSnapshot() in PostgreSQL's pquery.c).
inline constexpr std::array kOwnStatements{
    OwnStatement{kBeginRead, "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"},
    OwnStatement{kBeginWrite, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"},
    OwnStatement{kSettings,
                 "SELECT pg_catalog.set_config('search_path', $1, true), "
                 "pg_catalog.set_config('statement_timeout', $2, true)"},
    OwnStatement{kKeepSettings,
                 "SELECT pg_catalog.set_config('search_path', $1, false), "
                 "pg_catalog.set_config('statement_timeout', $2, false)"},
    OwnStatement{kTrace, "SELECT pg_catalog.set_config('application_name', $1, true)"},
    OwnStatement{
        kQuerySettings,
        "SELECT pg_catalog.set_config(s.name, s.value, true) "
        "FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) "
        "AS s(name, value)"},
    OwnStatement{kRole, "SELECT pg_catalog.set_config('role', $1, true)"},
    OwnStatement{kMaskGuard,
                 "SELECT " PENSTOCK_RELATION_SIGNATURE(
                     "c.oid", "c.relkind") " FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), "
                                           "pg_catalog.unnest($2::pg_catalog.text[])) WITH ORDINALITY AS "
                                           "r(schema, name, place) JOIN pg_catalog.pg_namespace n ON "
                                           "n.nspname OPERATOR(pg_catalog.=) "
                                           "r.schema JOIN pg_catalog.pg_class c ON c.relnamespace "
                                           "OPERATOR(pg_catalog.=) n.oid AND c.relname "
                                           "OPERATOR(pg_catalog.=) r.name ORDER BY r.place"},
    OwnStatement{kViewsGuard, "SELECT " PENSTOCK_VIEWS_SIGNATURE},
    OwnStatement{kRollback, "ROLLBACK"},
    OwnStatement{kCommit, "COMMIT"},
};

}  // namespace penstock::postgresql
