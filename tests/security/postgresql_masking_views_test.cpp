// Views of a server with masked columns that show values without reading the masked tables, and constants
// that are no values of their columns.
#include "security/postgresql_masking_fixture.hpp"

namespace penstock::postgresql::test {
namespace {

using testing::HasSubstr;

// Objects that PostgreSQL brings along have no entries in pg_depend.
constexpr const char* kViews = R"sql(
create extension if not exists tablefunc schema extensions;
create view of_statistics as select attname, most_common_vals::text, histogram_bounds::text from pg_stats where tablename = 'people';
create view of_statistic as select stavalues1::text as v from pg_statistic;
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
grant select on all tables in schema customer_db to agent;
)sql";

TEST_F(PostgresqlMasking, RefusesViewsOverWhatShowsValuesByItself) {
  run(kViews);
  const std::string toast = server_->cluster().value(
      "select reltoastrelid::regclass from pg_class where oid = 'customer_db.people'::regclass");
  run("create view of_toast as select chunk_data from " + toast + "; grant select on of_toast to agent");
  for (const char* view :
       {"of_statistics", "of_statistic", "of_extended", "of_activity", "of_xml", "of_table_xml", "of_words",
        "of_crosstab", "of_nested", "of_predicate", "of_case", "of_copied", "of_toast"}) {
    EXPECT_THAT(ask(std::string("SELECT * FROM ") + view), testing::StartsWith("forbidden")) << view;
  }
  EXPECT_THAT(ask("SELECT * FROM of_xml"), HasSubstr("calls a function that statements may not"));
  EXPECT_EQ(ask("SELECT * FROM of_catalogue"), "people|email");
  EXPECT_EQ(ask("SELECT * FROM of_information"), "email");
  EXPECT_EQ(ask("SELECT * FROM of_builtins"), "1|false|true");
  run("create or replace view of_builtins as select 1::bigint as n, true as w, "
      "query_to_xml('select email from customer_db.people', true, false, '') is null as later");
  EXPECT_THAT(ask("SELECT * FROM of_builtins"), testing::StartsWith("forbidden"));
  // Of a version that is not known here, for all that can be told.
  run("create view of_later as select ascii(cot(0.5)::text) as n; grant select on of_later to agent; "
      "update pg_proc set proname = 'cot_of_later' where proname = 'cot'");
  EXPECT_THAT(ask("SELECT * FROM of_later"), testing::StartsWith("forbidden"));
  run("update pg_proc set proname = 'cot' where proname = 'cot_of_later'");
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

}  // namespace
}  // namespace penstock::postgresql::test
