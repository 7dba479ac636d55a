// Queries that run under a role of the database: whom they run as, what row-level security lets them see, and
// that nothing of it stays.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/cli_process.hpp"
#include "integration/postgresql_site.hpp"
#include "servers/scratch.hpp"

namespace penstock::test {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

// Two tenants by role, and two users by a setting, in one table each.
constexpr const char* kTenants = R"sql(
CREATE ROLE door LOGIN NOINHERIT;
CREATE ROLE tenant_a; CREATE ROLE tenant_b; CREATE ROLE writer;
GRANT tenant_a, tenant_b, writer TO door;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO door;
GRANT USAGE ON SCHEMA customer_db TO tenant_a, tenant_b, writer;
CREATE TABLE orders (id int PRIMARY KEY, tenant text, owner text, total int);
INSERT INTO orders SELECT i, CASE WHEN i % 2 = 0 THEN 'tenant_a' ELSE 'tenant_b' END, 'user' || i % 3, i
  FROM generate_series(1, 600) i;
CREATE INDEX ON orders (tenant);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_role ON orders FOR SELECT USING (tenant = current_user);
CREATE POLICY by_user ON orders AS RESTRICTIVE FOR SELECT
  USING (owner = nullif(current_setting('app.user_id', true), '') OR nullif(current_setting('app.user_id', true), '') IS NULL);
CREATE TABLE notes (author name DEFAULT current_user, text text);
GRANT SELECT ON orders TO tenant_a, tenant_b;
GRANT SELECT (id, name) ON people TO tenant_a;
GRANT SELECT, INSERT ON notes TO writer;
ANALYZE orders;
)sql";

class PostgresqlRoles : public PostgresqlTest {
 protected:
  void SetUp() override {
    PostgresqlTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    site().run(kTenants);
    configure(keys());
  }
  static PostgresqlKeys keys() {
    return {.connection = {{"max_pool_size", "1"}, {"user", "door"}},
            .datasource = {{"roles", "{a: tenant_a, b: tenant_b, w: writer}"},
                           {"settings", "[app.user_id, app.other]"}}};
  }
  static QueryOptions as(std::string role, std::string user = {}) {
    QueryOptions options;
    options.role = std::move(role);
    if (!user.empty()) options.settings = {{"app.user_id", std::move(user)}};
    return options;
  }
  std::string ask(std::string_view sql, const QueryOptions& options, const Params& params = {}) {
    return as_text(query(sql, params, options));
  }
  // What the connect says of a login role that was changed so; the change is undone.
  std::string refusal_after(const std::string& change, const std::string& undo) {
    site().run(change);
    configure(keys());
    const QueryResult result = query("SELECT 1", {}, as("a"));
    site().run(undo);
    return result.success ? "" : std::string(to_string(*result.code)) + ": " + result.error;
  }
};

TEST_F(PostgresqlRoles, RunAsTheRoleAndAsNobodyAfterwards) {
  EXPECT_EQ(ask("SELECT current_user, session_user", as("a")), "tenant_a|door");
  EXPECT_EQ(ask("SELECT current_user, session_user", as("b")), "tenant_b|door");
  EXPECT_EQ(ask("SELECT current_user, session_user", as("a")), "tenant_a|door");
  EXPECT_EQ(connects(), 1U) << "one after the other on one connection";
}

TEST_F(PostgresqlRoles, AreChosenByTheNamesOfTheConfiguration) {
  EXPECT_THAT(ask("SELECT 1", as("tenant_a")), HasSubstr("forbidden"));
  const QueryResult result = query("SELECT 1", {}, as("A"));
  EXPECT_EQ(result.code, ErrorCode::forbidden) << "names are exact";
  EXPECT_EQ(result.hint, "Did you mean 'a'?");
}

TEST_F(PostgresqlRoles, AreNeededWhereThereAreSome) {
  EXPECT_THAT(ask("SELECT 1", {}), HasSubstr("runs queries under a role, and none was given"));
  EXPECT_EQ(manager().schema("customer_db").error().code, ErrorCode::forbidden);
  PostgresqlKeys with_default = keys();
  with_default.datasource[0].second = "{default: tenant_b}";
  site().run("REVOKE tenant_a, writer FROM door");
  configure(with_default);
  EXPECT_EQ(ask("SELECT current_user", {}), "tenant_b");
  EXPECT_THAT(ask("SELECT current_user", as("a")), HasSubstr("forbidden"));
}

