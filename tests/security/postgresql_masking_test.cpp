// Statements that try to see the values of masked columns. Whatever they answer, and whatever their errors
// say, the values are not in it.
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "security/postgresql_masking_fixture.hpp"

namespace penstock::postgresql::test {
namespace {

using testing::HasSubstr;

// As `printf %s topsecret-ada | openssl dgst -sha256 -hmac KEY` has it.
std::string hash_of_note(const AttackedServer& server, std::string_view text) {
  server.cluster().run("create extension if not exists pgcrypto schema extensions");
  return server.cluster().value("select encode(extensions.hmac('" + std::string(text) + "', '" +
                                std::string(kKey) + "', 'sha256'), 'hex')");
}

TEST_F(PostgresqlMasking, ShowsWhatTheRulesSay) {
  const std::string hash = hash_of_note(*server_, "topsecret-ada");
  EXPECT_EQ(ask("SELECT * FROM people WHERE id = 1"), "1|Ada|NULL|03***1234|NULL|0|" + hash + "|NULL");
  EXPECT_EQ(ask("SELECT phone FROM people ORDER BY id"), "03***1234\n03***9876\n***") << "short values whole";
  EXPECT_EQ(ask("SELECT email, income FROM people WHERE id = 3"), "NULL|0");
  EXPECT_EQ(
      ask("SELECT pg_typeof(email), pg_typeof(phone), pg_typeof(birth), pg_typeof(income), pg_typeof(note), "
          "pg_typeof(mood)::text LIKE '%mood' FROM people LIMIT 1"),
      "text|text|date|numeric|text|true");
  EXPECT_EQ(ask("SELECT id, name FROM people_safe ORDER BY id LIMIT 1"), "1|Ada");
  EXPECT_EQ(ask("SELECT email FROM accounts_db.people"), "not masked here");
  EXPECT_EQ(ask("SELECT id, total FROM orders_view ORDER BY id LIMIT 1"), "10|5");
  EXPECT_EQ(ask("SELECT * FROM parts"), "1|it's \\ $1");
  EXPECT_EQ(ask("SELECT * FROM child"), "1|NULL|2");
}

struct Question {
  std::string_view sql;
  std::string_view answer;  ///< empty: whatever, without the values
};

constexpr Question kQuestions[] = {
    {"SELECT p.* FROM people p WHERE p.id = 3 AND p.email IS NULL", ""},
    {"SELECT row_to_json(p) FROM people p", ""},
    {"SELECT row_to_json(people) FROM people", ""},
    {"SELECT to_jsonb(p) FROM people p", ""},
    {"SELECT to_json(people.*) FROM people", ""},
    {"SELECT json_agg(people) FROM people", ""},
    {"SELECT jsonb_each_text(to_jsonb(p)) FROM people p", ""},
    {"SELECT p::text FROM people p", ""},
    {"SELECT people::text FROM people", ""},
    {"SELECT (p).* FROM people p", ""},
    {"SELECT (p).email FROM people p WHERE id = 1", "NULL"},
    {"SELECT (people).email FROM people WHERE id = 1", "NULL"},
    {"SELECT (SELECT q.email FROM (SELECT p.*) q) FROM people p WHERE id = 1", "NULL"},
    {"SELECT concat(p, '') FROM people p", ""},
    {"SELECT format('%s', p) FROM people p", ""},
    {"SELECT array_agg(email) FROM people", ""},
    {"SELECT string_agg(email, ',') FROM people", "NULL"},
    {"SELECT min(email), max(email), min(income), max(birth) FROM people", "NULL|NULL|0|NULL"},
    {"SELECT count(*) FROM people WHERE p_like(email)", ""},
    {"SELECT count(*) FROM people WHERE email LIKE 'ada%'", "0"},
    {"SELECT count(*) FROM people WHERE email = 'ada@' || 'sec' || 'ret.example'", "0"},
    {"SELECT count(*) FROM people WHERE income > 700000", "0"},
    {"SELECT count(*) FROM people WHERE birth BETWEEN '1800-01-01' AND '1820-01-01'", "0"},
    {"SELECT count(*) FROM people WHERE phone LIKE '%5551%'", "0"},
    {"SELECT count(*) FROM people WHERE people = ROW(1,'Ada','x','y',NULL,0,'z',NULL)", ""},
    {"SELECT id FROM people WHERE email IS NOT NULL", ""},
    {"SELECT id FROM people ORDER BY email, id", "1\n2\n3"},
    {"SELECT id FROM people ORDER BY income DESC, id", "1\n2\n3"},
    {"SELECT email, count(*) FROM people GROUP BY email", "NULL|3"},
    {"SELECT email FROM people GROUP BY email HAVING email LIKE 'a%'", ""},
    {"SELECT DISTINCT email FROM people", "NULL"},
    {"SELECT DISTINCT ON (email) id FROM people ORDER BY email, id", "1"},
    {"SELECT email::int FROM people", "NULL\nNULL\nNULL"},
    {"SELECT phone::int FROM people", ""},
    {"SELECT note::int FROM people", ""},
    {"SELECT phone::date FROM people WHERE id = 1", ""},
    {"SELECT CAST(people AS int) FROM people", ""},
    {"SELECT people::customer_db.people FROM people", ""},
    {"SELECT 1 / (income::int - 777778) FROM people WHERE id = 1", "0"},
    {"SELECT 1 FROM people WHERE 1 / (CASE WHEN email LIKE 'ada%' THEN 0 ELSE 1 END) = 2", ""},
    {"SELECT p.id FROM people p JOIN orders o ON o.email = p.email", ""},
    {"SELECT p.id FROM people p JOIN orders o USING (email)", ""},
    {"SELECT p.id FROM people p NATURAL JOIN orders o", ""},
    {"SELECT count(*) FROM orders o LEFT JOIN people p USING (email) WHERE p.id IS NULL", "2"},
    {"SELECT o.id FROM orders o WHERE o.email IN (SELECT email FROM people)", ""},
    {"SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM people p WHERE p.email = o.email)", ""},
    {"SELECT o.id FROM orders o WHERE (o.email) IN (TABLE people_safe)", ""},
    {"SELECT 1 WHERE 'x' IN (SELECT email FROM people UNION SELECT 'x')", "1"},
    {"SELECT email FROM people UNION SELECT 'a' ORDER BY 1", "a\nNULL"},
    {"SELECT email FROM people INTERSECT SELECT email FROM orders", ""},
    {"SELECT id FROM orders WHERE email IN (SELECT email FROM orders EXCEPT SELECT email FROM people) "
     "ORDER BY 1",
     "10\n11"},
    {"TABLE people", ""},
    {"SELECT * FROM (TABLE people) t", ""},
    {"WITH t AS (TABLE people) SELECT email FROM t WHERE id = 1", "NULL"},
    {"WITH people AS (SELECT * FROM people) SELECT email FROM people WHERE id = 1", "NULL"},
    {"WITH people AS (SELECT 'mine' AS email) SELECT email FROM people", "mine"},
    {"WITH people AS (SELECT 'mine' AS email) SELECT p.email FROM customer_db.people p WHERE id = 1", "NULL"},
    {"WITH people AS (SELECT 1) SELECT (SELECT email FROM customer_db.people WHERE id = 1)", "NULL"},
    {"SELECT (WITH people AS (SELECT 'mine' AS email) SELECT email FROM people), email FROM people "
     "WHERE id = 1",
     "mine|NULL"},
    {"WITH a AS (SELECT * FROM people), people AS (SELECT 'mine' AS email) SELECT a.email FROM a "
     "WHERE id = 1",
     "NULL"},
    {"WITH RECURSIVE r AS (SELECT id, email FROM people WHERE id = 1 UNION ALL SELECT p.id, p.email "
     "FROM people p "
     "JOIN r ON p.id = r.id + 1) SELECT * FROM r",
     "1|NULL\n2|NULL\n3|NULL"},
    {"WITH RECURSIVE a AS (SELECT email FROM people), people AS (SELECT 'mine' AS email) SELECT * "
     "FROM a",
     "mine"},
    {"SELECT email, lag(email) OVER (ORDER BY id), first_value(email) OVER w FROM people WINDOW w AS "
     "(PARTITION BY "
     "email) LIMIT 1",
     "NULL|NULL|NULL"},
    {"SELECT rank() OVER (ORDER BY income), id FROM people ORDER BY 1, 2", "1|1\n1|2\n1|3"},
    {"SELECT width_bucket(income, 0, 1000000, 4) FROM people WHERE id = 1", "1"},
    {"SELECT x.email FROM orders o, LATERAL (SELECT p.email FROM people p WHERE p.id = o.id - 9) x",
     "NULL\nNULL"},
    {"SELECT x.* FROM orders o CROSS JOIN LATERAL (SELECT * FROM people p WHERE p.email = o.email) x", ""},
    {"SELECT email FROM customer_db.people WHERE customer_db.people.id = 1", "NULL"},
    {"SELECT customer_db.people.email, people.id FROM customer_db.people WHERE people.id = 1", "NULL|1"},
    {"SELECT postgres.customer_db.people.email FROM postgres.customer_db.people WHERE id = 1", "NULL"},
    {"SELECT customer_db.people.* FROM customer_db.people WHERE id = 3", ""},
    {"SELECT \"people\".\"email\" FROM \"customer_db\".\"people\" WHERE id = 1", "NULL"},
    {"SELECT email FROM PEOPLE WHERE id = 1", "NULL"},
    {"SELECT a.email, b.email FROM people a, people b WHERE a.id = 1 AND b.id = 2", "NULL|NULL"},
    {"SELECT x.c FROM people AS x (a, b, c) WHERE x.a = 1", "NULL"},
    {"SELECT j.email FROM (people p JOIN orders o ON o.id = p.id + 9) AS j (id, name, email) WHERE "
     "j.id = 1",
     ""},
    {"SELECT email FROM ONLY people WHERE id = 1", "NULL"},
    {"SELECT email FROM ONLY (people) WHERE id = 1", "NULL"},
    {"SELECT email FROM people * WHERE id = 1", "NULL"},
    {"SELECT email FROM people TABLESAMPLE BERNOULLI (100) WHERE id = 1", "NULL"},
    {"SELECT s.email FROM people AS s TABLESAMPLE SYSTEM (100) REPEATABLE (1) WHERE id = 1", "NULL"},
    {"SELECT ctid FROM people", ""},
    {"SELECT people.xmin FROM people", ""},
    {"SELECT tableoid::regclass FROM people", ""},
    {"SELECT email FROM people FOR UPDATE", ""},
    {"SELECT count(email), count(note), count(DISTINCT income) FROM people", "0|3|1"},
    {"SELECT md5(email) FROM people WHERE id = 1", "NULL"},
    {"SELECT email COLLATE \"C\" FROM people WHERE id = 1", "NULL"},
    {"SELECT COALESCE(email, 'none') FROM people WHERE id = 1", "none"},
    {"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY income) = 0 FROM people", "true"},
    {"SELECT GREATEST(birth, '1700-01-01') FROM people WHERE id = 1", "1700-01-01"},
    {"SELECT mood FROM people WHERE mood = 'happy-' || 'x'", ""},
    {"SELECT id FROM people p WHERE p.email = ANY (SELECT email FROM orders)", ""},
    {"SELECT id FROM people GROUPING", ""},
    {"SELECT email, GROUPING(email) FROM people GROUP BY ROLLUP (email) ORDER BY 2", "NULL|0\nNULL|1"},
    {"VALUES ((SELECT email FROM people WHERE id = 1))", "NULL"},
    {"SELECT xmlforest(email, income) FROM people WHERE id = 1", "<income>0</income>"},
    {"SELECT ARRAY(SELECT email FROM people)", ""},
    {"SELECT jsonb_object_agg(id, email) FROM people", ""},
    {"SELECT hstore(p) FROM people p", ""},
    {"SELECT (json_populate_record(NULL::people, to_json(p))).email FROM people p WHERE id = 1", "NULL"},
};

TEST_F(PostgresqlMasking, HoldsForEveryWayToRead) {
  for (const Question& one : kQuestions) {
    const std::string text = ask(one.sql);
    if (!one.answer.empty()) {
      EXPECT_EQ(text, one.answer) << one.sql;
    }
  }
}

TEST_F(PostgresqlMasking, RefusesWhatShowsMaskedColumnsByAnotherName) {
  for (const std::string_view sql : {
           "SELECT * FROM people_view",
           "SELECT * FROM customer_db.people_view_view",
           "SELECT * FROM people_copy",
           "SELECT * FROM through_function",
           "SELECT * FROM old_style",
           "SELECT * FROM parent",
           "SELECT * FROM ONLY parent",
           "SELECT * FROM parts_1",
           "SELECT id FROM people_view",
           "WITH x AS (SELECT * FROM people_view) SELECT 1",
           "SELECT 1 FROM orders WHERE EXISTS (SELECT FROM people_copy)",
           "EXPLAIN SELECT * FROM people",
           "EXPLAIN (VERBOSE) SELECT note FROM people",
           "EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM people WHERE email = 'a'",
           "EXPLAIN SELECT 1 FROM orders WHERE email IN (SELECT email FROM people)",
       }) {
    EXPECT_THAT(ask(sql), testing::StartsWith("forbidden")) << sql;
  }
  EXPECT_THAT(ask("SELECT * FROM people_view"), HasSubstr("shows a table with masked columns"));
}

TEST_F(PostgresqlMasking, HidesWhatTheCatalogueKnowsOfValues) {
  for (const std::string_view sql : {
           "SELECT * FROM pg_stats",
           "SELECT most_common_vals FROM pg_catalog.pg_stats",
           "SELECT * FROM pg_statistic",
           "SELECT * FROM pg_stats_ext",
           "SELECT * FROM pg_stats_ext_exprs",
           "SELECT * FROM pg_statistic_ext_data",
           "SELECT query FROM pg_stat_activity",
           "SELECT * FROM pg_prepared_statements",
           "SELECT prosrc FROM pg_proc",
           "SELECT * FROM pg_cursors",
           "SELECT query_to_xml('select * from people', true, false, '')",
           "SELECT table_to_xml('people', true, false, '')",
           "SELECT email_of(1)",
           "SELECT p.email_of FROM people p",
           "SELECT * FROM email_of(1)",
           "SELECT current_setting('app.x')",
           "COPY people TO STDOUT",
       }) {
    EXPECT_THAT(ask(sql), testing::StartsWith("forbidden")) << sql;
  }
}

TEST_F(PostgresqlMasking, KeepsTheKeyOfTheHashToItself) {
  for (const std::string_view sql : {
           "SELECT $1::text, note FROM people",
           "SELECT $2::bytea FROM people",
           "SELECT note || $1 FROM people",
           "SELECT note FROM people WHERE 1 / (id - id) = 1",
           "SELECT note::int FROM people",
           "SELECT note FROM people p JOIN nobody USING (id)",
           "SELECT pg_typeof($1), note FROM people",
       }) {
    ask(sql);
  }
  EXPECT_THAT(ask("SELECT $1::text, note FROM people"), HasSubstr("has 1 parameters, but 0 values"));
}

TEST_F(PostgresqlMasking, RefusesWritesAndDefinitions) {
  run("grant all on all tables in schema customer_db to agent");
  open(masked(Access::read_write));
  for (const std::string_view sql : {
           "INSERT INTO people (id, email) VALUES (9, 'x')",
           "INSERT INTO people (id, email) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = "
           "people.email",
           "UPDATE people SET name = email RETURNING *",
           "UPDATE people p SET name = 'x' WHERE email LIKE 'ada%'",
           "DELETE FROM people WHERE email LIKE 'ada%'",
           "DELETE FROM people RETURNING email",
           "MERGE INTO people p USING orders o ON o.email = p.email WHEN MATCHED THEN DELETE",
           "TRUNCATE people",
           "UPDATE parts_1 SET id = 1",
           "UPDATE people_view SET id = 1",
           "ANALYZE people",
           "ALTER TABLE people RENAME COLUMN email TO mail",
           "ALTER TABLE people RENAME TO folk",
           "CREATE VIEW v AS SELECT * FROM people",
           "CREATE TABLE t AS SELECT * FROM people",
           "CREATE TABLE t (LIKE people)",
           "CREATE TABLE t () INHERITS (people)",
           "CREATE TABLE t (email text REFERENCES people (email))",
           "CREATE INDEX ON people ((1 / length(email)))",
           "SELECT * INTO t FROM people",
           "DROP TABLE people",
           "COMMENT ON COLUMN people.email IS 'x'",
           "SELECT email FROM people FOR UPDATE",
           "SELECT 1 FROM orders o JOIN people p ON true FOR SHARE OF p",
           "EXPLAIN UPDATE people SET id = 1",
       }) {
    EXPECT_THAT(ask(sql), testing::StartsWith("forbidden")) << sql;
  }
  EXPECT_EQ(server_->cluster().value("select count(*) from customer_db.people where email like '%secret%'"),
            "2");
  ask("INSERT INTO orders SELECT id + 100, email, 0 FROM people");
  EXPECT_EQ(ask("SELECT count(*), count(email) FROM orders WHERE id > 100"), "3|0")
      << "what was written is masked";
  ask("UPDATE orders o SET email = p.note FROM people p WHERE o.id = p.id + 100");
  EXPECT_EQ(ask("SELECT DISTINCT length(email) FROM orders WHERE id > 100"), "64");
  ask("DELETE FROM orders o USING people p WHERE p.email = o.email");
  EXPECT_EQ(ask("SELECT count(*) FROM orders"), "5");
  ask("MERGE INTO orders o USING people p ON o.id = p.id + 100 WHEN MATCHED THEN UPDATE SET email = p.phone");
  EXPECT_EQ(ask("SELECT email FROM orders WHERE id = 101"), "03***1234");
}

TEST_F(PostgresqlMasking, FailsClosedWhenColumnsAreNotWhatTheyWere) {
  const std::string_view sql = "SELECT name, email FROM people WHERE id = 1";
  EXPECT_EQ(ask(sql), "Ada|NULL");
  run("alter table people rename email to mail");
  EXPECT_THAT(ask(sql), testing::StartsWith("unavailable"));
  EXPECT_THAT(ask("SELECT mail FROM people"), HasSubstr("names the column email of people"));
  EXPECT_THAT(ask("SELECT 1 FROM orders"), testing::StartsWith("unavailable")) << "of that database";
  EXPECT_THAT(ask("SELECT 1 FROM accounts_db.accounts a JOIN customer_db.orders o ON true"),
              testing::StartsWith("unavailable"));
  run("alter table people rename mail to email");
  EXPECT_EQ(ask(sql), "Ada|NULL") << "and it is open again";
}

TEST_F(PostgresqlMasking, SeesAtOnceWhatBecameOfMaskedTables) {
  const std::string_view sql = "SELECT name, email, note FROM people WHERE id = 2";
  ask(sql);
  run("alter table people add column ssn text default 'topsecret-ssn'; alter table people drop column note");
  EXPECT_THAT(ask(sql), testing::StartsWith("unavailable"));
  run("alter table people add column note text; alter table people alter column phone type varchar(40)");
  EXPECT_EQ(ask(sql), "Grace|NULL|NULL");
  run("drop table people cascade");
  EXPECT_THAT(ask(sql), testing::StartsWith("unavailable"));
  run("create view people as select id, email as name, email, phone, birth, income, note, null::mood as mood "
      "from (values (2, 'x', 'p', date '2000-01-01', 1.0, 'n')) v(id, email, phone, birth, income, note); "
      "create view people_safe as select id, name from people; grant select on people to agent");
  EXPECT_EQ(ask("SELECT name, email FROM people"), "x|NULL") << "a view is masked like a table";
}

TEST_F(PostgresqlMasking, SeesAtOnceWhatBecameOfViews) {
  EXPECT_EQ(ask("SELECT id, total FROM orders_view WHERE id = 10"), "10|5");
  run("create or replace view orders_view as select o.id, o.total from orders o join people p using (email)");
  EXPECT_THAT(ask("SELECT id, total FROM orders_view WHERE id = 10"), testing::StartsWith("forbidden"));
  run("create view brand_new as select email from people; grant select on brand_new to agent");
  EXPECT_THAT(ask("SELECT * FROM brand_new"), testing::StartsWith("forbidden"));
  run("create view innocent as select 1 as one; grant select on innocent to agent");
  EXPECT_EQ(ask("SELECT * FROM innocent"), "1");
  EXPECT_THAT(ask("SELECT * FROM nowhere"), testing::StartsWith("not_found"));
}

TEST_F(PostgresqlMasking, WantsGeneratedColumnsAndParentsMaskedToo) {
  run("alter table people add column domain text generated always as (split_part(email, '@', 2)) stored");
  EXPECT_THAT(ask("SELECT id FROM people"), HasSubstr("the column domain of people is computed from email"));
  run("alter table people drop column domain");
  run("create table upper (id int, email text); alter table child inherit upper; grant select on upper to "
      "agent");
  auto options = masked();
  options.masks.push_back({"customer_db", "upper", {null_of("id")}});
  open(options);
  EXPECT_THAT(ask("SELECT id FROM people"), HasSubstr("which must mask it too"));
  options.masks.back().columns = {null_of("email")};
  open(options);
  EXPECT_EQ(ask("SELECT * FROM upper"), "1|NULL");
}

TEST_F(PostgresqlMasking, RefusesForeignTablesThatNobodyVouchedFor) {
  run("create extension file_fdw schema extensions; create server s foreign data wrapper file_fdw; "
      "create foreign table far (a text) server s options (filename '/etc/hostname'); grant select on far to "
      "agent");
  EXPECT_THAT(ask("SELECT * FROM far"), testing::StartsWith("forbidden"));
}

TEST_F(PostgresqlMasking, SaysOfTheServerWhatIsWrong) {
  run("alter table people rename email to mail; drop table child");
  const auto info = door_->info();
  ASSERT_TRUE(info);
  ASSERT_EQ(info->failures.size(), 2U);
  EXPECT_EQ(info->failures[0].database, "customer_db");
  EXPECT_THAT(info->failures[0].error.message, HasSubstr("names the column email of people"));
  EXPECT_THAT(info->failures[1].error.message, HasSubstr("names the table child"));
}

TEST_F(PostgresqlMasking, ShowsTheSchemaAsItIsSeen) {
  const auto schema = door_->schema("people");
  ASSERT_TRUE(schema);
  std::string text;
  for (const ColumnInfo& column : schema->tables.front().columns)
    text += column.name + " " + column.type.name() + " " + column.native_type + " " + column.masked + "\n";
  EXPECT_EQ(text,
            "id int64 integer \nname string text \nemail string text null\nphone string text partial\n"
            "birth date date null\nincome decimal numeric(12,2) constant\nnote string text hash\n"
            "mood string customer_db.mood null\n");
  EXPECT_TRUE(schema->tables.front().columns.back().labels.empty());
}

}  // namespace
}  // namespace penstock::postgresql::test
