// What introspection tells of a file.
#include <gmock/gmock.h>

#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SqliteIntrospect : public ::testing::Test {
 protected:
  SqliteIntrospect() {
    run_sql(folder / "bank.sqlite",
            "CREATE TABLE branches (city TEXT, number INTEGER, PRIMARY KEY (city, number)) WITHOUT ROWID;"
            "CREATE TABLE customers ( -- people\n"
            "  id INTEGER PRIMARY KEY, -- on every letter\n"
            "  name VARCHAR(50) NOT NULL,\n"
            "  born DATE,\n"
            "  score REAL DEFAULT (1.5),\n"
            "  shout TEXT GENERATED ALWAYS AS (upper(name)) STORED,\n"
            "  quiet TEXT AS (lower(name)),\n"
            "  city TEXT, number INTEGER,\n"
            "  referrer INTEGER REFERENCES customers ON DELETE SET NULL,\n"
            "  UNIQUE (name, born),\n"
            "  FOREIGN KEY (city, number) REFERENCES branches (city, number) ON UPDATE CASCADE\n"
            ");"
            "CREATE INDEX by_lower ON customers (lower(name), born DESC) WHERE score > 1;"
            "CREATE VIEW adults AS SELECT id, name, 1 AS one FROM customers;"
            "CREATE VIEW broken AS SELECT * FROM gone;"
            "CREATE VIRTUAL TABLE docs USING fts5(title, body);"
            "INSERT INTO customers (name) VALUES ('a'), ('b'), ('c'); ANALYZE");
  }

  DatabaseSchema read(std::string_view table = {}) {
    auto schema = source.connection().introspect("bank", table, Deadline::never());
    if (!schema) throw std::runtime_error(schema.error().message + " / " + schema.error().server_message);
    return std::move(*schema);
  }
  static const TableInfo& table(const DatabaseSchema& schema, std::string_view name) {
    for (const TableInfo& info : schema.tables) {
      if (info.name == name) return info;
    }
    throw std::runtime_error("no table " + std::string(name));
  }

  test::TemporaryFolder folder;
  TestSource source{folder / "bank.sqlite", {"bank"}};
};

TEST_F(SqliteIntrospect, ListsTablesViewsAndVirtualTables) {
  const DatabaseSchema schema = read();
  std::vector<std::string> names;
  for (const TableInfo& info : schema.tables)
    names.push_back(info.name);
  EXPECT_THAT(names, ElementsAre("adults", "branches", "broken", "customers", "docs"));
  EXPECT_EQ(schema.database, "bank");
  EXPECT_EQ(table(schema, "adults").kind, TableKind::view);
  EXPECT_EQ(table(schema, "docs").kind, TableKind::virtual_table);
  EXPECT_EQ(table(schema, "docs").columns.size(), 2U) << "without its hidden columns";
  EXPECT_THAT(table(schema, "broken").columns, IsEmpty()) << "and it keeps the others from nothing";
}

TEST_F(SqliteIntrospect, DescribesColumns) {
  const TableInfo customers = table(read(), "customers");
  ASSERT_EQ(customers.columns.size(), 9U);
  const ColumnInfo& id = customers.columns[0];
  EXPECT_EQ(id.name, "id");
  EXPECT_EQ(id.native_type, "INTEGER");
  EXPECT_EQ(id.type, DataType(TypeId::int64));
  EXPECT_FALSE(id.nullable) << "it is the rowid";
  EXPECT_EQ(id.comment, "on every letter");
  EXPECT_FALSE(customers.columns[1].nullable);
  EXPECT_EQ(customers.columns[1].native_type, "VARCHAR(50)");
  EXPECT_EQ(customers.columns[2].type, DataType(TypeId::date));
  EXPECT_EQ(customers.columns[3].default_value, "1.5");
  EXPECT_FALSE(customers.columns[3].generated);
  EXPECT_TRUE(customers.columns[4].generated);
  EXPECT_TRUE(customers.columns[5].generated);
  EXPECT_EQ(customers.comment, "people");
  EXPECT_EQ(customers.estimated_rows, 3);
  EXPECT_EQ(table(read(), "adults").columns[2].type, DataType(TypeId::variant))
      << "an expression is anything";
}