TEST_F(PostgresqlRoles, SeeTheRowsThatTheirPoliciesAllow) {
  const std::string_view count = "SELECT count(*), min(tenant), max(tenant) FROM orders";
  for (int round = 0; round < 8; ++round) {  // the server keeps a generic plan from the sixth time on
    EXPECT_EQ(ask(count, as("a")), "300|tenant_a|tenant_a");
    EXPECT_EQ(ask(count, as("b")), "300|tenant_b|tenant_b");
    EXPECT_EQ(ask("SELECT count(*), min(owner) FROM orders WHERE id > $1", as("a", "user1"), {0}),
              "100|user1");
    EXPECT_EQ(ask("SELECT count(*), min(owner) FROM orders WHERE id > $1", as("a", "user2"), {0}),
              "100|user2");
    EXPECT_EQ(ask("SELECT count(*), min(owner) FROM orders WHERE id > $1", as("b", "user2"), {0}),
              "100|user2");
    EXPECT_EQ(ask("SELECT count(*), min(owner) FROM orders WHERE id > $1", as("a"), {0}), "300|user0");
  }
  EXPECT_EQ(connects(), 1U);
}

TEST_F(PostgresqlRoles, HaveTheRightsOfTheRoleAlone) {
  EXPECT_EQ(ask("SELECT name FROM people WHERE id = 1", as("a")), "Ada");
  EXPECT_THAT(ask("SELECT name FROM people WHERE id = 1", as("b")), HasSubstr("42501"));
  EXPECT_EQ(ask("SELECT name FROM people WHERE id = 1", as("a")), "Ada")
      << "prepared once more for each role";
}

TEST_F(PostgresqlRoles, DoNotSeeOthersAfterErrorsAndCancels) {
  for (int round = 0; round < 3; ++round) {
    EXPECT_THAT(ask("SELECT 1 / (id - id) FROM orders", as("a", "user1")), HasSubstr("22012"));
    EXPECT_EQ(ask("SELECT count(*) FROM orders", as("b")), "300");
    QueryOptions short_time = as("a", "user1");
    short_time.timeout = 150ms;
    EXPECT_THAT(ask("SELECT count(*) FROM orders a, orders b, orders c, orders d", short_time),
                HasSubstr("timeout"));
    EXPECT_EQ(ask("SELECT current_user, count(*) FROM orders", as("b")), "tenant_b|300");
    auto stream =
        manager().stream_query("SELECT a.id FROM orders a, orders b", "customer_db", {}, as("a", "user1"));
    ASSERT_TRUE(stream);
    EXPECT_TRUE(stream->next());
  }
  EXPECT_EQ(ask("SELECT current_user, count(*) FROM orders", as("b")), "tenant_b|300");
}

TEST_F(PostgresqlRoles, TakeSettingsAsValuesAndNothingElse) {
  const std::string odd = "'); RESET ROLE; SELECT set_config('role','tenant_b',true); -- \\ \" {a,b} \n ü";
  QueryOptions options = as("a", odd);
  EXPECT_EQ(ask("SELECT count(*) FROM orders", options), "0");
  options.settings = {{"app.user_id", "user1"}, {"app.other", ""}};
  EXPECT_EQ(ask("SELECT count(*) FROM orders", options), "100");
  options.settings = {{"app.user_id", std::string(QueryOptions::kMaxSettingBytes, 'x')}};
  EXPECT_EQ(ask("SELECT count(*) FROM orders", options), "0");
  options.settings.front().second += 'x';
  EXPECT_THAT(ask("SELECT 1", options), HasSubstr("invalid_argument"));
  options.settings = {{"app.user_id", "a"}, {"app.user_id", "b"}};
  EXPECT_THAT(ask("SELECT 1", options), HasSubstr("given twice"));
  options.settings = {{"app.user_id", std::string("a\0b", 3)}};
  EXPECT_THAT(ask("SELECT 1", options), HasSubstr("NUL"));
  options.settings = {{"app.user_id", "\xff"}};
  EXPECT_THAT(ask("SELECT 1", options), HasSubstr("UTF-8"));
  for (const char* name : {"role", "search_path", "app.USER_ID", "app.unknown", "session_authorization"}) {
    options.settings = {{name, "tenant_b"}};
    EXPECT_THAT(ask("SELECT 1", options), HasSubstr("may not set")) << name;
  }
}

