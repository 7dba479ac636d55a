#include "datasources/postgresql/mask_map.hpp"

#include <algorithm>
#include <utility>

#include "datasources/postgresql/code_map.hpp"
#include "datasources/postgresql/functions.hpp"
#include "datasources/postgresql/own_statements.hpp"
#include "datasources/postgresql/parameters.hpp"
#include "datasources/postgresql/policy.hpp"

namespace penstock::postgresql {

namespace {

// $1, $2: schemas and names of the relations in `mask`; $3: whether any column of theirs is masked; $4: the
// schemas that statements can reach; $5: extensions whose functions are known to be harmless; $6: functions,
// of PostgreSQL's and of those, that statements may not call; $7: catalogue relations that they may read; $8:
// functions of PostgreSQL's that are known here, beside which a later version may have others.
//
// Closed is what shows rows of a masked relation without its mask: its partitions and children; its parents,
// whose rows its own are part of; views and materialised views over any of these, or over functions and
// operators of the users' own, whose bodies nobody reads here; foreign tables, which may lead back. What
// `mask` names is judged by its own masks, and whoever wrote them.
//
// What is built in leaves no trace in pg_depend, so the tree of a view that the server stores is looked at:
// pg_stats shows values as well, and query_to_xml() whatever its text reads.
constexpr std::string_view kProbe = R"sql(
with recursive wanted as materialized (
  select w.schema, w.name, w.masks, c.oid, c.relkind
    from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]),
                    pg_catalog.unnest($3::pg_catalog.bool[])) as w(schema, name, masks)
    left join (pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace)
      on n.nspname operator(pg_catalog.=) w.schema and c.relname operator(pg_catalog.=) w.name
         and c.relkind operator(pg_catalog.=) any (array['r', 'p', 'v', 'm', 'f']::pg_catalog."char"[])
), trusted as materialized (
  select d.classid, d.objid
    from pg_catalog.pg_depend d
    join pg_catalog.pg_extension e on e.oid operator(pg_catalog.=) d.refobjid
   where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
     and d.deptype operator(pg_catalog.=) 'e' and e.extname operator(pg_catalog.=) any ($5::pg_catalog.text[])
), opaque as materialized (
  select r.ev_class as oid
    from pg_catalog.pg_depend d join pg_catalog.pg_rewrite r on r.oid operator(pg_catalog.=) d.objid
   where d.classid operator(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
     and d.refclassid operator(pg_catalog.=) any (array['pg_catalog.pg_proc'::pg_catalog.regclass,
                                                        'pg_catalog.pg_operator'::pg_catalog.regclass]::pg_catalog.oid[])
     and d.refobjid operator(pg_catalog.>=) 16384
     and not exists (select from trusted t where t.classid operator(pg_catalog.=) d.refclassid
                        and t.objid operator(pg_catalog.=) d.refobjid)
     and r.ev_class operator(pg_catalog.<>) all (array(select oid from wanted where oid is not null))
), trees as materialized (
  select r.ev_class as oid, pg_catalog.concat(r.ev_qual, r.ev_action) as text
    from pg_catalog.pg_rewrite r
   where r.ev_class operator(pg_catalog.>=) 16384
     and r.ev_class operator(pg_catalog.<>) all (array(select oid from wanted where oid is not null))
), unheard as materialized (
  select p.oid from pg_catalog.pg_proc p
   where p.oid operator(pg_catalog.<) 16384
     and not exists (select from pg_catalog.unnest($8::pg_catalog.text[]) k(name)
                      where k.name operator(pg_catalog.=) p.proname)
), inside as materialized (
  select t.oid from trees t
   where exists (select from pg_catalog.regexp_matches(t.text, ':(?:(?:op)?funcid|aggfnoid|winfnoid) (\d+)', 'g') f(ids)
                   join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) f.ids[1]::pg_catalog.oid
                  where p.proname operator(pg_catalog.=) any ($6::pg_catalog.text[])
                     or exists (select from unheard u where u.oid operator(pg_catalog.=) p.oid))
      or exists (select from pg_catalog.regexp_matches(t.text, ':relid (\d+)', 'g') f(ids)
                   join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) f.ids[1]::pg_catalog.oid
                   join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
                  where c.oid operator(pg_catalog.<) 16384
                    and case when n.nspname operator(pg_catalog.=) 'pg_catalog' then c.relname::pg_catalog.text
                             else pg_catalog.concat(n.nspname, '.', c.relname) end
                        operator(pg_catalog.<>) all ($7::pg_catalog.text[]))
), down as (
  select oid from wanted where masks and oid is not null
  union
  select h.inhrelid from pg_catalog.pg_inherits h join down d on h.inhparent operator(pg_catalog.=) d.oid
), lineage as (
  select h.inhparent as ancestor, h.inhrelid as descendant
    from pg_catalog.pg_inherits h
    join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) h.inhrelid
   where c.relkind operator(pg_catalog.=) 'f'
      or c.oid operator(pg_catalog.=) any (array(select oid from wanted where masks and oid is not null))
  union
  select h.inhparent, l.descendant
    from pg_catalog.pg_inherits h join lineage l on h.inhrelid operator(pg_catalog.=) l.ancestor
), sources as materialized (
  select oid, 'partition' as why from down
  union all select ancestor, 'parent' from lineage
  union all select oid, 'foreign' from pg_catalog.pg_class where relkind operator(pg_catalog.=) 'f'
  union all select oid, 'code' from opaque
  union all select oid, 'inside' from inside
  union all select c.reltoastrelid, 'partition' from pg_catalog.pg_class c join down d on d.oid operator(pg_catalog.=) c.oid
), showing as (
  select oid from sources
  union
  select r.ev_class
    from showing s
    join pg_catalog.pg_depend d on d.refobjid operator(pg_catalog.=) s.oid
         and d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
         and d.classid operator(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    join pg_catalog.pg_rewrite r on r.oid operator(pg_catalog.=) d.objid
   where r.ev_class operator(pg_catalog.<>) all (array(select oid from wanted where oid is not null))
)
select 'relation'::pg_catalog.text as kind, w.schema, w.name, coalesce(w.relkind::pg_catalog.text, '') as detail,
       coalesce()sql" PENSTOCK_RELATION_SIGNATURE("w.oid", "w.relkind") R"sql(, '') as more, 0 as position
  from wanted w
union all
select 'column', w.schema, w.name, a.attname::pg_catalog.text, '', a.attnum
  from wanted w join pg_catalog.pg_attribute a on a.attrelid operator(pg_catalog.=) w.oid
 where a.attnum operator(pg_catalog.>) 0 and not a.attisdropped
union all
select 'generated', w.schema, w.name, g.attname::pg_catalog.text, a.attname::pg_catalog.text, 0
  from wanted w
  join pg_catalog.pg_attrdef f on f.adrelid operator(pg_catalog.=) w.oid
  join pg_catalog.pg_attribute g on g.attrelid operator(pg_catalog.=) w.oid
       and g.attnum operator(pg_catalog.=) f.adnum and g.attgenerated operator(pg_catalog.<>) ''
  join pg_catalog.pg_depend d on d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
       and d.refobjid operator(pg_catalog.=) w.oid and d.refobjsubid operator(pg_catalog.>) 0
       and ((d.classid operator(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
             and d.objid operator(pg_catalog.=) f.oid)
            or (d.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
                and d.objid operator(pg_catalog.=) w.oid and d.objsubid operator(pg_catalog.=) g.attnum))
  join pg_catalog.pg_attribute a on a.attrelid operator(pg_catalog.=) w.oid
       and a.attnum operator(pg_catalog.=) d.refobjsubid and a.attnum operator(pg_catalog.<>) g.attnum
union all
select 'lineage', p.schema, p.name, c.schema, c.name, 0
  from lineage l
  join wanted p on p.oid operator(pg_catalog.=) l.ancestor and p.masks
  join wanted c on c.oid operator(pg_catalog.=) l.descendant and c.masks
union all
select case when w.oid is not null then 'plain' when s.oid is not null then 'closed'
            when c.relkind operator(pg_catalog.=) any (array['v', 'm']::pg_catalog."char"[]) then 'view' else 'plain' end,
       n.nspname::pg_catalog.text, c.relname::pg_catalog.text,
       coalesce((select pg_catalog.min(x.why) from sources x where x.oid operator(pg_catalog.=) c.oid), 'view'), '', 0
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
  left join wanted w on w.oid operator(pg_catalog.=) c.oid
  left join (select distinct oid from showing) s on s.oid operator(pg_catalog.=) c.oid
 where n.nspname operator(pg_catalog.=) any ($4::pg_catalog.text[])
   and c.relkind operator(pg_catalog.=) any (array['r', 'p', 'v', 'm', 'f', 'S']::pg_catalog."char"[])
union all
select 'views', '', '', )sql" PENSTOCK_VIEWS_SIGNATURE R"sql(, '', 0
order by 1, 2, 3, 6)sql";

std::string key(std::string_view schema, std::string_view name) {
  std::string made(schema);
  made += '\0';
  return made += name;
}

std::string quoted(std::string_view schema, std::string_view name) {
  return std::string(schema) + "." + std::string(name);
}

std::string database_of(const Options& options, std::string_view schema) {
  const auto& databases = options.config.databases;
  const auto found = std::ranges::find(databases, schema, &LogicalDatabase::physical);
  return found == databases.end() ? std::string(schema) : found->name;
}

// Why a relation is closed, behind its name.
std::string words_for(std::string_view why) {
  if (why == "partition") return "is a part of a table with masked columns: read that table";
  if (why == "parent") return "has a part, a partition or a child, with masked columns or in another server";
  if (why == "foreign") return "is a foreign table, and what it shows is not known here";
  if (why == "code")
    return "runs a function or an operator of its own, and what that reads is not known here";
  if (why == "inside")
    return "reads a catalogue table or calls a function that statements may not, and that may show values";
  return "shows a table with masked columns";
}

}  // namespace

