// The reviewed tables of the PostgreSQL policy, held against the catalogue of a real server.
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasources/postgresql/analysis.hpp"
#include "datasources/postgresql/code_map.hpp"
#include "datasources/postgresql/functions.hpp"
#include "datasources/postgresql/policy.hpp"
#include "servers/postgresql_cluster.hpp"

namespace penstock::postgresql {
namespace {

using test::PostgresqlCluster;
using testing::IsEmpty;

std::vector<std::string> column(const PostgresqlCluster& cluster, const std::string& sql,
                                std::string_view database = "postgres") {
  std::vector<std::string> values;
  for (const auto& row : cluster.run(sql, database))
    values.push_back(row.at(0).value_or(""));
  return values;
}

std::vector<std::string> only(const std::vector<std::string>& names, FunctionVerdict verdict) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (builtin_function(name).verdict == verdict) found.push_back(name);
  }
  return found;
}

TEST(PostgresqlPolicyOnAServer, EveryBuiltinFunctionWasJudged) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  const auto names =
      column(cluster, "select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace");
  EXPECT_GT(names.size(), 2'500U);
  EXPECT_THAT(only(names, FunctionVerdict::unknown), IsEmpty())
      << "new functions: run scripts/postgresql_functions, and read what they do";
}

TEST(PostgresqlPolicyOnAServer, NoVolatileFunctionIsAllowedUnseen) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  const auto allowed = only(column(cluster,
                                   "select distinct proname from pg_proc where provolatile = 'v' and "
                                   "pronamespace = 'pg_catalog'::regnamespace order by 1"),
                            FunctionVerdict::allowed);
  EXPECT_THAT(allowed,
              testing::UnorderedElementsAre(
                  "clock_timestamp", "timeofday", "random", "gen_random_uuid", "current_query",
                  "pg_relation_size", "pg_table_size", "pg_indexes_size", "pg_total_relation_size",
                  "pg_database_size", "pg_partition_tree", "pg_partition_ancestors", "pg_is_in_recovery",
                  "pg_jit_available", "pg_collation_actual_version", "pg_database_collation_actual_version"));
}

TEST(PostgresqlPolicyOnAServer, OperatorsAndCastsCannotReachARefusedFunction) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  // Types' input and output functions are refused by name, and casts by the input function are fine.
  const auto reached =
      column(cluster,
             "select distinct p.proname from pg_proc p where (oid in (select oprcode from pg_operator) "
             "or oid in (select castfunc from pg_cast)) and (provolatile = 'v' or not exists "
             "(select from pg_type t where p.oid in (t.typinput, t.typoutput, t.typreceive, t.typsend)))");
  EXPECT_THAT(only(reached, FunctionVerdict::refused), IsEmpty());
  EXPECT_THAT(
      column(cluster,
             "select proname from pg_proc p join pg_operator o on o.oprcode = p.oid where provolatile = 'v'"),
      IsEmpty());
}

TEST(PostgresqlPolicyOnAServer, NotationOfFieldsReachesNoRefusedBuiltin) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  ASSERT_EQ(cluster.value("select ('abc'::text).upper"), "ABC");
  ASSERT_EQ(cluster.value("select x.upper from concat('abc') x"), "ABC");
  // `value.name` calls name(value) where the function can do with one argument.
  constexpr const char* kCallable =
      "select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace and "
      "pronargs >= 1 and pronargs - pronargdefaults <= 1 and not 'internal'::regtype = any (proargtypes)";
  const Analyzer analyzer(Policy{});
  std::vector<std::string> reached;
  for (const std::string& name : column(cluster, kCallable)) {
    if (analyzer.analyze({"SELECT (x).\"" + name + "\", x.\"" + name + "\" FROM x", ""}))
      reached.push_back(name);
  }
  EXPECT_GT(reached.size(), 500U);
  // What is reached and not allowed are input and output functions, which do nothing that a cast does not do.
  EXPECT_THAT(only(reached, FunctionVerdict::setting), IsEmpty());
  EXPECT_THAT(only(reached, FunctionVerdict::writes), IsEmpty());
  const auto typical =
      column(cluster,
             "select distinct p.proname from pg_type t, pg_proc p where p.oid in (t.typinput, "
             "t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout)");
  EXPECT_THAT(only(reached, FunctionVerdict::refused), testing::IsSubsetOf(typical));
}

TEST(PostgresqlPolicyOnAServer, CatalogRelationsAllBeginWithPg) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  EXPECT_EQ(cluster.value("select count(*) from pg_class where relnamespace = 'pg_catalog'::regnamespace and "
                          "relname not like 'pg\\_%' and relkind in ('r', 'v', 'm', 'f', 'p', 'S')"),
            "0");
}