TEST_F(PostgresqlRoles, WriteAsTheRole) {
  PostgresqlKeys writing = keys();
  writing.datasource.emplace_back("access", "read_write");
  configure(writing);
  EXPECT_EQ(ask("INSERT INTO notes (text) VALUES ('a') RETURNING author", as("w")), "writer");
  EXPECT_THAT(ask("INSERT INTO notes (text) VALUES ('b')", as("a")), HasSubstr("42501"));
  EXPECT_EQ(ask("SELECT author, text FROM notes", as("w")), "writer|a");
  EXPECT_THAT(ask("SELECT text FROM notes", as("a")), HasSubstr("42501"));
  EXPECT_EQ(ask("SELECT current_user", as("b")), "tenant_b");
  EXPECT_EQ(connects(), 1U);
}

TEST_F(PostgresqlRoles, ShowTheSchemaAsTheRoleSeesIt) {
  const auto names = [this](std::string role, std::string table) {
    const auto schema = manager().schema("customer_db", table, as(std::move(role)));
    if (!schema) return std::string(to_string(schema.error().code));
    std::string text;
    for (const TableInfo& one : schema->tables) {
      text += one.name + "(";
      for (const ColumnInfo& column : one.columns)
        text += column.name + " ";
      text += ")";
    }
    return text;
  };
  EXPECT_EQ(names("a", ""), "orders(id tenant owner total )people(id name )");
  EXPECT_EQ(names("b", ""), "orders(id tenant owner total )");
  EXPECT_EQ(names("b", "people"), "not_found");
  site().run("REVOKE SELECT (name) ON people FROM tenant_a");
  EXPECT_EQ(names("a", "people"), "people(id )");
}

TEST_F(PostgresqlRoles, ShareABatchWithTheirOwnAlone) {
  // Until it is known as quick, and the catalogue says that its policies run nothing of the users'.
  const std::string sql = "SELECT count(*), min(tenant), min(owner) FROM orders WHERE id > $1";
  std::vector<QueryOptions> who{as("a"), as("b"), as("a", "user1"), as("a", "user2"), as("b", "user1")};
  const std::vector<std::string> expected{"300|tenant_a|user0", "300|tenant_b|user0", "100|tenant_a|user1",
                                          "100|tenant_a|user2", "100|tenant_b|user1"};
  for (int i = 0; i < 3; ++i) {
    for (std::size_t w = 0; w < who.size(); ++w)
      EXPECT_EQ(ask(sql, who[w], {0}), expected[w]);
  }
  EXPECT_TRUE(manager().placement(sql, "customer_db", who[0])->may_share);
  const Params params{0};
  int shared = 0;
  for (std::size_t first = 0; first < who.size(); ++first) {
    std::vector<QueryRequest> requests;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < 4 * who.size(); ++i) {
      order.push_back((first + i) % who.size());
      requests.push_back({sql, "customer_db", params, who[order.back()]});
    }
    auto answers = manager().query_together(requests);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i]) {
        EXPECT_NE(order[i], first);
        continue;
      }
      EXPECT_EQ(order[i], first) << "another role, or other settings, in one transaction";
      ASSERT_TRUE(*answers[i]) << answers[i]->error().message;
      const auto batch = (**answers[i]).next();
      ASSERT_TRUE(batch && *batch);
      std::string text;
      for (std::size_t c = 0; c < 3; ++c)
        text += (c == 0 ? "" : "|") + (*Rows({**batch}).begin())[c].to_text();
      EXPECT_EQ(text, expected[order[i]]);
      ++shared;
    }
  }
  EXPECT_EQ(shared, 20);
}

