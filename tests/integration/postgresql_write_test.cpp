// Writes, definitions and what they return.
#include "integration/postgresql_site.hpp"

namespace penstock::test {
namespace {

class PostgresqlWrite : public PostgresqlTest {
 protected:
  PostgresqlWrite() {
    keys_ = {.connection = {{"max_pool_size", "1"}}, .datasource = {{"access", "read_write"}}};
  }
  [[nodiscard]] std::int64_t affected(std::string_view sql, const Params& params = {}) {
    const QueryResult result = query(sql, params);
    EXPECT_TRUE(result.success) << sql << ": " << result.error;
    return result.affected_rows.value_or(-1);
  }
};

TEST_F(PostgresqlWrite, TellsTheRowsThatItAffected) {
  EXPECT_EQ(affected("INSERT INTO people VALUES ($1, $2), (5, 'Barbara')", {4, "Alan"}), 2);
  EXPECT_EQ(affected("UPDATE people SET name = upper(name) WHERE id > 3"), 2);
  EXPECT_EQ(affected("UPDATE people SET name = name WHERE id > 99"), 0);
  EXPECT_EQ(affected("DELETE FROM people WHERE id = $1", {5}), 1);
  EXPECT_EQ(affected("MERGE INTO people p USING (VALUES (1, 'A')) v(id, name) ON p.id = v.id "
                     "WHEN MATCHED THEN UPDATE SET name = v.name"),
            1);
  EXPECT_EQ(answer("SELECT string_agg(name, ',' ORDER BY id) FROM people"), "A,Grace,Edsger,ALAN");
  EXPECT_EQ(query("SELECT 1").affected_rows, std::nullopt);
  EXPECT_EQ(connects(), 1U);
}

TEST_F(PostgresqlWrite, ReturnsRowsThatACutDoesNotTakeBack) {
  const QueryResult one =
      query("INSERT INTO people SELECT i, 'n' || i FROM generate_series(10, 19) i RETURNING id, name", {},
            {.max_rows = 3});
  ASSERT_TRUE(one.success) << one.error;
  EXPECT_EQ(one.row_count, 3);
  EXPECT_TRUE(one.truncated);
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "13");
  {
    auto stream = manager().stream_query("DELETE FROM people WHERE id >= 10 RETURNING id", "customer_db");
    ASSERT_TRUE(stream) << stream.error().message;
  }
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
}

TEST_F(PostgresqlWrite, DefinesTablesThatAreThereAtOnce) {
  EXPECT_TRUE(query("CREATE TABLE notes (id int PRIMARY KEY, text text)").success);
  EXPECT_EQ(affected("INSERT INTO notes VALUES (1, 'x')"), 1);
  EXPECT_EQ(answer("SELECT * FROM notes"), "1|x");
  EXPECT_TRUE(query("ALTER TABLE notes ADD done bool NOT NULL DEFAULT false").success);
  EXPECT_EQ(answer("SELECT * FROM notes"), "1|x|false");
  EXPECT_TRUE(query("DROP TABLE notes").success);
  EXPECT_EQ(query("SELECT * FROM notes").code, ErrorCode::not_found);
  EXPECT_EQ(query("CREATE TABLE people (id int)").code, ErrorCode::constraint);
}

TEST_F(PostgresqlWrite, ThatBreaksAConstraintChangesNothingAndSaysWhich) {
  const QueryResult twice = query("INSERT INTO people VALUES (7, 'x'), (1, 'secret value')");
  EXPECT_EQ(twice.code, ErrorCode::constraint);
  EXPECT_EQ(twice.sqlstate, "23505");
  EXPECT_NE(twice.error.find("people_pkey"), std::string::npos) << twice.error;
  EXPECT_EQ(twice.error.find("secret"), std::string::npos) << twice.error;
  EXPECT_EQ(query("INSERT INTO people VALUES (8, NULL)").sqlstate, "23502");
  site().run("CREATE TABLE children (id int REFERENCES people DEFERRABLE INITIALLY DEFERRED)");
  EXPECT_EQ(query("INSERT INTO children VALUES (99)").sqlstate, "23503") << "found by COMMIT alone";
  EXPECT_EQ(answer("SELECT (SELECT count(*) FROM people) + (SELECT count(*) FROM children)"), "3");
  EXPECT_EQ(connects(), 1U);
}

TEST_F(PostgresqlWrite, WithAPlanThatWentStaleRunsOnce) {
  constexpr const char* kInsert =
      "INSERT INTO people VALUES (coalesce((SELECT max(id) FROM people), 0) + 1, 'n') RETURNING *";
  EXPECT_EQ(answer(kInsert), "4|n");
  site().run("ALTER TABLE people ADD city text DEFAULT 'x'");
  EXPECT_EQ(answer(kInsert), "5|n|x");
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "5");
}

TEST_F(PostgresqlWrite, LeavesNothingOfItsTriggersInTheSession) {
  site().run(
      "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
      "set_config('TimeZone', 'Asia/Tokyo', false); PERFORM pg_advisory_lock(7); RETURN NEW; END $$; "
      "CREATE TRIGGER meddling AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION meddle()");
  const std::string zone = answer("SHOW TimeZone");
  EXPECT_EQ(affected("INSERT INTO people VALUES (4, 'x')"), 1);
  EXPECT_EQ(answer("SHOW TimeZone"), zone);
  EXPECT_EQ(site().cluster().value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
}

TEST_F(PostgresqlWrite, AReadRunsReadOnlyAllTheSame) {
  site().run(
      "CREATE FUNCTION write_it() RETURNS int LANGUAGE sql AS "
      "$$ INSERT INTO customer_db.people VALUES (9, 'x') RETURNING id $$; "
      "CREATE VIEW writing AS SELECT customer_db.write_it() AS w");
  EXPECT_EQ(query("SELECT * FROM writing").code, ErrorCode::read_only);
}

}  // namespace
}  // namespace penstock::test
