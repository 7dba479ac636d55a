// Code that a name hides, as an adversary who may define things in the database would write it: the analysis
// cannot see it, so the transaction, the ROLLBACK, DISCARD ALL and the grants have to hold.
#include <gtest/gtest.h>

#include "security/postgresql_door.hpp"

namespace penstock::postgresql::test {
namespace {

/// What the code does; each of these bodies runs as the superuser who defined it (SECURITY DEFINER), so no
/// grant stops it.
struct Payload {
  std::string_view name;
  std::string_view body;
  bool by_every_vehicle = false;  ///< others are run by the first alone, as each costs a fifth of a second
};

constexpr Payload kPayloads[] = {
    {"delete", "delete from customer_db.customers", true},
    {"insert_elsewhere", "insert into hidden.secrets values ('x')"},
    {"define", "execute 'create table customer_db.made (a int)'"},
    {"temporary_table", "execute 'create temp table customers (a int)'"},
    {"advance", "perform nextval('customer_db.numbers')"},
    {"large_object", "perform lo_from_bytea(0, 'x'); perform lo_unlink(4711)"},
    {"allow_writes",
     "perform set_config('transaction_read_only', 'off', false); delete from customer_db.customers"},
    {"allow_later_writes", "perform set_config('default_transaction_read_only', 'off', false)", true},
    {"search_elsewhere", "perform set_config('search_path', 'hidden', false)", true},
    {"own_setting", "perform set_config('app.left', 'x', false)"},
    {"escapes", "perform set_config('standard_conforming_strings', 'off', false)"},
    {"lock", "perform pg_advisory_lock(1)"},
    {"lock_and_fail", "perform pg_advisory_lock(1); raise exception 'x'", true},
    {"lock_shared", "perform pg_try_advisory_lock_shared(1, 2)"},
    {"notify", "perform pg_notify('made', 'x')"},
    {"listen", "execute 'listen made'"},
    {"prepare", "execute 'prepare made as select 1'", true},
    {"prepare_and_fail", "execute 'prepare made as select 1'; raise exception 'x'"},
    {"cursor", "execute 'declare made cursor with hold for select 1'"},
    {"forget_ours", "execute 'deallocate all'", true},
    {"pose_as_ours",
     "execute 'deallocate penstock_begin_read'; execute 'prepare penstock_begin_read as select 1'"},
    {"pose_as_settings",
     "execute 'deallocate penstock_settings'; execute 'prepare penstock_settings(text, text) as select "
     "set_config(''search_path'', ''hidden'', true), set_config(''a.b'', $2, true)'"},
    {"reset", "execute 'reset all'"},
};

/// Ways to reach it from a text that passes the analysis.
struct Vehicle {
  std::string_view name;
  std::string_view definition;  ///< {payload} is a function that takes and returns an int
  std::string_view sql;
};

constexpr Vehicle kVehicles[] = {
    {"view", "create view customer_db.x as select {payload}(1) as a", "SELECT * FROM x"},
    {"operator",
     "create function customer_db.f(varchar, varchar) returns bool language sql as 'select {payload}(1) = 1';"
     "create operator customer_db.= (leftarg = varchar, rightarg = varchar, function = customer_db.f)",
     "SELECT 1 WHERE 'a'::varchar = 'b'::varchar"},
    {"cast",
     "create type customer_db.mood as enum ('good');"
     "create function customer_db.f(customer_db.mood) returns int language sql as 'select {payload}(1)';"
     "create cast (customer_db.mood as int) with function customer_db.f(customer_db.mood) as implicit",
     "SELECT 'good'::mood + 1"},
    {"domain", "create domain customer_db.x as int check ({payload}(value) = value)", "SELECT 1::x"},
    {"shadow",
     "create function customer_db.lower(varchar) returns text language sql as 'select {payload}(1)::text'",
     "SELECT lower('A'::varchar)"},
    {"aggregate",
     "create function customer_db.f(int, varchar) returns int language sql as 'select {payload}(1)';"
     "create aggregate customer_db.max(varchar) (sfunc = customer_db.f, stype = int)",
     "SELECT max(name::varchar) FROM customers"},
    {"field",
     "create function customer_db.id(accounts_db.accounts) returns int language sql as 'select {payload}(1)';"
     "create function customer_db.name(accounts_db.accounts) returns int language sql as 'select "
     "{payload}(1)'",
     "SELECT a.name FROM accounts_db.accounts a"},
    {"row_security",
     "create table customer_db.x (a int); insert into customer_db.x values (1); grant select on "
     "customer_db.x to agent;"
     "alter table customer_db.x enable row level security;"
     "create policy p on customer_db.x using ({payload}(a) = 1)",
     "SELECT * FROM x"},
    {"rule",
     "create table customer_db.x (a int); create rule \"_RETURN\" as on select to customer_db.x do instead "
     "select {payload}(1) as a",
     "SELECT * FROM x"},
    {"foreign_table",
     "create extension if not exists file_fdw schema extensions; create server s foreign data wrapper "
     "file_fdw;"
     "create foreign table customer_db.f (a text) server s options (filename '/etc/hostname');"
     "grant select on customer_db.f to agent;"
     "create view customer_db.x as select {payload}(1), a from customer_db.f",
     "SELECT * FROM x, f"},
};

std::string with(std::string_view text, const std::string& function) {
  std::string out(text);
  for (std::size_t at = out.find("{payload}"); at != std::string::npos; at = out.find("{payload}"))
    out.replace(at, 9, function);
  return out;
}

void define(const AttackedServer& server, const Payload& payload, const Vehicle& vehicle) {
  std::string sql =
      "set client_min_messages = warning; create schema evil; grant usage on schema evil to agent;";
  sql.append("create function evil.run(int) returns int language plpgsql security definer as $body$ begin ")
      .append(payload.body)
      .append("; return $1; end $body$;");
  sql += with(vehicle.definition, "evil.run") + ";";
  sql += "grant select on all tables in schema customer_db to agent";
  server.cluster().run(sql);
}

void remove(const AttackedServer& server) {
  server.cluster().run(
      "set client_min_messages = warning; drop schema evil cascade;"
      "drop table if exists customer_db.x cascade; drop view if exists customer_db.x cascade;"
      "drop server if exists s cascade; drop type if exists customer_db.mood cascade;"
      "drop domain if exists customer_db.x cascade; drop aggregate if exists customer_db.max(varchar);"
      "drop operator if exists customer_db.= (varchar, varchar);"
      "drop function if exists customer_db.f(varchar, varchar), customer_db.f(int, varchar),"
      " customer_db.lower(varchar), customer_db.id(accounts_db.accounts), "
      "customer_db.name(accounts_db.accounts)");
}

class PostgresqlHiddenCode : public testing::TestWithParam<bool> {};

TEST_P(PostgresqlHiddenCode, ChangesNothingAndLeavesNothing) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const AttackedServer server;
  server.cluster().run("create extension file_fdw schema extensions");
  for (const Vehicle& vehicle : kVehicles) {
    int reached = 0;
    for (const Payload& payload : kPayloads) {
      if (&vehicle != kVehicles && !payload.by_every_vehicle) continue;
      SCOPED_TRACE(std::string(vehicle.name) + " " + std::string(payload.name));
      define(server, payload, vehicle);
      Door door(server, {.analysis = GetParam()});
      // What PL/pgSQL defines when it is loaded is nothing that the code left behind.
      ASSERT_EQ(door.load_languages(), "");
      const std::string before = server.fingerprint();
      const std::string session = door.session();
      const auto answer = door.run(vehicle.sql);
      if (answer || answer.error().sqlstate == "25006" || answer.error().sqlstate == "P0001") ++reached;
      EXPECT_EQ(server.fingerprint(), before);
      EXPECT_EQ(door.session(), session);
      EXPECT_EQ(door.run("SELECT count(*) FROM accounts_db.accounts").value_or("nothing"), "2");
      remove(server);
    }
    EXPECT_GE(reached, 4) << vehicle.name << ": the code must run for the test to show anything";
  }
}

TEST_P(PostgresqlHiddenCode, LeavesNothingHoweverTheStatementEnds) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const AttackedServer server;
  server.cluster().run(
      "create function customer_db.take() returns int language sql as "
      "'select pg_advisory_lock(1); prepare made as select 1; select 1';"
      "create view customer_db.long as select (select customer_db.take()), repeat('x', 1000) from "
      "generate_series(1, "
      "1000000);"
      "create view customer_db.slow as select (select customer_db.take()), pg_sleep(60)::text;"
      "create view customer_db.failing as select (select customer_db.take()), 1 / (g - 5000) from "
      "generate_series(1, "
      "9000) g;"
      "grant select on all tables in schema customer_db to agent");
  Door door(server, {.analysis = GetParam()});
  const std::string before = server.fingerprint();
  const std::string session = door.session();
  const auto unchanged = [&](std::string_view what) {
    EXPECT_EQ(server.wait_for(before), before) << what;
    EXPECT_EQ(door.session(), session) << what;
    EXPECT_EQ(door.run("SELECT count(*) FROM customers").value_or("nothing"), "3") << what;
  };
  EXPECT_TRUE(door.run_and_drop("SELECT * FROM long"));
  unchanged("dropped by the caller");
  const auto failed = door.run("SELECT * FROM failing");
  EXPECT_FALSE(failed);
  unchanged("failed after its first rows");
  door.set_time_limit(std::chrono::milliseconds(300));
  const auto slow = door.run("SELECT * FROM slow");
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, ErrorCode::timeout) << slow.error().message;
  door.set_time_limit(std::chrono::seconds(20));
  unchanged("out of time");
}