TEST_F(PostgresqlRoles, KeepTenantsApartWhateverComesAtOnce) {
  PostgresqlKeys few = keys();
  few.connection[0].second = "2";
  configure(few);
  std::atomic<int> wrong = 0;
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i) {
          const bool is_a = (i + t) % 2 == 0;
          const std::string user = "user" + std::to_string((i / 2 + t) % 3);
          QueryOptions options = as(is_a ? "a" : "b", i % 4 < 3 ? user : "");
          const std::string sql =
              i % 5 == 4 ? "SELECT 1 / (total - total), tenant FROM orders"
                         : "SELECT min(tenant) || max(tenant), min(owner) || max(owner) FROM orders";
          const std::string text = ask(sql, options);
          const std::string role = is_a ? "tenant_a" : "tenant_b";
          const std::string users = i % 4 < 3 ? user + user : "user0user2";
          const bool ok = i % 5 == 4 ? text.contains("22012") : text == role + role + "|" + users;
          ++(ok ? right : wrong);
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(right, 400);
}

TEST_F(PostgresqlRoles, RefuseALoginRoleThatIsTooMuch) {
  struct Case {
    const char* change;
    const char* undo;
    const char* words;
  };
  for (const Case& one : {
           Case{"ALTER ROLE door INHERIT", "ALTER ROLE door NOINHERIT", "inherits the rights of its roles"},
           Case{"ALTER ROLE door SUPERUSER", "ALTER ROLE door NOSUPERUSER", "is a superuser"},
           Case{"ALTER ROLE door BYPASSRLS", "ALTER ROLE door NOBYPASSRLS", "BYPASSRLS"},
           Case{"ALTER ROLE door CREATEROLE", "ALTER ROLE door NOCREATEROLE", "CREATEROLE"},
           Case{"ALTER ROLE door CREATEDB", "ALTER ROLE door NOCREATEDB", "CREATEDB"},
           Case{"ALTER ROLE door REPLICATION", "ALTER ROLE door NOREPLICATION", "REPLICATION"},
           Case{"CREATE TABLE its (a int); ALTER TABLE its OWNER TO door", "DROP TABLE its",
                "owns 1 object(s), such as table customer_db.its"},
           Case{"GRANT SELECT ON people TO door", "REVOKE SELECT ON people FROM door",
                "granted rights itself on 1 object(s), such as table customer_db.people"},
           Case{"GRANT SELECT (name) ON people TO door", "REVOKE SELECT (name) ON people FROM door",
                "granted rights itself"},
           Case{"GRANT USAGE ON SCHEMA accounts_db TO door", "REVOKE USAGE ON SCHEMA accounts_db FROM door",
                "such as schema accounts_db"},
           Case{"GRANT SET ON PARAMETER work_mem TO door", "REVOKE SET ON PARAMETER work_mem FROM door",
                "granted rights itself"},
           Case{"GRANT CREATE ON DATABASE postgres TO door", "REVOKE CREATE ON DATABASE postgres FROM door",
                "granted CREATE on the database postgres"},
           Case{"GRANT CREATE ON DATABASE template1 TO door", "REVOKE CREATE ON DATABASE template1 FROM door",
                "granted CREATE on the database template1"},
           Case{"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO door",
                "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM door", "granted rights itself"},
           Case{"CREATE ROLE stranger; GRANT stranger TO door", "DROP ROLE stranger",
                "can become stranger, which `roles` does not name"},
           Case{"CREATE ROLE stranger; GRANT stranger TO tenant_a", "DROP ROLE stranger",
                "can become stranger, which `roles` does not name"},
           Case{"GRANT pg_read_all_data TO tenant_b", "REVOKE pg_read_all_data FROM tenant_b",
                "can become pg_read_all_data"},
           Case{"GRANT tenant_a TO door WITH ADMIN OPTION", "REVOKE ADMIN OPTION FOR tenant_a FROM door",
                "may grant tenant_a to others"},
           Case{"REVOKE tenant_b FROM door", "GRANT tenant_b TO door", "it is no member of that role"},
           Case{"ALTER ROLE tenant_b RENAME TO gone", "ALTER ROLE gone RENAME TO tenant_b",
                "the server has no such role"},
           Case{"ALTER ROLE tenant_b SUPERUSER", "ALTER ROLE tenant_b NOSUPERUSER",
                "can become tenant_b, which is a superuser"},
           Case{"ALTER ROLE tenant_b BYPASSRLS", "ALTER ROLE tenant_b NOBYPASSRLS",
                "can become tenant_b, which is not held by row-level security"},
       }) {
    const std::string refusal = refusal_after(one.change, one.undo);
    EXPECT_THAT(refusal, HasSubstr(one.words)) << one.change;
    EXPECT_THAT(refusal, HasSubstr("unavailable: ")) << "to callers, who have no part in it";
  }
  EXPECT_EQ(refusal_after("SELECT 1", "SELECT 1"), "") << "and nothing else was wrong";
  configure(keys());
  site().run("ALTER ROLE door SUPERUSER CREATEDB");
  const auto reports = manager().health();
  ASSERT_TRUE(reports.front().error);
  EXPECT_THAT(reports.front().error->message, HasSubstr("is a superuser; it may create databases"));
}