std::string_view MaskMap::probe_sql() noexcept {
  return kProbe;
}

Result<TextParameters> MaskMap::probe_parameters(const Options& options) {
  Value::List schemas;
  Value::List names;
  Value::List masks;
  for (const TableMask& table : options.config.masks) {
    const std::string* schema = options.schema_of(table.database);
    schemas.emplace_back(schema == nullptr ? table.database : *schema);
    names.emplace_back(table.table);
    masks.emplace_back(!table.columns.empty());
  }
  Value::List trusted;
  for (std::string& name : CodeMap::trusted_extensions())
    trusted.emplace_back(std::move(name));
  Value::List refused;
  for (std::string& name : refused_functions())
    refused.emplace_back(std::move(name));
  Value::List heard;
  for (std::string& name : builtin_functions())
    heard.emplace_back(std::move(name));
  Value::List readable;
  for (std::string& name : readable_catalog())
    readable.emplace_back(std::move(name));
  return to_text_parameters(Params{std::move(schemas), std::move(names), std::move(masks),
                                   options.searched_schemas, std::move(trusted), std::move(refused),
                                   std::move(readable), std::move(heard)});
}

class MaskMap::Reading {
 public:
  Reading(MaskMap& map, const Options& options) : map_(map), options_(options) {}

  [[nodiscard]] bool row(const TextRows::value_type& row) {
    if (row.size() != 6 || !std::ranges::all_of(row, [](const auto& value) { return value.has_value(); }))
      return false;
    const std::string& kind = *row[0];
    const std::string place = key(*row[1], *row[2]);
    if (kind == "relation") {
      map_.masked_.emplace(place, MaskedRelation{*row[1], *row[2], {}, *row[4]});
      if (row[3]->empty()) missing_.push_back(place);
    } else if (kind == "column") {
      map_.masked_.at(place).columns.push_back({*row[3], nullptr});
    } else if (kind == "generated") {
      generated_.push_back({place, *row[3], *row[4]});
    } else if (kind == "lineage") {
      lineage_.push_back({place, key(*row[3], *row[4]), {}});
    } else if (kind == "plain" || kind == "view" || kind == "closed") {
      const Kind known = kind == "plain" ? Kind::plain : kind == "view" ? Kind::view : Kind::closed;
      map_.known_.emplace(place, Known{known, known == Kind::closed ? words_for(*row[3]) : std::string()});
    } else if (kind == "views") {
      map_.views_signature_ = *row[3];
    } else {
      return false;
    }
    return true;
  }