TEST_P(PostgresqlHiddenCode, MayReturnArraysThatAreReadTwice) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const AttackedServer server;
  server.cluster().run(
      "create view customer_db.arrays as select a, pg_advisory_lock(1)::text from "
      "(values (array[1, 2]), (array[[1], [2]])) v(a); grant select on customer_db.arrays to agent");
  Door door(server, {.analysis = GetParam()});
  const std::string before = server.fingerprint();
  const auto arrays = door.run("SELECT a FROM arrays");
  EXPECT_TRUE(arrays) << arrays.error().message;
  EXPECT_EQ(server.fingerprint(), before);
}

TEST_P(PostgresqlHiddenCode, LeavesNothingAfterAWrite) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const AttackedServer server;
  server.cluster().run(
      "create function customer_db.leave() returns trigger language plpgsql as $$ begin"
      "  perform pg_advisory_lock(1); perform set_config('search_path', 'hidden', false);"
      "  perform set_config('default_transaction_read_only', 'on', false); perform pg_notify('made', 'x');"
      "  execute 'create temp table if not exists accounts (a int)'; execute 'prepare made as select 1';"
      "  execute 'listen made'; if new.id < 0 then raise exception 'x'; end if; return new; end $$;"
      "create trigger leave after insert on customer_db.customers for each row execute function "
      "customer_db.leave()");
  Door door(server, {.user = "postgres", .analysis = true, .access = Access::read_write});
  ASSERT_EQ(door.load_languages(), "");
  const std::string session = door.session();
  for (const char* sql :
       {"INSERT INTO customers VALUES (100, 'x')", "INSERT INTO customers VALUES (-1, 'x')"}) {
    const auto written = door.run(sql);
    EXPECT_EQ(written.has_value(), std::string_view(sql).find("-1") == std::string_view::npos) << sql;
    EXPECT_EQ(server.cluster().value("select count(*) from pg_locks where locktype = 'advisory'"), "0")
        << sql;
    EXPECT_EQ(door.session(), session) << sql;
    EXPECT_EQ(door.run("SELECT count(*) FROM customers").value_or("nothing"), "4") << sql;
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, PostgresqlHiddenCode, testing::Bool(), [](const auto& with_analysis) {
  return with_analysis.param ? "AllLayers" : "WithoutAnalysis";
});

}  // namespace
}  // namespace penstock::postgresql::test
