#include "datasources/postgresql/code_map.hpp"

#include <algorithm>

#include "datasources/postgresql/functions.hpp"

namespace penstock::postgresql {

namespace {

// 16384 is FirstNormalObjectId: what initdb made has a lower one.
//
// Row-level security runs a policy's expression with each row. What it calls is not in pg_depend where it is
// built in, so the tree that the server stores is looked at: plain is one of stable and immutable built-ins
// that reads no other table.
constexpr std::string_view kProbe = R"sql(
with trusted as (
  select d.classid, d.objid
    from pg_catalog.pg_depend d
    join pg_catalog.pg_extension e on e.oid operator(pg_catalog.=) d.refobjid
   where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
     and d.deptype operator(pg_catalog.=) 'e'
     and e.extname operator(pg_catalog.=) any ($2::pg_catalog.text[])
), functions as (
  select p.oid, n.nspname, p.proname
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) p.pronamespace
   where p.oid operator(pg_catalog.>=) 16384
     and not exists (select from trusted t
                      where t.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                        and t.objid operator(pg_catalog.=) p.oid)
), operators as (
  select o.oid, n.nspname
    from pg_catalog.pg_operator o
    join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) o.oprnamespace
   where o.oid operator(pg_catalog.>=) 16384
     and not exists (select from trusted t
                      where t.classid operator(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass
                        and t.objid operator(pg_catalog.=) o.oid)
), depending as materialized (
  select d.classid, d.objid
    from pg_catalog.pg_depend d
   where (d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
          and d.refobjid operator(pg_catalog.=) any (array(select oid from functions)))
      or (d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass
          and d.refobjid operator(pg_catalog.=) any (array(select oid from operators)))
), policies as materialized (
  select polrelid, pg_catalog.concat(polqual, polwithcheck) as text from pg_catalog.pg_policy
), coded as materialized (
  select case when i.indrelid is not null then i.indrelid when c.conrelid is not null then c.conrelid
              else d.objid end as oid
    from depending d
    left join pg_catalog.pg_index i
      on d.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
         and i.indexrelid operator(pg_catalog.=) d.objid
    left join pg_catalog.pg_constraint c
      on d.classid operator(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass
         and c.oid operator(pg_catalog.=) d.objid
   where d.classid operator(pg_catalog.=) any (array['pg_catalog.pg_class'::pg_catalog.regclass,
                                                     'pg_catalog.pg_constraint'::pg_catalog.regclass]::pg_catalog.oid[])
  union all
  select oid from pg_catalog.pg_class where relkind operator(pg_catalog.=) 'f'
  union all
  select polrelid from policies
   where text operator(pg_catalog.~~) '%{SUBLINK %'
      or exists (select from pg_catalog.regexp_matches(text, ':(?:op)?funcid (\d+)', 'g') f(ids)
                  where not exists (select from pg_catalog.pg_proc p
                                     where p.oid operator(pg_catalog.=) f.ids[1]::pg_catalog.oid
                                       and p.provolatile operator(pg_catalog.<>) 'v'
                                       and p.oid operator(pg_catalog.<) 16384))
), coded_parents as (
  select exists (select from pg_catalog.pg_inherits h
                  where h.inhrelid operator(pg_catalog.=) any (array(select oid from coded))) as found
)
select 'function'::pg_catalog.text as kind, nspname::pg_catalog.text as schema, proname::pg_catalog.text as name
  from functions where nspname operator(pg_catalog.=) any ($1::pg_catalog.text[])
union all
select 'callable', f.nspname::pg_catalog.text, f.proname::pg_catalog.text
  from functions f
  join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) f.oid
 where f.nspname operator(pg_catalog.=) any ($1::pg_catalog.text[])
   and p.pronargs operator(pg_catalog.>) 0
   and p.pronargs operator(pg_catalog.-) p.pronargdefaults operator(pg_catalog.<=) 1
   and not exists (select from pg_catalog.pg_attribute a
                     join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) a.attrelid
                     join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
                    where a.attname operator(pg_catalog.=) f.proname and a.attnum operator(pg_catalog.>) 0
                      and n.nspname operator(pg_catalog.=) any ($1::pg_catalog.text[]))
union all
select 'operator', nspname::pg_catalog.text, ''
  from operators where nspname operator(pg_catalog.=) any ($1::pg_catalog.text[]) group by nspname
union all
select case when c.relkind operator(pg_catalog.=) 'v'
              or c.oid operator(pg_catalog.=) any (array(select oid from coded))
              or (c.relhassubclass and (select found from coded_parents)) then 'code' else 'plain' end,
       n.nspname::pg_catalog.text, c.relname::pg_catalog.text
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
 where n.nspname operator(pg_catalog.=) any ($1::pg_catalog.text[])
   and c.relkind operator(pg_catalog.=) any (array['r', 'p', 'v', 'm', 'f', 'S']::pg_catalog."char"[])