  void finish() {
    for (const TableMask& table : options_.config.masks)
      apply(table);
    for (const Relation& one : generated_)
      check_generated(one);
    for (const Relation& one : lineage_)
      check_lineage(one);
    // What is only listed as it is has no mask.
    std::erase_if(map_.masked_, [](const auto& one) {
      return std::ranges::none_of(one.second.columns,
                                  [](const auto& column) { return column.mask != nullptr; });
    });
  }

 private:
  struct Relation {
    std::string place;
    std::string first;
    std::string second;
  };

  void apply(const TableMask& table) {
    const std::string* schema = options_.schema_of(table.database);
    const std::string place = key(schema == nullptr ? table.database : *schema, table.table);
    const auto found = map_.masked_.find(place);
    if (found == map_.masked_.end() || std::ranges::find(missing_, place) != missing_.end()) {
      return fail_for(table.database,
                      "`mask` names the table " + table.table + ", which the server does not have");
    }
    for (const ColumnMask& mask : table.columns) {
      auto& columns = found->second.columns;
      const auto column = std::ranges::find(columns, mask.column, &MaskedRelation::Column::name);
      if (column == columns.end()) {
        fail_for(table.database, "`mask` names the column " + mask.column + " of " + table.table +
                                     ", which the server does not have");
      } else {
        column->mask = &mask;
      }
    }
  }

