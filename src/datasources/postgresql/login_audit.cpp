#include "datasources/postgresql/login_audit.hpp"

#include <string>
#include <utility>

#include "core/own_sqlstate.hpp"
#include "datasources/postgresql/parameters.hpp"

namespace penstock::postgresql {

namespace {

// A statement may run set_config('role', ...) where nothing but the analysis stops it, and what it then can
// become is what the login role is a member of. So all of that is looked at, however far away.
//
// pg_shdepend knows what a role owns ('o') and is granted ('a') in every database of the server. Of a
// database, CONNECT is what a login role needs. to_jsonb() reads a column that came with version 16.
constexpr std::string_view kAudit = R"sql(
with recursive me as materialized (
  select * from pg_catalog.pg_roles where rolname operator(pg_catalog.=) session_user
), mapped as materialized (
  select r.*, r.rolname operator(pg_catalog.=) any ($2::pg_catalog.text[]) as privileged
    from pg_catalog.pg_roles r where r.rolname operator(pg_catalog.=) any ($1::pg_catalog.text[])
), memberships as materialized (
  select m.member, m.roleid, m.admin_option,
         pg_catalog.to_jsonb(m) operator(pg_catalog.->>) 'inherit_option' as inherit_option
    from pg_catalog.pg_auth_members m
), reached as (
  select m.roleid from memberships m join me on m.member operator(pg_catalog.=) me.oid
  union
  select m.roleid from memberships m join reached x on m.member operator(pg_catalog.=) x.roleid
), owned as (
  select d.dbid, pg_catalog.count(*) as number,
         pg_catalog.min(pg_catalog.pg_describe_object(d.classid, d.objid, 0)) as one
    from pg_catalog.pg_shdepend d join me on d.refobjid operator(pg_catalog.=) me.oid
   where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
     and d.deptype operator(pg_catalog.=) 'o'
   group by d.dbid
), granted as (
  select d.dbid, pg_catalog.count(*) as number,
         pg_catalog.min(pg_catalog.pg_describe_object(d.classid, d.objid, 0)) as one
    from pg_catalog.pg_shdepend d join me on d.refobjid operator(pg_catalog.=) me.oid
   where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
     and d.deptype operator(pg_catalog.=) 'a'
     and d.classid operator(pg_catalog.<>) 'pg_catalog.pg_database'::pg_catalog.regclass
   group by d.dbid
), here as (
  select oid, datname from pg_catalog.pg_database where datname operator(pg_catalog.=) pg_catalog.current_database()
), places as (
  select 0::pg_catalog.oid as oid, '' as place
  union all select oid, '' from here
  union all select oid, ' of the database ' operator(pg_catalog.||) pg_catalog.quote_ident(datname)
    from pg_catalog.pg_database where datname operator(pg_catalog.<>) pg_catalog.current_database()
)
select 'is a superuser' from me where rolsuper
union all select 'inherits the rights of its roles (ALTER ROLE ... NOINHERIT ends that)' from me where rolinherit
union all select 'may create and change roles (CREATEROLE)' from me where rolcreaterole
union all select 'may create databases (CREATEDB)' from me where rolcreatedb
union all select 'may replicate the server (REPLICATION)' from me where rolreplication
union all select 'is not held by row-level security (BYPASSRLS)' from me where rolbypassrls
union all
select pg_catalog.format('owns %s object(s)%s%s', o.number, p.place,
                         case when p.place operator(pg_catalog.=) '' then ', such as ' operator(pg_catalog.||) o.one end)
  from owned o join places p on p.oid operator(pg_catalog.=) o.dbid
union all
select pg_catalog.format('has been granted rights itself on %s object(s)%s%s', g.number, p.place,
                         case when p.place operator(pg_catalog.=) '' then ', such as ' operator(pg_catalog.||) g.one end)
  from granted g join places p on p.oid operator(pg_catalog.=) g.dbid
union all
select pg_catalog.format('has been granted %s on the database %I%s', a.privilege_type, d.datname,
                         case when a.is_grantable then ' with grant option' end)
  from me cross join pg_catalog.pg_database d cross join lateral pg_catalog.aclexplode(d.datacl) a
 where a.grantee operator(pg_catalog.=) me.oid
   and (a.privilege_type operator(pg_catalog.<>) 'CONNECT' or a.is_grantable)
union all
select pg_catalog.format('can become %I, which `roles` does not name', r.rolname)
  from reached x join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) x.roleid
 where r.rolname operator(pg_catalog.<>) all ($1::pg_catalog.text[])
union all
select pg_catalog.format('may grant %I to others (ADMIN OPTION)', r.rolname)
  from memberships m join me on m.member operator(pg_catalog.=) me.oid
  join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) m.roleid where m.admin_option
union all
select pg_catalog.format('inherits the rights of %I (GRANT ... WITH INHERIT FALSE ends that)', r.rolname)
  from memberships m join me on m.member operator(pg_catalog.=) me.oid
  join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) m.roleid
 where m.inherit_option operator(pg_catalog.=) 'true'
union all
select pg_catalog.format('cannot become %I: the server has no such role', w.name)
  from pg_catalog.unnest($1::pg_catalog.text[]) as w(name)
 where not exists (select from mapped r where r.rolname operator(pg_catalog.=) w.name)
union all
select pg_catalog.format('cannot become %I: it is no member of that role', m.rolname)
  from mapped m where m.oid operator(pg_catalog.<>) all (select roleid from reached)
   and not exists (select from me where me.rolsuper)
union all
select pg_catalog.format('can become %I, which %s; `privileged: true` in `roles` allows that', m.rolname,
         case when m.rolsuper then 'is a superuser'
              when m.rolbypassrls then 'is not held by row-level security (BYPASSRLS)'
              when m.rolcreaterole then 'may create and change roles (CREATEROLE)'
              when m.rolreplication then 'may replicate the server (REPLICATION)'
              else 'is one of PostgreSQL''s own' end)
  from mapped m
 where not m.privileged and (m.rolsuper or m.rolbypassrls or m.rolcreaterole or m.rolreplication
                             or m.rolname operator(pg_catalog.~~) 'pg\_%')
)sql";

}  // namespace

std::string_view login_audit_sql() noexcept {
  return kAudit;
}

Result<TextParameters> login_audit_parameters(const Options& options) {
  Value::List all;
  Value::List privileged;
  for (const MappedRole& role : options.config.roles) {
    all.emplace_back(role.role);
    if (role.privileged) privileged.emplace_back(role.role);
  }
  return to_text_parameters(Params{std::move(all), std::move(privileged)});
}

Result<void> judge_login(const TextRows& rows, const Options& options) {
  if (rows.empty()) return {};
  std::string found;
  for (const auto& row : rows) {
    found += found.empty() ? ": it " : "; it ";
    found += row.empty() ? std::string() : row.front().value_or("");
  }
  auto refused =
      fail(ErrorCode::unauthenticated,
           "datasource '" + options.config.name +
               "' has `roles`, and the role that it connects as is not one that has nothing itself and can "
               "become those alone" +
               found,
           "docs/postgresql.md shows how to make such a role.");
  refused.error().sqlstate = kMisconfiguredServer;
  return refused;
}

}  // namespace penstock::postgresql