union all
select 'everywhere', '', 'cast'
 where exists (select from pg_catalog.pg_cast
                where castfunc operator(pg_catalog.=) any (array(select oid from functions)))
union all
select 'everywhere', '', 'domain'
 where exists (select from depending d
                 join pg_catalog.pg_constraint c
                   on d.classid operator(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass
                      and c.oid operator(pg_catalog.=) d.objid
                where c.contypid operator(pg_catalog.<>) 0::pg_catalog.oid)
union all
select 'everywhere', '', 'type'
 where exists (select from pg_catalog.pg_type
                where typinput::pg_catalog.oid operator(pg_catalog.=) any (array(select oid from functions))
                   or typoutput::pg_catalog.oid operator(pg_catalog.=) any (array(select oid from functions)))
    or exists (select from pg_catalog.pg_range
                where rngcanonical::pg_catalog.oid operator(pg_catalog.=) any (array(select oid from functions))
                   or rngsubdiff::pg_catalog.oid operator(pg_catalog.=) any (array(select oid from functions)))
union all
select 'everywhere', '', 'operator class'
 where exists (select from pg_catalog.pg_amproc
                where amproc::pg_catalog.oid operator(pg_catalog.=) any (array(select oid from functions)))
    or exists (select from pg_catalog.pg_amop
                where amopopr operator(pg_catalog.=) any (array(select oid from operators)))
)sql";

}  // namespace

std::string_view CodeMap::probe_sql() noexcept {
  return kProbe;
}

std::vector<std::string> CodeMap::trusted_extensions() {
  std::vector<std::string> names{"plpgsql"};
  for (const std::string_view name : known_extensions())
    names.emplace_back(name);
  return names;
}

bool CodeMap::add(std::string_view kind, std::string_view schema, std::string_view name) {
  if (kind == "plain") {
    plain_.emplace(schema, name);
  } else if (kind == "code") {
    code_.emplace(schema, name);
  } else if (kind == "function") {
    functions_.emplace(schema, name);
  } else if (kind == "callable") {
    callable_.emplace(schema, name);
  } else if (kind == "operator") {
    operators_.emplace(schema);
  } else if (kind == "everywhere") {
    everywhere_ = true;
  } else {
    return false;
  }
  return true;
}

bool CodeMap::calls_function(const CatalogName& name, std::span<const std::string> path) const {
  if (!name.schema.empty()) return functions_.contains(Place(name.schema, name.name));
  return std::ranges::any_of(
      path, [&](const std::string& schema) { return functions_.contains(Place(schema, name.name)); });
}

Result<bool> CodeMap::relation_reaches_code(const CatalogName& name,
                                            std::span<const std::string> path) const {
  if (!name.schema.empty()) return !plain_.contains(Place(name.schema, name.name));
  for (const std::string& schema : path) {
    const Place place(schema, name.name);
    const bool plain = plain_.contains(place);
    if (!plain && !code_.contains(place)) continue;
    if (&schema != path.data() && !extension_relation(name.name)) {
      return fail(ErrorCode::forbidden,
                  "the database has no table " + name.name + ", and the one in the schema " + schema +
                      " belongs to no extension",
                  "the operator can give extensions a schema of their own");
    }
    return !plain;
  }
  return true;
}

Result<bool> CodeMap::field_reaches_code(const CatalogName& name, std::span<const std::string> path) const {
  const auto called = std::ranges::find_if(
      path, [&](const std::string& schema) { return callable_.contains(Place(schema, name.name)); });
  if (called == path.end()) return calls_function(name, path);
  return fail(ErrorCode::forbidden,
              "." + name.name + " would call the function " + *called + "." + name.name +
                  ", as no table has such a column",
              "the operator can allow it by adding '" + *called + "." + name.name + "' to allow_functions");
}

Result<bool> CodeMap::name_reaches_code(const CatalogName& name, std::span<const std::string> path) const {
  switch (name.kind) {
    case CatalogName::Kind::relation:
      return relation_reaches_code(name, path);
    case CatalogName::Kind::field:
      return field_reaches_code(name, path);
    case CatalogName::Kind::function:
      break;
  }
  return calls_function(name, path);
}

Result<bool> CodeMap::reaches_code(const Analysis& analysis, std::span<const std::string> path) const {
  bool reaches = analysis.may_leave_state || everywhere_ ||
                 std::ranges::any_of(path, [this](const auto& s) { return operators_.contains(s); });
  for (const CatalogName& name : analysis.names) {
    const Result<bool> one = name_reaches_code(name, path);
    if (!one) return one;
    reaches = reaches || *one;
  }
  return reaches;
}

}  // namespace penstock::postgresql