  [[nodiscard]] static bool is_masked(const MaskedRelation& relation, std::string_view column) {
    const auto found = std::ranges::find(relation.columns, column, &MaskedRelation::Column::name);
    return found != relation.columns.end() && found->mask != nullptr;
  }

  void check_generated(const Relation& one) {
    const MaskedRelation& relation = map_.masked_.at(one.place);
    if (!is_masked(relation, one.second) || is_masked(relation, one.first)) return;
    fail_for(database_of(relation.schema), "the column " + one.first + " of " + relation.name +
                                               " is computed from " + one.second +
                                               ", which is masked, so it must be masked too");
  }

  void check_lineage(const Relation& one) {
    const MaskedRelation& parent = map_.masked_.at(one.place);
    const MaskedRelation& child = map_.masked_.at(one.first);
    for (const auto& column : child.columns) {
      if (column.mask == nullptr || is_masked(parent, column.name)) continue;
      fail_for(database_of(parent.schema), "the table " + quoted(child.schema, child.name) + " masks " +
                                               column.name + " and is a part of " + parent.name +
                                               ", which must mask it too");
    }
  }

  [[nodiscard]] std::string database_of(std::string_view schema) const {
    return penstock::postgresql::database_of(options_, schema);
  }
  void fail_for(const std::string& database, std::string message) {
    map_.close(options_, database, std::move(message));
  }

  MaskMap& map_;
  const Options& options_;
  std::vector<std::string> missing_;
  std::vector<Relation> generated_;
  std::vector<Relation> lineage_;
};

Result<std::shared_ptr<MaskMap>> MaskMap::read(const TextRows& rows, const Options& options) {
  auto map = std::make_shared<MaskMap>();
  Reading reading(*map, options);
  // Relations first: what else there is belongs to them.
  for (const bool relations : {true, false}) {
    for (const auto& row : rows) {
      const bool is_relation = !row.empty() && row[0] == "relation";
      if (is_relation != relations || reading.row(row)) continue;
      return fail(ErrorCode::internal, "the server's catalogue answers otherwise than it was asked");
    }
  }
  reading.finish();
  return map;
}

