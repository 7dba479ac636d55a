// A statement that runs under a role of the database tries to become another, or to say that it is somebody
// else, with the analysis and without.
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "security/postgresql_door.hpp"

namespace penstock::postgresql::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kTenants = R"sql(
create role door login noinherit; create role tenant_a; create role tenant_b;
grant tenant_a, tenant_b to door; grant connect on database postgres to door;
grant usage on schema customer_db, extensions to tenant_a, tenant_b;
create table customer_db.orders (id int, tenant text, owner text);
insert into customer_db.orders values (1, 'tenant_a', 'ada'), (2, 'tenant_b', 'ada'), (3, 'tenant_a', 'bob');
alter table customer_db.orders enable row level security;
create policy p on customer_db.orders using
  (tenant = current_user and owner = nullif(current_setting('app.user_id', true), ''));
grant select, insert, update, delete on customer_db.orders to tenant_a, tenant_b;
create function customer_db.whoami() returns text language plpgsql security definer as
  'begin return current_user; end';
create function customer_db.switch() returns text language plpgsql as
  'begin perform set_config(''role'', ''tenant_b'', false); return current_user; end';
create function customer_db.pretend() returns text language plpgsql as
  'begin perform set_config(''app.user_id'', ''bob'', false); return current_setting(''app.user_id''); end';
)sql";

/// Each would show, where it worked, rows of tenant_b or of bob.
constexpr std::string_view kAttacks[] = {
    "SET ROLE tenant_b",
    "SET LOCAL ROLE tenant_b",
    "SET SESSION ROLE tenant_b",
    "RESET ROLE",
    "RESET ALL",
    "SET SESSION AUTHORIZATION tenant_b",
    "RESET SESSION AUTHORIZATION",
    "SET app.user_id = 'bob'",
    "DISCARD ALL",
    "COMMIT",
    "ROLLBACK",
    "ROLLBACK; SELECT * FROM orders",
    "DO $$ BEGIN SET ROLE tenant_b; END $$",
    "DO $$ BEGIN PERFORM set_config('role', 'tenant_b', false); END $$",
    "SELECT set_config('role', 'tenant_b', true), o.* FROM orders o",
    "SELECT pg_catalog.set_config('role', 'tenant_b', false), o.* FROM orders o",
    "SELECT \"set_config\"('role', 'none', false), o.* FROM orders o",
    "WITH r AS MATERIALIZED (SELECT set_config('role', 'tenant_b', false)) SELECT * FROM r, orders",
    "SELECT * FROM set_config('role', 'tenant_b', true) r, orders",
    "SELECT * FROM orders WHERE set_config('role', 'tenant_b', true) = 'tenant_b'",
    "SELECT o.* FROM orders o ORDER BY set_config('role', 'tenant_b', true)",
    "SELECT set_config('app.user_id', 'bob', true), o.* FROM orders o",
    "SELECT * FROM (VALUES (set_config('app.user_id', 'bob', false))) v, orders",
    "UPDATE pg_settings SET setting = 'tenant_b' WHERE name = 'role'",
    "UPDATE pg_settings SET setting = 'bob' WHERE name = 'app.user_id'",
    "SELECT query_to_xml('select set_config(''role'', ''tenant_b'', true), * from orders', true, false, "
    "'')",
    "SELECT query_to_xml_and_xmlschema('set role tenant_b', true, false, '')",
    "SELECT cursor_to_xml('c', 1, true, false, '')",
    "SELECT ts_stat('select to_tsvector(set_config(''role'', ''tenant_b'', true))')",
    "SELECT ts_rewrite('a'::tsquery, 'select set_config(''role'',''tenant_b'',true)::tsquery, "
    "''b''::tsquery')",
    "SELECT table_to_xml('orders', true, false, '')",
    "SELECT schema_to_xml('customer_db', true, false, '')",
    "SELECT database_to_xml(true, false, '')",
    "SELECT dblink('dbname=postgres user=tenant_b', 'select 1')",
    "SELECT switch(), o.* FROM orders o",
    "SELECT pretend(), o.* FROM orders o",
    "SELECT o.switch FROM orders o",
    "SELECT ('role').set_config",
    "CALL switch()",
    "EXECUTE penstock_role('tenant_b')",
    "DEALLOCATE penstock_role",
    "PREPARE penstock_role(text) AS SELECT $1",
    "EXPLAIN ANALYZE SELECT set_config('role', 'tenant_b', false)",
    "CREATE TEMP TABLE orders AS SELECT 'bob' AS owner",
    "CREATE FUNCTION customer_db.f() RETURNS text LANGUAGE sql AS 'select 1'",
    "GRANT tenant_b TO tenant_a",
    "ALTER ROLE tenant_a SET role = 'tenant_b'",
    "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
    "DROP POLICY p ON orders",
    "SET row_security = off",
    "SELECT set_config('row_security', 'off', true), o.* FROM orders o",
    "COPY orders TO STDOUT",
    "SELECT * FROM hidden.secrets",
    "SELECT set_config('role', 'postgres', true), * FROM hidden.secrets",
    "SELECT set_config('session_authorization', 'postgres', true), * FROM hidden.secrets",
};

