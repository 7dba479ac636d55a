// What a schema of PostgreSQL is said to hold.
#include <algorithm>

#include "integration/postgresql_site.hpp"

namespace penstock::test {
namespace {

class PostgresqlIntrospect : public PostgresqlTest {
 protected:
  [[nodiscard]] TableInfo table(std::string_view name) {
    auto schema = manager().schema("customer_db", name);
    EXPECT_TRUE(schema) << schema.error().message;
    if (!schema || schema->tables.size() != 1) return {};
    return schema->tables.front();
  }
  [[nodiscard]] std::vector<std::string> names() {
    auto schema = manager().schema("customer_db");
    EXPECT_TRUE(schema) << schema.error().message;
    std::vector<std::string> out;
    for (const TableInfo& info : schema->tables)
      out.push_back(info.name);
    return out;
  }
};

TEST_F(PostgresqlIntrospect, TellsKindsCommentsKeysAndEstimates) {
  site().run(R"(
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE DOMAIN temper AS mood;
    CREATE TABLE accounts_db.owners (a int, b int, PRIMARY KEY (b, a));
    CREATE TABLE diary (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person int NOT NULL REFERENCES people ON DELETE CASCADE,
      a int, b int, feels mood DEFAULT 'ok', felt mood[], usual temper, price numeric(10, 2), size int,
      twice int GENERATED ALWAYS AS (size * 2) STORED,
      CONSTRAINT owner FOREIGN KEY (b, a) REFERENCES accounts_db.owners (b, a));
    COMMENT ON SCHEMA customer_db IS 'Customers'; COMMENT ON TABLE diary IS 'What they felt';
    COMMENT ON COLUMN diary.feels IS 'the mood';
    CREATE UNIQUE INDEX few ON diary (person, abs(size)) INCLUDE (size) WHERE size > 3;
    INSERT INTO diary (person, size) SELECT 1, i FROM generate_series(1, 500) i; ANALYZE diary;
    CREATE VIEW happy AS SELECT * FROM diary WHERE feels = 'happy';
    CREATE MATERIALIZED VIEW moods AS SELECT feels, count(*) AS n FROM diary GROUP BY feels;
    COMMENT ON MATERIALIZED VIEW moods IS 'counted';
  )");
  const TableInfo diary = table("diary");
  EXPECT_EQ(diary.kind, TableKind::table);
  EXPECT_EQ(diary.comment, "What they felt");
  EXPECT_EQ(diary.estimated_rows, 500);
  EXPECT_EQ(diary.primary_key, std::vector<std::string>{"id"});
  ASSERT_EQ(diary.columns.size(), 10U);
  EXPECT_TRUE(diary.columns[0].generated);
  EXPECT_FALSE(diary.columns[1].nullable);
  EXPECT_EQ(diary.columns[4].comment, "the mood");
  EXPECT_EQ(diary.columns[4].default_value, "'ok'::customer_db.mood");
  for (const std::size_t column : {4U, 5U, 6U}) {
    EXPECT_EQ(diary.columns[column].labels, (std::vector<std::string>{"sad", "ok", "happy"})) << column;
  }
  EXPECT_EQ(diary.columns[5].type.name(), "list<string>");
  EXPECT_EQ(diary.columns[7].native_type, "numeric(10,2)");
  EXPECT_TRUE(diary.columns[9].generated);
  ASSERT_EQ(diary.foreign_keys.size(), 2U);
  const auto& [person, owner] = std::tie(diary.foreign_keys[0], diary.foreign_keys[1]);
  EXPECT_EQ(person.on_delete, "CASCADE");
  EXPECT_EQ(person.referenced_database, "");
  EXPECT_EQ(owner.name, "owner");
  EXPECT_EQ(owner.referenced_database, "accounts_db");
  EXPECT_EQ(owner.columns, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(owner.referenced_columns, (std::vector<std::string>{"b", "a"}));
  const auto few = std::ranges::find(diary.indexes, "few", &IndexInfo::name);
  ASSERT_NE(few, diary.indexes.end());
  EXPECT_EQ(few->columns, (std::vector<std::string>{"person", "abs(size)"}));
  EXPECT_EQ(few->predicate, "(size > 3)");
  EXPECT_EQ(table("happy").kind, TableKind::view);
  const TableInfo moods = table("moods");
  EXPECT_EQ(moods.kind, TableKind::materialized_view);
  EXPECT_EQ(moods.comment, "counted");
  EXPECT_EQ(moods.columns.size(), 2U);
  EXPECT_EQ(manager().schema("customer_db")->comment, "Customers");
}

TEST_F(PostgresqlIntrospect, ListsAPartitionedTableAndNotItsParts) {
  site().run(
      "CREATE TABLE events (at int, v text) PARTITION BY RANGE (at); "
      "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100); "
      "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200); "
      "INSERT INTO events SELECT i, 'x' FROM generate_series(0, 149) i; ANALYZE events_1; ANALYZE events_2");
  EXPECT_EQ(names(), (std::vector<std::string>{"events", "people"}));
  const TableInfo events = table("events");
  EXPECT_EQ(events.kind, TableKind::partitioned_table);
  EXPECT_EQ(events.estimated_rows, 150);
  EXPECT_EQ(table("events_2").estimated_rows, 50) << "asked for by name, a part is there";
}

TEST_F(PostgresqlIntrospect, FiveThousandTablesTakeAQueryOrTwo) {
  // In parts, as each table takes locks until its transaction ends.
  for (int first = 1; first <= 5'000; first += 500) {
    site().run("DO $$ BEGIN FOR i IN " + std::to_string(first) + ".." + std::to_string(first + 499) +
               " LOOP EXECUTE format('CREATE TABLE customer_db.t%s (id int PRIMARY KEY, a int, b numeric, "
               "c timestamptz)', i); END LOOP; END $$");
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(names().size(), 5'001U);
  const auto taken = std::chrono::steady_clock::now() - start;
  EXPECT_LT(taken, std::chrono::seconds(20));
  RecordProperty("milliseconds",
                 static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(taken).count()));
  EXPECT_EQ(table("t77").columns.size(), 4U);
}

TEST_F(PostgresqlIntrospect, OfASchemaThatIsNotThereSaysSo) {
  site().cluster().run("DROP SCHEMA accounts_db");
  const auto schema = manager().schema("accounts_db");
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace penstock::test
