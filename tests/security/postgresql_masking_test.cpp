// Statements that try to see the values of masked columns. Whatever they answer, and whatever their errors
// say, the values are not in it.
#include <array>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "security/postgresql_door.hpp"

namespace penstock::postgresql::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kPeople = R"sql(
set search_path = customer_db;
create type mood as enum ('happy-secret', 'sad-secret');
create table people (id int primary key, name text, email text, phone text, birth date, income numeric(12,2), note text,
                     mood mood);
insert into people values (1, 'Ada', 'ada@secret.example', '0305551234', '1815-12-10', 777777.77, 'topsecret-ada', 'happy-secret'),
  (2, 'Grace', 'grace@secret.example', '0305559876', '1906-12-09', 888888.88, 'topsecret-grace', 'sad-secret'),
  (3, 'Edsger', null, '12', '1930-05-11', 999999.99, 'topsecret-edsger', null);
create unique index on people (email);
create index on people (income);
create table orders (id int primary key, email text, total int);
insert into orders values (10, 'ada@secret.example', 5), (11, 'grace@secret.example', 7);
create view people_view as select id, email from people;
create view people_view_view as select * from people_view;
create materialized view people_copy as select email as e from people;
create view people_safe as select id, name from people;
create view orders_view as select id, total from orders;
create table parent (id int, email text); create table child (more int) inherits (parent);
insert into child values (1, 'child@secret.example', 2);
create table parts (id int, email text) partition by list (id);
create table parts_1 partition of parts for values in (1);
insert into parts values (1, 'parts@secret.example');
create function email_of(int) returns text language sql as 'select email from customer_db.people where id = $1';
create view through_function as select email_of(1) as x;
create table old_style (a text); create rule "_RETURN" as on select to old_style do instead select email as a from people;
create table accounts_db.people (id int, email text); insert into accounts_db.people values (7, 'not masked here');
create table links (id int primary key, person int references people (id), email text references people (email));
analyze people;
create extension if not exists tablefunc schema extensions;
create view of_statistics as select attname, most_common_vals::text, histogram_bounds::text from pg_stats where tablename = 'people';
create view of_statistic as select stavalues1::text as v from pg_statistic where starelid = 'people'::regclass;
create view of_extended as select * from pg_stats_ext;
create view of_activity as select query from pg_stat_activity;
create view of_xml as select query_to_xml('select email from customer_db.people', true, false, '')::text as x;
create view of_table_xml as select table_to_xml('customer_db.people', true, false, '')::text as x;
create view of_words as select word from ts_stat('select to_tsvector(''simple'', email) from customer_db.people');
create view of_crosstab as select * from extensions.crosstab('select id, ''c''::text, email from customer_db.people order by 1') as t(id int, a text);
create view of_nested as select (select max(histogram_bounds::text) from pg_stats where attname = d.attname) from of_statistics d;
create view of_predicate as select id from orders where exists (select from pg_stats where tablename = 'people' and orders.email = any (histogram_bounds::text::text[]));
create view of_case as select case when count(*) filter (where query_to_xml('select 1', true, false, '') is not null) > 0 then 1 end as n from orders;
create materialized view of_copied as select most_common_vals::text, histogram_bounds::text from pg_stats where tablename = 'people';
create view of_catalogue as select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relname = 'people' and c.relnamespace = 'customer_db'::regnamespace and a.attname = 'email';
create view of_information as select column_name from information_schema.columns where table_schema = 'customer_db' and table_name = 'people' and column_name = 'email';
create view of_builtins as select count(*) as n, max(lower(email)) over () is null as w, now() > '2000-01-01' as later from orders group by email order by 1 limit 1;
grant usage on schema customer_db, accounts_db to agent; grant select on all tables in schema customer_db, accounts_db to agent;
)sql";

ColumnMask null_of(std::string column) {
  return {.column = std::move(column), .rule = MaskRule::null};
}

std::vector<TableMask> masks() {
  return {
      {"customer_db",
       "people",
       {null_of("email"),
        {.column = "phone", .rule = MaskRule::partial, .first = 2, .last = 4},
        null_of("birth"),
        {.column = "income", .rule = MaskRule::constant, .constant = "0"},
        {.column = "note", .rule = MaskRule::hash},
        null_of("mood")}},
      {"customer_db", "people_safe", {}},
      {"customer_db", "child", {null_of("email")}},
      {"customer_db", "parts", {{.column = "email", .rule = MaskRule::constant, .constant = "it's \\ $1"}}}};
}

