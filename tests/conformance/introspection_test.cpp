// What the manager tells of tables is what queries on them answer.
#include <algorithm>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"
#include "conformance/extremes.hpp"

namespace penstock::conformance {
namespace {

class IntrospectionTest : public ConformanceTest {
 protected:
  [[nodiscard]] TableInfo table(std::string_view name) {
    auto schema = manager().schema("customer_db", name);
    EXPECT_TRUE(schema) << schema.error().message;
    if (!schema || schema->tables.size() != 1) return {};
    TableInfo info = schema->tables.front();
    std::erase_if(info.columns, [&](const ColumnInfo& column) { return column.name == quirks().own_column; });
    return info;
  }
  static std::vector<std::string> names(const std::vector<ColumnInfo>& columns) {
    std::vector<std::string> out;
    for (const ColumnInfo& column : columns)
      out.push_back(column.name);
    return out;
  }
};

TEST_P(IntrospectionTest, ListsTheTablesByName) {
  here().create_table("customer_db", text_table("zebras", {"id"}, {}));
  here().create_table("customer_db", text_table("apes", {"id"}, {}));
  here().create_table("accounts_db", text_table("elsewhere", {"id"}, {}));
  const auto schema = manager().schema("customer_db");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->database, "customer_db");
  EXPECT_EQ(schema->datasource, "here");
  std::vector<std::string> names;
  for (const TableInfo& info : schema->tables)
    names.push_back(info.name);
  EXPECT_EQ(names, (std::vector<std::string>{"apes", "people", "zebras"}));
}

TEST_P(IntrospectionTest, ListsTheColumnsInTheirOrder) {
  const TableInfo info = table("people");
  EXPECT_EQ(info.name, "people");
  EXPECT_EQ(info.kind, TableKind::table);
  EXPECT_EQ(names(info.columns), (std::vector<std::string>{"id", "name", "city"}));
  for (const ColumnInfo& column : info.columns) {
    EXPECT_EQ(column.type.id, TypeId::string);
    EXPECT_FALSE(column.native_type.empty());
    EXPECT_EQ(column.default_value, std::nullopt);
    EXPECT_FALSE(column.generated);
  }
  EXPECT_TRUE(info.columns[2].nullable);
  if (has(Feature::not_null)) {
    EXPECT_FALSE(info.columns[1].nullable);
  }
}

TEST_P(IntrospectionTest, GivesTheTypesThatQueriesGive) {
  PENSTOCK_NEEDS(Feature::declared_columns);
  TableSpec spec{.name = "typed", .columns = {}};
  for (const Extreme& extreme : extremes()) {
    const TypeId type = extreme.value.type();
    const std::string name(to_string(type));
    if (language().has_type(type) &&
        std::ranges::find(spec.columns, name, &ColumnSpec::name) == spec.columns.end()) {
      spec.columns.push_back({.name = name, .type = type});
    }
  }
  here().create_table("customer_db", spec);
  const QueryResult result = query(language().rows("typed"));
  ASSERT_TRUE(result.success) << result.error;
  const TableInfo info = table("typed");
  ASSERT_EQ(info.columns.size(), spec.columns.size());
  for (std::size_t i = 0; i < spec.columns.size(); ++i) {
    EXPECT_EQ(info.columns[i].type.id, spec.columns[i].type) << info.columns[i].native_type;
    EXPECT_EQ(result.schema->field(i).type, info.columns[i].type) << info.columns[i].native_type;
  }
}

TEST_P(IntrospectionTest, GivesPrimaryKeysInKeyOrder) {
  PENSTOCK_NEEDS(Feature::primary_keys);
  TableSpec spec = text_table("keyed", {"a", "b", "c"}, {});
  spec.primary_key = {"c", "a"};
  here().create_table("customer_db", spec);
  EXPECT_EQ(table("keyed").primary_key, (std::vector<std::string>{"c", "a"}));
  EXPECT_EQ(table("people").primary_key, std::vector<std::string>{"id"});
}

TEST_P(IntrospectionTest, GivesForeignKeys) {
  PENSTOCK_NEEDS(Feature::foreign_keys);
  TableSpec parent = text_table("parents", {"a", "b"}, {});
  parent.primary_key = {"a", "b"};
  here().create_table("customer_db", parent);
  TableSpec child = text_table("children", {"id", "x", "y", "person"}, {});
  child.foreign_keys = {{{"x", "y"}, "parents", {"a", "b"}, "CASCADE"},
                        {{"person"}, "people", {"id"}, "NO ACTION"}};
  here().create_table("customer_db", child);

  std::vector<ForeignKeyInfo> keys = table("children").foreign_keys;
  ASSERT_EQ(keys.size(), 2U);
  std::ranges::sort(keys, {}, &ForeignKeyInfo::referenced_table);
  EXPECT_EQ(keys[0].referenced_table, "parents");
  EXPECT_EQ(keys[0].columns, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(keys[0].referenced_columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(keys[0].on_delete, "CASCADE");
  EXPECT_EQ(keys[0].referenced_database, "");
  EXPECT_EQ(keys[1].referenced_table, "people");
  EXPECT_EQ(keys[1].on_delete, "NO ACTION");
}

TEST_P(IntrospectionTest, GivesIndexes) {
  PENSTOCK_NEEDS(Feature::indexes);
  TableSpec spec = text_table("indexed", {"a", "b", "c"}, {});
  spec.indexes = {{"by_b_and_a", {"b", "a"}, false}, {"once_c", {"c"}, true}};
  here().create_table("customer_db", spec);
  const std::vector<IndexInfo> indexes = table("indexed").indexes;
  const auto find = [&](std::string_view name) { return std::ranges::find(indexes, name, &IndexInfo::name); };
  ASSERT_NE(find("by_b_and_a"), indexes.end());
  EXPECT_EQ(find("by_b_and_a")->columns, (std::vector<std::string>{"b", "a"}));
  EXPECT_FALSE(find("by_b_and_a")->unique);
  ASSERT_NE(find("once_c"), indexes.end());
  EXPECT_TRUE(find("once_c")->unique);
  EXPECT_FALSE(find("once_c")->primary);
}

TEST_P(IntrospectionTest, GivesDefaults) {
  PENSTOCK_NEEDS(Feature::column_defaults);
  TableSpec spec = text_table("defaulted", {"id", "state"}, {});
  spec.columns[1].default_value = "it's new";
  here().create_table("customer_db", spec);
  const TableInfo info = table("defaulted");
  ASSERT_EQ(info.columns.size(), 2U);
  EXPECT_EQ(info.columns[0].default_value, std::nullopt);
  ASSERT_TRUE(info.columns[1].default_value);
  EXPECT_NE(info.columns[1].default_value->find("it''s new"), std::string::npos)
      << *info.columns[1].default_value;
}

TEST_P(IntrospectionTest, TellsViewsFromTables) {
  PENSTOCK_NEEDS(Feature::views);
  here().create_view("customer_db", "people_view", "people");
  const TableInfo info = table("people_view");
  EXPECT_EQ(info.kind, TableKind::view);
  EXPECT_EQ(names(info.columns), (std::vector<std::string>{"id", "name", "city"}));
  EXPECT_EQ(query(language().rows("people_view")).row_count, 3);
}

TEST_P(IntrospectionTest, GivesComments) {
  PENSTOCK_NEEDS(Feature::comments);
  TableSpec spec = text_table("told", {"id", "v"}, {});
  spec.comment = "What it's for";
  spec.columns[1].comment = "\u00DCber alles Wichtige";
  here().create_table("customer_db", spec);
  const TableInfo info = table("told");
  EXPECT_EQ(info.comment, spec.comment);
  ASSERT_EQ(info.columns.size(), 2U);
  EXPECT_EQ(info.columns[1].comment, spec.columns[1].comment);
}

TEST_P(IntrospectionTest, SeesATableMadeAMomentAgo) {
  EXPECT_FALSE(manager().schema("customer_db", "latecomers"));
  here().create_table("customer_db", text_table("latecomers", {"id"}, {{"l1"}}));
  EXPECT_EQ(table("latecomers").name, "latecomers");
  EXPECT_EQ(query(language().rows("latecomers")).row_count, 1);
}

TEST_P(IntrospectionTest, OfAMissingTableNamesTheNearest) {
  const auto schema = manager().schema("customer_db", "peeple");
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().code, ErrorCode::not_found);
  const std::string words = schema.error().message + schema.error().hint;
  EXPECT_NE(words.find("people"), std::string::npos) << words;
}

TEST_P(IntrospectionTest, OfAnUnknownDatabaseNamesTheNearest) {
  const auto schema = manager().schema("customerdb");
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().code, ErrorCode::not_found);
  const std::string words = schema.error().message + schema.error().hint;
  EXPECT_NE(words.find("customer_db"), std::string::npos) << words;
}

TEST_P(IntrospectionTest, OfAnEmptyDatabaseIsEmpty) {
  const auto schema = manager().schema("accounts_db");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_TRUE(schema->tables.empty());
}

PENSTOCK_CONFORMANCE_SUITE(IntrospectionTest);

}  // namespace
}  // namespace penstock::conformance