Door::Options tenant(bool analysis, Access access) {
  return {.user = "door",
          .analysis = analysis,
          .access = access,
          .roles = {{"a", "tenant_a"}, {"b", "tenant_b"}},
          .role = "tenant_a",
          .settings = {{"app.user_id", "ada"}}};
}

constexpr std::string_view kMine =
    "SELECT current_user, session_user, current_role, owner, tenant, id FROM orders ORDER BY id";

class PostgresqlRoleAttacks : public testing::TestWithParam<Access> {
 protected:
  void SetUp() override { PENSTOCK_NEEDS_POSTGRESQL(); }
};

TEST_P(PostgresqlRoleAttacks, ShowNothingOfOthersAndLeaveNothing) {
  const AttackedServer server;
  server.cluster().run(kTenants);
  Door door(server, tenant(true, GetParam()));
  const std::string before = server.fingerprint();
  for (const std::string_view attack : kAttacks) {
    SCOPED_TRACE(attack);
    const auto shown = door.run(attack);
    if (shown) {
      EXPECT_THAT(*shown, Not(HasSubstr("tenant_b")));
      EXPECT_THAT(*shown, Not(HasSubstr("bob")));
    }
    EXPECT_EQ(door.run(kMine).value_or("failed"), "tenant_a|door|tenant_a|ada|tenant_a|1");
    door.become("tenant_b");
    EXPECT_EQ(door.run(kMine).value_or("failed"), "tenant_b|door|tenant_b|ada|tenant_b|2");
    door.become("tenant_a");
  }
  if (GetParam() == Access::read_only) {
    EXPECT_EQ(server.wait_for(before), before);
  }
}

// Within its own statement, the server lets set_config() name any role that the login role is a member of,
// and any value of a setting. It is the analysis that keeps both away from it. What the server holds by
// itself: no more than the mapped roles have, and nothing of it in the next statement.
TEST_P(PostgresqlRoleAttacks, ReachNoMoreThanTheMappedRolesWithoutTheAnalysis) {
  const AttackedServer server;
  server.cluster().run(kTenants);
  Door door(server, tenant(false, GetParam()));
  for (const std::string_view attack : kAttacks) {
    SCOPED_TRACE(attack);
    const auto shown = door.run(attack);
    if (shown) {
      EXPECT_THAT(*shown, Not(HasSubstr(std::string(kSecret))));
    }
    EXPECT_EQ(door.run(kMine).value_or("failed"), "tenant_a|door|tenant_a|ada|tenant_a|1");
    door.become("tenant_b");
    EXPECT_EQ(door.run(kMine).value_or("failed"), "tenant_b|door|tenant_b|ada|tenant_b|2");
    door.become("tenant_a");
  }
  EXPECT_EQ(server.cluster().value("select count(*) from customer_db.orders where tenant = 'tenant_b'"), "1");
}

// A function of the owner's runs as its owner, and whoever calls it is the same again behind it.
TEST(PostgresqlRoleLimits, MayCallWhatTheOwnerRunsAsHimself) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const AttackedServer server;
  server.cluster().run(kTenants);
  Door door(server, tenant(false, Access::read_only));
  EXPECT_EQ(door.run("SELECT whoami(), current_user").value_or("failed"), "postgres|tenant_a");
  EXPECT_EQ(door.run(kMine).value_or("failed"), "tenant_a|door|tenant_a|ada|tenant_a|1");
}

TEST(PostgresqlRoleLimits, HaveNoRoleThatIsNotMapped) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const AttackedServer server;
  server.cluster().run(kTenants);
  Door door(server, tenant(true, Access::read_only));
  for (const char* role : {"", "postgres", "door", "none", "agent", "tenant_A"}) {
    door.become(role);
    const auto shown = door.run("SELECT 1");
    ASSERT_FALSE(shown) << role;
    EXPECT_EQ(shown.error().code, ErrorCode::forbidden);
  }
}

INSTANTIATE_TEST_SUITE_P(Access, PostgresqlRoleAttacks,
                         testing::Values(Access::read_only, Access::read_write),
                         [](const auto& access) { return std::string(to_string(access.param)); });

}  // namespace
}  // namespace penstock::postgresql::test