TEST_F(SqliteIntrospect, DescribesKeys) {
  const DatabaseSchema schema = read();
  const TableInfo& customers = table(schema, "customers");
  EXPECT_THAT(customers.primary_key, ElementsAre("id"));
  EXPECT_THAT(table(schema, "branches").primary_key, ElementsAre("city", "number"));
  ASSERT_EQ(customers.foreign_keys.size(), 2U);
  const ForeignKeyInfo& referrer = customers.foreign_keys[0];
  EXPECT_EQ(referrer.referenced_table, "customers");
  EXPECT_THAT(referrer.columns, ElementsAre("referrer"));
  EXPECT_THAT(referrer.referenced_columns, ElementsAre("id"));
  EXPECT_EQ(referrer.on_delete, "SET NULL");
  const ForeignKeyInfo& branch = customers.foreign_keys[1];
  EXPECT_THAT(branch.columns, ElementsAre("city", "number"));
  EXPECT_THAT(branch.referenced_columns, ElementsAre("city", "number"));
  EXPECT_EQ(branch.on_update, "CASCADE");
}

TEST_F(SqliteIntrospect, DescribesIndexes) {
  const TableInfo customers = table(read(), "customers");
  ASSERT_EQ(customers.indexes.size(), 2U);
  EXPECT_EQ(customers.indexes[0].name, "by_lower");
  EXPECT_THAT(customers.indexes[0].columns, ElementsAre("lower(name)", "born"));
  EXPECT_EQ(customers.indexes[0].predicate, "score > 1");
  EXPECT_FALSE(customers.indexes[0].unique);
  EXPECT_TRUE(customers.indexes[1].unique);
  EXPECT_THAT(customers.indexes[1].columns, ElementsAre("name", "born"));
  const TableInfo branches = table(read(), "branches");
  ASSERT_EQ(branches.indexes.size(), 1U);
  EXPECT_TRUE(branches.indexes[0].primary);
}

TEST_F(SqliteIntrospect, OneTableIsTheSameAsAmongAll) {
  const DatabaseSchema one = read("CUSTOMERS");
  ASSERT_EQ(one.tables.size(), 1U);
  const TableInfo among_all = table(read(), "customers");
  EXPECT_EQ(one.tables[0].columns.size(), among_all.columns.size());
  EXPECT_EQ(one.tables[0].comment, among_all.comment);
  EXPECT_EQ(one.tables[0].indexes.size(), among_all.indexes.size());
  EXPECT_EQ(one.tables[0].estimated_rows, among_all.estimated_rows);
  ASSERT_EQ(one.tables[0].foreign_keys.size(), 2U);
  EXPECT_THAT(one.tables[0].foreign_keys[1].referenced_columns, ElementsAre("city", "number"));
  EXPECT_EQ(read("adults").tables[0].columns.size(), 3U);
}

TEST_F(SqliteIntrospect, NamesTheNearestTable) {
  const auto missing = source.connection().introspect("bank", "costumers", Deadline::never());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_EQ(missing.error().hint, "did you mean `customers`?");
}

TEST_F(SqliteIntrospect, FiveThousandTablesTakeOneLook) {
  std::string sql = "BEGIN;";
  for (int i = 0; i < 5000; ++i) {
    const std::string n = std::to_string(i);
    sql += "CREATE TABLE t" + n + " (id INTEGER PRIMARY KEY, a TEXT, b REAL); CREATE INDEX i" + n + " ON t" +
           n + "(a);";
  }
  run_sql(folder / "many.sqlite", sql + "COMMIT");
  TestSource many(folder / "many.sqlite", {"many"});
  const auto schema = many.connection().introspect("many", {}, Deadline::after(std::chrono::seconds(60)));
  ASSERT_TRUE(schema) << schema.error().message;
  ASSERT_EQ(schema->tables.size(), 5000U);
  EXPECT_EQ(schema->tables[4999].columns.size(), 3U);
  EXPECT_EQ(schema->tables[4999].indexes.size(), 1U);
}

TEST_F(SqliteIntrospect, ADeadlineEndsIt) {
  const auto late = source.connection().introspect("bank", {}, Deadline::at(Deadline::Clock::now()));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::timeout);
}

TEST_F(SqliteIntrospect, SaysWhyAViewHasNoColumns) {
  EXPECT_THAT(table(read(), "broken").comment, HasSubstr("SQLite cannot resolve it: no such table: "));
}

}  // namespace
}  // namespace penstock::sqlite
