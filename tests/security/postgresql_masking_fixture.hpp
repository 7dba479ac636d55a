// A server with masked columns, asked by who must not see their values.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "security/postgresql_door.hpp"

namespace penstock::postgresql::test {

inline constexpr const char* kPeople = R"sql(
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
grant usage on schema customer_db, accounts_db to agent; grant select on all tables in schema customer_db, accounts_db to agent;
)sql";

inline ColumnMask null_of(std::string column) {
  return {.column = std::move(column), .rule = MaskRule::null};
}

inline std::vector<TableMask> masks() {
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

inline constexpr std::string_view kKey = "the key of the hash of this test";
inline constexpr std::array<std::string_view, 10> kHidden{
    "secret.example", "0305551234", "305551",    "1815-12-10", "1906",
    "777777",         "888888",     "topsecret", "happy",      kKey};

inline Door::Options masked(Access access = Access::read_only) {
  return {.access = access, .masks = masks(), .mask_secret = std::string(kKey)};
}

inline std::string text_of(const Result<std::string>& shown) {
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
      EXPECT_THAT(text, testing::Not(testing::HasSubstr(std::string(hidden)))) << sql;
    return text;
  }
  void run(const std::string& sql) const { server_->cluster().run("set search_path = customer_db; " + sql); }

  std::unique_ptr<AttackedServer> server_;
  std::unique_ptr<Door> door_;
};

}  // namespace penstock::postgresql::test