constexpr std::string_view kKey = "the key of the hash of this test";
constexpr std::array<std::string_view, 10> kHidden{"secret.example", "0305551234", "305551", "1815-12-10",
                                                   "1906",           "777777",     "888888", "topsecret",
                                                   "happy",          kKey};

Door::Options masked(Access access = Access::read_only) {
  return {.access = access, .masks = masks(), .mask_secret = std::string(kKey)};
}

std::string text_of(const Result<std::string>& shown) {
  if (shown) return *shown;
  const Error& error = shown.error();
  return std::string(to_string(error.code)) + " " + error.sqlstate + ": " + error.message + " / " +
         error.server_message + " / " + error.hint;
}

class PostgresqlMasking : public testing::Test {
 protected:
  void SetUp() override {
    PENSTOCK_NEEDS_POSTGRESQL();
    server_ = std::make_unique<AttackedServer>();
    server_->cluster().run(kPeople);
    open(masked());
  }
  void open(Door::Options options) { door_ = std::make_unique<Door>(*server_, std::move(options)); }
  std::string ask(std::string_view sql) {
    std::string text = text_of(door_->run(sql));
    for (const std::string_view hidden : kHidden)
      EXPECT_THAT(text, Not(HasSubstr(std::string(hidden)))) << sql;
    return text;
  }
  void run(const std::string& sql) const { server_->cluster().run("set search_path = customer_db; " + sql); }

  std::unique_ptr<AttackedServer> server_;
  std::unique_ptr<Door> door_;
};

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

// Objects that PostgreSQL brings along have no entries in pg_depend.
TEST_F(PostgresqlMasking, RefusesViewsOverWhatShowsValuesByItself) {
  run("do $$ begin execute 'create view of_toast as select chunk_data from ' || (select "
      "reltoastrelid::regclass::text from pg_class where oid = 'customer_db.people'::regclass); end $$; "
      "grant "
      "select on of_toast to agent");
  for (const char* view :
       {"of_statistics", "of_statistic", "of_extended", "of_activity", "of_xml", "of_table_xml", "of_words",
        "of_crosstab", "of_nested", "of_predicate", "of_case", "of_copied", "of_toast"}) {
    EXPECT_THAT(ask(std::string("SELECT * FROM ") + view), testing::StartsWith("forbidden")) << view;
  }
  EXPECT_THAT(ask("SELECT * FROM of_xml"), HasSubstr("calls a function that statements may not"));
  EXPECT_EQ(ask("SELECT * FROM of_catalogue"), "people|email");
  EXPECT_EQ(ask("SELECT * FROM of_information"), "email");
  EXPECT_EQ(ask("SELECT * FROM of_builtins"), "1|false|true");
  run("create or replace view of_builtins as select 1::bigint as n, true as w, query_to_xml('select email "
      "from "
      "customer_db.people', true, false, '') is null as later");
  EXPECT_THAT(ask("SELECT * FROM of_builtins"), testing::StartsWith("forbidden"));
  auto options = masked();
  options.masks.push_back({"customer_db", "of_activity", {}});
  open(options);
  EXPECT_THAT(ask("SELECT count(*) > 0 FROM of_activity"), "true") << "the operator answers for it";
}

TEST_F(PostgresqlMasking, RefusesConstantsThatAreNoValuesOfTheirColumns) {
  auto options = masked();
  options.masks.front().columns[3].constant = "much";
  open(options);
  EXPECT_THAT(ask("SELECT income FROM people"),
              HasSubstr("the constant that `mask` shows for the column income of people is no value"));
  EXPECT_THAT(ask("SELECT 1 FROM orders"), testing::StartsWith("unavailable"));
  const auto info = door_->info();
  ASSERT_TRUE(info);
  ASSERT_EQ(info->failures.size(), 1U);
  EXPECT_EQ(info->failures[0].database, "customer_db");
  run("alter table people alter column income type text");
  EXPECT_EQ(ask("SELECT income FROM people WHERE id = 1"), "much");
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