TEST(PostgresqlPolicyOnAServer, WhatMayBeReadIsThereForARoleWithoutRights) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  cluster.run("create role agent login");
  for (const std::string& name : readable_catalog()) {
    EXPECT_NO_THROW(cluster.run("set role agent; select * from " + name + " limit 1")) << name;
  }
  for (const std::string& name : readable_settings()) {
    EXPECT_NO_THROW(cluster.run("set role agent; show " + name)) << name;
  }
}

TEST(PostgresqlPolicyOnAServer, EveryFunctionOfAReviewedExtensionWasJudged) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  const auto available = column(cluster, "select name from pg_available_extensions");
  const std::set<std::string> here(available.begin(), available.end());
  int tried = 0;
  for (const std::string_view extension : known_extensions()) {
    const std::string name(extension);
    if (!here.contains(name)) continue;
    cluster.run("create extension if not exists \"" + name + "\" cascade");
    ++tried;
    const auto functions = column(
        cluster,
        "select distinct proname from pg_proc p join pg_depend d on d.classid = 'pg_proc'::regclass and "
        "d.objid = p.oid "
        "and d.deptype = 'e' join pg_extension e on e.oid = d.refobjid where e.extname = '" +
            name +
            "' and not 'internal'::regtype = any (proargtypes) and prorettype not in ('internal'::regtype, "
            "'trigger'::regtype, 'tsm_handler'::regtype) and not exists (select from pg_type t where p.oid "
            "in (t.typinput, "
            "t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze, t.typsubscript))");
    for (const std::string& function : functions) {
      EXPECT_TRUE(extension_function(function).verdict != FunctionVerdict::unknown ||
                  builtin_function(function).verdict != FunctionVerdict::unknown)
          << name << ": " << function;
    }
  }
  EXPECT_GE(tried, 15) << "install postgresql-contrib";
}

/// The probe's rows for `schemas`, as a map.
CodeMap probe(const PostgresqlCluster& cluster, const std::string& schemas) {
  const auto literal = [](const std::vector<std::string>& values) {
    std::string text = "'{";
    for (const std::string& value : values)
      text += (text.size() > 2 ? "," : "") + value;
    return text + "}'";
  };
  std::string sql(CodeMap::probe_sql());
  const auto replace = [&sql](const std::string& what, const std::string& by) {
    for (std::size_t at = sql.find(what); at != std::string::npos; at = sql.find(what))
      sql.replace(at, what.size(), by);
  };
  replace("$1", "'{" + schemas + "}'");
  replace("$2", literal(CodeMap::trusted_extensions()));
  CodeMap map;
  for (const auto& row : cluster.run(sql)) {
    EXPECT_TRUE(map.add(row.at(0).value_or(""), row.at(1).value_or(""), row.at(2).value_or("")));
  }
  return map;
}

bool reaches_code(const CodeMap& map, std::string_view sql) {
  static const Analyzer analyzer(
      Policy{.database = "postgres", .databases = {{"bank", "bank"}}, .extension_schemas = {"ext"}});
  const auto analysis = analyzer.analyze({sql, "bank"});
  if (!analysis) {
    ADD_FAILURE() << sql << ": " << analysis.error().message;
    return false;
  }
  const std::vector<std::string> path{"bank", "ext"};
  const auto reaches = map.reaches_code(*analysis, path);
  return !reaches || *reaches;
}

constexpr std::string_view kHonestSchema = R"(
create schema bank; create schema ext; create schema elsewhere;
create extension hstore schema ext; create extension citext schema ext; create extension pg_trgm schema ext;
create type bank.mood as enum ('good', 'bad');
create domain bank.positive as int check (value > 0);
create table bank.accounts (id int primary key, owner text, tags ext.hstore, mood bank.mood, kept bank.positive,
                            check (length(owner) > 0));
create index on bank.accounts (lower(owner));
create index on bank.accounts using gin (owner ext.gin_trgm_ops);
create table bank.moves (id int, at date) partition by range (at);
create table bank.moves_2024 partition of bank.moves for values from ('2024-01-01') to ('2025-01-01');
create materialized view bank.totals as select count(*) from bank.accounts;
create function elsewhere.evil(int) returns int language plpgsql immutable as 'begin return $1; end';
)";

TEST(PostgresqlCodeMapOnAServer, AnHonestSchemaRunsNothing) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  cluster.run(std::string(kHonestSchema));
  const CodeMap map = probe(cluster, "bank,ext");
  for (const char* sql :
       {"SELECT lower(owner), tags -> 'a', 1 + 1 FROM accounts", "SELECT * FROM moves, totals",
        "SELECT similarity(owner, 'x'), a.owner FROM bank.accounts a WHERE owner % 'y'",
        "SELECT 'good'::mood, 1::positive, a.mood FROM accounts a"}) {
    EXPECT_FALSE(reaches_code(map, sql)) << sql;
  }
  EXPECT_TRUE(reaches_code(map, "SELECT * FROM nothing"));
}