std::vector<MaskConstant> MaskMap::constants() const {
  std::vector<MaskConstant> found;
  for (const auto& [place, relation] : masked_) {
    for (const auto& column : relation.columns) {
      if (column.mask != nullptr && column.mask->rule == MaskRule::constant)
        found.push_back({&relation, &column});
    }
  }
  return found;
}

void MaskMap::refuse(const MaskConstant& constant, const Options& options) {
  close(options, database_of(options, constant.relation->schema),
        "the constant that `mask` shows for the column " + constant.column->name + " of " +
            constant.relation->name + " is no value of the column's type");
}

void MaskMap::close(const Options& options, const std::string& database, std::string message) {
  Error error;
  error.code = ErrorCode::unavailable;
  error.message = "database '" + database + "' is closed: " + std::move(message);
  error.hint = "The operator must bring `mask` and the database into agreement.";
  const std::string* schema = options.schema_of(database);
  failing_schemas_.emplace(schema == nullptr ? database : *schema, database);
  failures_.push_back({database, std::move(error)});
}

Result<void> MaskMap::check_served(std::string_view schema) const {
  const auto failing = failing_schemas_.find(schema);
  if (failing == failing_schemas_.end()) return {};
  const auto failure = std::ranges::find(failures_, failing->second, &DatabaseFailure::database);
  return std::unexpected(failure->error);
}

Result<MaskMap::Judgement> MaskMap::judge(const Analysis& analysis, std::span<const std::string> path) const {
  if (auto served = check_served(path.front()); !served) return pass_error(served);
  Judgement judgement;
  for (const CatalogName& name : analysis.names) {
    if (name.kind != CatalogName::Kind::relation) continue;
    if (auto judged = judge(name, path, judgement); !judged) return pass_error(judged);
  }
  return judgement;
}

// A name without a schema is looked for in all of the search path: what is found first may be gone by the
// time.
Result<void> MaskMap::judge(const CatalogName& name, std::span<const std::string> path,
                            Judgement& judgement) const {
  bool found = false;
  const std::span<const std::string> places = name.schema.empty() ? path : std::span(&name.schema, 1);
  for (const std::string& schema : places) {
    if (auto served = check_served(schema); !served) return served;
    const auto known = known_.find(key(schema, name.name));
    if (known == known_.end()) continue;
    found = true;
    if (known->second.kind == Kind::closed) {
      return fail(ErrorCode::forbidden, quoted(schema, name.name) + " " + known->second.why,
                  "The operator can open it by an entry of its own in `mask`.");
    }
    judgement.views = judgement.views || known->second.kind == Kind::view;
    const bool masked = find(schema, name.name) != nullptr;
    if (masked && &schema != places.data()) {
      return fail(ErrorCode::forbidden,
                  quoted(schema, name.name) + " is masked, and named without its schema",
                  "Write its schema in front of it.");
    }
    judgement.masked = judgement.masked || masked;
  }
  judgement.unknown = judgement.unknown || !found;
  return {};
}

const MaskedRelation* MaskMap::find(std::string_view schema, std::string_view name) const {
  const auto found = masked_.find(key(schema, name));
  return found == masked_.end() ? nullptr : &found->second;
}

std::shared_ptr<const Masking> MaskMap::recall(std::string_view database, std::string_view sql) const {
  const std::scoped_lock lock(mutex_);
  const auto found = maskings_.find(key(database, sql));
  return found == maskings_.end() ? nullptr : found->second;
}

void MaskMap::remember(std::string_view database, std::string_view sql,
                       std::shared_ptr<const Masking> masking) const {
  constexpr std::size_t kLongest = std::size_t{16} << 10;
  if (sql.size() > kLongest) return;
  const std::scoped_lock lock(mutex_);
  if (maskings_.size() >= kMostRemembered) maskings_.clear();
  maskings_.insert_or_assign(key(database, sql), std::move(masking));
}

}  // namespace penstock::postgresql