TEST_F(PostgresqlRoles, KeepTheServerFromStartingWhereTheLoginRoleIsTooMuch) {
  const ScratchFolder folder("penstock-roles-");
  site().write_configuration(folder.path(), keys());
  const std::vector<std::string> serve{"serve", "--listen", "127.0.0.1:0", "--config", folder.path()};
  site().run("ALTER ROLE door CREATEDB");
  const Finished refused = run_penstock(serve, {folder.path(), {}, {}});
  EXPECT_EQ(refused.status, 2) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("datasource 'bank' has `roles`"));
  EXPECT_THAT(refused.err, HasSubstr("it may create databases (CREATEDB)"));
  const Finished checked = run_penstock({"check", "--config", folder.path()}, {folder.path(), {}, {}});
  EXPECT_EQ(checked.status, 3) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("it may create databases (CREATEDB)"));

  site().run("ALTER ROLE door NOCREATEDB");
  Process server(serve, {folder.path(), {}, {}});
  ASSERT_TRUE(server.wait_for_text("penstock: serving on http://")) << server.errors();
  site().run("ALTER ROLE door CREATEDB");
  server.send_signal(SIGHUP);
  ASSERT_TRUE(server.wait_for_text("reload_failed")) << "and the configuration before goes on";
  EXPECT_TRUE(server.wait_for_text("it may create databases (CREATEDB)"));
  site().run("ALTER ROLE door NOCREATEDB");
  server.send_signal(SIGHUP);
  EXPECT_TRUE(server.wait_for_text("reloaded"));
  server.send_signal(SIGTERM);
  EXPECT_EQ(server.wait().status, 0);

  PostgresqlKeys down = keys();
  down.connection.emplace_back("port", "1");
  site().write_configuration(folder.path(), down);
  Process alone(serve, {folder.path(), {}, {}});
  EXPECT_TRUE(alone.wait_for_text("penstock: serving on http://")) << "that is no reason not to start";
}

TEST_F(PostgresqlRoles, MayBePrivilegedWhereTheConfigurationSaysSo) {
  site().run("ALTER ROLE tenant_b BYPASSRLS");
  PostgresqlKeys privileged = keys();
  privileged.datasource[0].second = "{a: tenant_a, b: {role: tenant_b, privileged: true}, w: writer}";
  configure(privileged);
  EXPECT_EQ(ask("SELECT count(*) FROM orders", as("b")), "600");
  EXPECT_EQ(ask("SELECT count(*) FROM orders", as("a")), "300");
}

TEST_F(PostgresqlRoles, DoNotGoWithARoleOfTheConnection) {
  PostgresqlKeys both = keys();
  both.connection.emplace_back("role", "tenant_a");
  try {
    configure(both);
    FAIL() << "it was accepted";
  } catch (const std::runtime_error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("exclude each other"));
  }
}

}  // namespace
}  // namespace penstock::test