TEST(PostgresqlCodeMapOnAServer, FindsCodeWhereverAnAdversaryPutsIt) {
  PENSTOCK_NEEDS_POSTGRESQL();
  struct Case {
    const char* definition;
    const char* sql;
  };
  const PostgresqlCluster cluster;
  cluster.run(std::string(kHonestSchema));
  for (const Case& c :
       {Case{"create view bank.x as select elsewhere.evil(1)", "SELECT * FROM x"},
        Case{"create view ext.x as select 1 as a", "SELECT * FROM x"},
        Case{"create table bank.x (a int); alter table bank.x enable row level security; "
             "create policy p on bank.x using (elsewhere.evil(a) > 0)",
             "TABLE x"},
        Case{"create table bank.x (a int); alter table bank.x enable row level security; "
             "create policy p on bank.x for insert with check (exists (select from bank.x))",
             "TABLE x"},
        Case{"create table bank.x (a int); create index on bank.x (elsewhere.evil(a))", "TABLE x"},
        Case{"create table bank.x (a int); create index on bank.x (a) where elsewhere.evil(a) > 0",
             "TABLE x"},
        Case{"create table bank.x (a int check (elsewhere.evil(a) > 0))", "TABLE x"},
        Case{"create table bank.x (a int) partition by list (elsewhere.evil(a))", "TABLE x"},
        Case{
            "create table bank.x (a int) partition by list (a); create table elsewhere.y partition of bank.x "
            "(check (elsewhere.evil(a) > 0)) for values in (1)",
            "TABLE x"},
        Case{"create foreign data wrapper w; create server s foreign data wrapper w; create foreign table "
             "bank.x (a int) server s",
             "TABLE x"},
        Case{"create function bank.lower(varchar) returns text language sql as 'select ''x'''",
             "SELECT lower('a'::varchar)"},
        Case{"create function ext.upper(varchar) returns text language sql as 'select ''x'''",
             "SELECT upper('a'::varchar)"},
        Case{"create function bank.secret(bank.accounts) returns int language sql as 'select 1'",
             "SELECT a.secret FROM accounts a"},
        Case{"create function bank.owner(bank.accounts) returns int language sql as 'select 1'",
             "SELECT a.owner FROM accounts a"},
        Case{"create aggregate bank.max(varchar) (sfunc = textcat, stype = text)",
             "SELECT max(owner) FROM accounts"},
        Case{"create function bank.f(varchar, varchar) returns bool language sql as 'select true'; "
             "create operator bank.= (leftarg = varchar, rightarg = varchar, function = bank.f)",
             "SELECT 1 WHERE 'a'::varchar IN ('b')"},
        Case{"create function elsewhere.f(bank.mood) returns int language sql immutable as 'select 1'; "
             "create cast (bank.mood as int) with function elsewhere.f(bank.mood) as implicit",
             "SELECT mood FROM accounts"},
        Case{"create domain bank.x as int check (elsewhere.evil(value) > 0)", "SELECT 1::x"},
        Case{"create function elsewhere.d(int, int) returns float8 language sql immutable as 'select "
             "1.0::float8'; "
             "create type bank.x as range (subtype = int, subtype_diff = elsewhere.d)",
             "SELECT '[1,2]'::x"}}) {
    cluster.run(c.definition);
    EXPECT_TRUE(reaches_code(probe(cluster, "bank,ext"), c.sql)) << c.definition;
    cluster.run(
        "set client_min_messages = warning; drop schema bank, ext, elsewhere cascade; drop foreign data "
        "wrapper if exists w cascade");
    cluster.run(std::string(kHonestSchema));
  }
}

TEST(PostgresqlCodeMapOnAServer, KnowsWhichFunctionsAFieldWouldCall) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster;
  cluster.run(std::string(kHonestSchema));
  cluster.run(
      "create function bank.shout(text) returns text language sql as 'select upper($1)';"
      "create function bank.whisper(text, text default 'x') returns text language sql as 'select lower($1)';"
      "create function bank.two(text, text) returns text language sql as 'select $1';"
      "create function bank.none() returns text language sql as 'select 1';"
      "create function bank.owner(text) returns text language sql as 'select $1'");
  ASSERT_EQ(cluster.value("set search_path = bank; select ('a'::text).shout || ('A'::text).whisper"), "Aa");
  const CodeMap map = probe(cluster, "bank,ext");
  const auto judged = [&map](std::string_view sql) {
    const auto analysis = Analyzer(Policy{.databases = {{"bank", "bank"}}}).analyze({sql, "bank"});
    return map.reaches_code(analysis.value(), std::vector<std::string>{"bank", "ext"});
  };
  for (const char* sql : {"SELECT ('a'::text).shout", "SELECT ('a'::text).whisper"})
    EXPECT_FALSE(judged(sql)) << sql;
  EXPECT_EQ(judged("SELECT ('a'::text).owner"), true) << "a column has that name";
  EXPECT_EQ(judged("SELECT a.two, a.none FROM accounts a"), true) << "cannot be called so";
}

}  // namespace
}  // namespace penstock::postgresql
