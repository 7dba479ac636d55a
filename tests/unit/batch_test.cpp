#include "penstock/batch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "penstock/builder.hpp"

namespace penstock {
namespace {

using ::testing::ElementsAre;

SchemaPtr schema_of(std::vector<Field> fields) {
  return std::make_shared<const Schema>(std::move(fields));
}

TEST(Schema, MakesRepeatedNamesUniqueWithoutTakingAName) {
  const Schema schema(
      {{"a", TypeId::int64}, {"a", TypeId::int64}, {"a_2", TypeId::int64}, {"a", TypeId::int64}});
  EXPECT_THAT(schema.unique_names(), ElementsAre("a", "a_3", "a_2", "a_4"));
  EXPECT_EQ(schema.find("a_3"), 1U);
  EXPECT_EQ(schema.find("b"), std::nullopt);
}

TEST(Batch, ReadsByNameAndAsTuple) {
  BatchBuilder builder(schema_of({{"id", TypeId::int64}, {"name", TypeId::string}}));
  builder.column(0).append_int64(7);
  builder.column(1).append_string("Ada");
  builder.column(0).append_int64(8);
  builder.column(1).append_null();
  const Rows rows({builder.finish()});
  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0]["name"].as<std::string_view>(), "Ada");
  EXPECT_EQ(rows[0]["id"].as<int>(), 7);
  EXPECT_TRUE(rows[1]["name"].is_null());
  std::vector<std::string> seen;
  for (const auto [id, name] : rows.as<std::int64_t, std::optional<std::string>>()) {
    seen.push_back(std::to_string(id) + name.value_or("-"));
  }
  EXPECT_THAT(seen, ElementsAre("7Ada", "8-"));
}

TEST(Batch, RefusesToReadWhatIsNotThere) {
  BatchBuilder builder(schema_of({{"id", TypeId::int64}}));
  builder.column(0).append_int64(300);
  builder.column(0).append_null();
  const Rows rows({builder.finish()});
  EXPECT_THROW(static_cast<void>(rows[0]["nome"]), BadCellAccess);
  EXPECT_THROW(static_cast<void>(rows[2]), BadCellAccess);
  EXPECT_THROW(static_cast<void>(rows[0]["id"].as<std::int8_t>()), BadCellAccess);
  EXPECT_THROW(static_cast<void>(rows[1]["id"].as<std::int64_t>()), BadCellAccess);
  EXPECT_EQ(rows[0]["id"].try_as<std::string_view>().error().code, ErrorCode::invalid_data);
  EXPECT_EQ(rows[1]["id"].as<std::optional<std::int64_t>>(), std::nullopt);
}

// What can be asked of it without being written: as() of rows that end with the expression.
template <typename T>
concept IteratesATemporary = requires(T rows) { std::move(rows).template as<std::int64_t>(); };
static_assert(!IteratesATemporary<Rows>);

TEST(Batch, CutsTheChildrenOfListsAndVariants) {
  BatchBuilder builder(schema_of({{"mixed", TypeId::variant}, {"list", DataType::list_of(TypeId::string)}}));
  const std::string text(100, 'x');
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(builder.column(0).append(i % 2 == 0 ? Value(i) : Value(text)));
    ASSERT_TRUE(builder.column(1).append(Value(Value::List{Value(text), Value()})));
  }
  const RecordBatch batch = builder.finish();
  const RecordBatch ten = batch.first(10);
  EXPECT_LE(ten.byte_size(), batch.byte_size() / 9);
  EXPECT_EQ(ten.row(9)["mixed"].as<std::string_view>(), text);
  EXPECT_EQ(ten.row(8)["mixed"].as<int>(), 8);
  EXPECT_EQ(ten.row(9)["list"].as<Value>(), batch.row(9)["list"].as<Value>());
  EXPECT_EQ(batch.first(0).byte_size(), 0);
}

TEST(Batch, BuilderRefusesWhatWouldBeNoBatch) {
  BatchBuilder uneven(schema_of({{"a", TypeId::int64}, {"b", TypeId::int64}}));
  uneven.column(0).append_int64(1);
  EXPECT_THROW(static_cast<void>(uneven.finish()), std::logic_error);
  ColumnBuilder number{DataType(TypeId::int64)};
  EXPECT_THROW(static_cast<void>(number.alternative(TypeId::int64)), std::invalid_argument);
  ColumnBuilder variant{DataType(TypeId::variant)};
  EXPECT_THROW(static_cast<void>(variant.alternative(TypeId::list)), std::invalid_argument);
}

std::vector<Value> every_scalar() {
  return {Value(true),
          Value(std::numeric_limits<std::int64_t>::min()),
          Value(std::numeric_limits<std::uint64_t>::max()),
          Value(1.5F),
          Value(0.1),
          Value(Decimal{"123456789012345678901234567890.5"}),
          Value("text"),
          Value(Bytes{{std::byte{0}, std::byte{255}}}),
          Value(Date{-1}),
          Value(Time{86'399'999'999}),
          Value(Timestamp{-1}),
          Value(TimestampTz{1}),
          Value(Interval{1, -2, 3}),
          Value(Uuid{{std::byte{1}}}),
          Value(Json{"{}"}),
          Value(Value::List{1, nullptr, 3})};
}

TEST(ColumnBuilder, RoundTripsEveryTypeBetweenNulls) {
  for (const Value& value : every_scalar()) {
    const DataType type =
        value.type() == TypeId::list ? DataType::list_of(TypeId::int64) : DataType(value.type());
    BatchBuilder builder(schema_of({{"v", type}}));
    // Nine values before the first null, so that the validity bitmap is filled in across a byte.
    for (int i = 0; i < 9; ++i)
      ASSERT_TRUE(builder.column(0).append(value));
    ASSERT_TRUE(builder.column(0).append(nullptr));
    ASSERT_TRUE(builder.column(0).append(value));
    const RecordBatch batch = builder.finish();
    EXPECT_EQ(batch.column(0).null_count, 1);
    EXPECT_EQ(batch.row(8)[0].as<Value>(), value) << type.name();
    EXPECT_TRUE(batch.row(9)[0].is_null()) << type.name();
    EXPECT_EQ(batch.row(10)[0].as<Value>(), value) << type.name();
  }
}

TEST(ColumnBuilder, RefusesWhatWouldLoseDigitsAndKeepsWhatWasThere) {
  ColumnBuilder doubles{DataType(TypeId::float64)};
  EXPECT_TRUE(doubles.append(1 << 20));
  EXPECT_EQ(doubles.append((std::int64_t{1} << 53) + 1).error().code, ErrorCode::invalid_data);
  ColumnBuilder integers{DataType(TypeId::int64)};
  EXPECT_FALSE(integers.append(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_FALSE(integers.append(1.0));
  EXPECT_FALSE(integers.append("1"));
  ColumnBuilder lists{DataType::list_of(TypeId::int64)};
  EXPECT_FALSE(lists.append(Value::List{1, "two"}));
  EXPECT_EQ(lists.element().length(), 0);
  EXPECT_EQ(doubles.length(), 1);
  EXPECT_EQ(integers.length(), 0);
}

TEST(ColumnBuilder, WidensToAVariantWithoutChangingAValue) {
  for (const Value& value : every_scalar()) {
    if (value.type() == TypeId::list) continue;
    BatchBuilder builder(schema_of({{"v", value.type()}}));
    ASSERT_TRUE(builder.column(0).append(value));
    builder.column(0).append_null();
    builder.column(0).widen_to_variant();
    ASSERT_TRUE(builder.column(0).append("later"));
    builder.column(0).append_null();
    const RecordBatch batch = builder.finish();
    EXPECT_EQ(batch.schema()->field(0).type, DataType(TypeId::variant));
    const Value expected = value.type() == TypeId::float32 ? Value(1.5) : value;
    EXPECT_EQ(batch.row(0)[0].as<Value>(), expected);
    EXPECT_TRUE(batch.row(1)[0].is_null());
    EXPECT_EQ(batch.row(2)[0].as<Value>(), Value("later"));
    EXPECT_TRUE(batch.row(3)[0].is_null());
  }
}

TEST(ColumnBuilder, RetypesAColumnOfNulls) {
  BatchBuilder builder(schema_of({{"v", TypeId::null}}));
  builder.column(0).append_null();
  builder.column(0).retype_nulls(TypeId::string);
  builder.column(0).append_string("x");
  const RecordBatch batch = builder.finish();
  EXPECT_TRUE(batch.row(0)[0].is_null());
  EXPECT_EQ(batch.row(1)[0].as<std::string_view>(), "x");
}

TEST(Batch, FirstRowsShareTheMemoryAndCountTheirOwnNulls) {
  BatchBuilder builder(schema_of({{"v", TypeId::string}}));
  for (int i = 0; i < 10; ++i) {
    i % 2 == 0 ? builder.column(0).append_string("abc") : builder.column(0).append_null();
  }
  const RecordBatch batch = builder.finish();
  const RecordBatch three = batch.first(3);
  EXPECT_EQ(three.num_rows(), 3);
  EXPECT_EQ(three.column(0).null_count, 1);
  EXPECT_EQ(three.column(0).values, batch.column(0).values);
  EXPECT_LT(three.byte_size(), batch.byte_size());
}

TEST(Widen, MakesBatchesOfOneResultAgree) {
  BatchBuilder narrow(schema_of({{"v", TypeId::int64}}));
  narrow.column(0).append_int64(5);
  const SchemaPtr wide = schema_of({{"v", TypeId::variant}});
  const auto widened = widen(narrow.finish(), wide);
  ASSERT_TRUE(widened);
  EXPECT_EQ(widened->row(0)[0].as<int>(), 5);
  EXPECT_EQ(widened->schema(), wide);

  BatchBuilder text(schema_of({{"v", TypeId::string}}));
  text.column(0).append_string("x");
  const auto refused = widen(text.finish(), schema_of({{"v", TypeId::int64}}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("`v`"), std::string::npos);
}

TEST(Widen, MakesJsonOfLists) {
  const SchemaPtr lists = schema_of({{"v", DataType::list_of(TypeId::string)}});
  const SchemaPtr json = schema_of({{"v", TypeId::json}});
  const auto fill = [](ColumnBuilder& column) {
    ASSERT_TRUE(column.append(Value(Value::List{"a\"\\\n", nullptr})));
    column.append_null();
    ASSERT_TRUE(column.append(Value(Value::List{})));
  };
  BatchBuilder builder(lists);
  fill(builder.column(0));
  const auto widened = widen(builder.finish(), json);
  ASSERT_TRUE(widened) << widened.error().message;
  EXPECT_EQ(widened->row(0)[0].as<std::string>(), R"(["a\"\\\u000a",null])");
  EXPECT_TRUE(widened->row(1)[0].is_null());
  EXPECT_EQ(widened->row(2)[0].as<std::string>(), "[]");
  BatchBuilder in_place(lists);
  fill(in_place.column(0));
  in_place.column(0).widen_to_json();
  in_place.column(0).append_string("[[1]]");
  const RecordBatch batch = in_place.finish();
  EXPECT_EQ(batch.schema()->field(0).type, DataType(TypeId::json));
  EXPECT_EQ(batch.row(0)[0].as<std::string>(), widened->row(0)[0].as<std::string>());
  EXPECT_EQ(batch.row(3)[0].as<std::string>(), "[[1]]");
}

TEST(CommonType, IsTheNarrowestThatHoldsBoth) {
  EXPECT_EQ(common_type(DataType::list_of(TypeId::int64), TypeId::json), DataType(TypeId::json));
  EXPECT_EQ(common_type(TypeId::json, DataType::list_of(TypeId::int64)), DataType(TypeId::json));
  EXPECT_EQ(common_type(TypeId::null, TypeId::date), DataType(TypeId::date));
  EXPECT_EQ(common_type(TypeId::int64, TypeId::int64), DataType(TypeId::int64));
  EXPECT_EQ(common_type(TypeId::int64, TypeId::string), DataType(TypeId::variant));
  EXPECT_EQ(common_type(TypeId::variant, TypeId::bytes), DataType(TypeId::variant));
  EXPECT_EQ(common_type(DataType::list_of(TypeId::int64), TypeId::int64), std::nullopt);
}

TEST(Rows, WalksOverEmptyBatches) {
  const SchemaPtr schema = schema_of({{"v", TypeId::int64}});
  BatchBuilder empty(schema);
  BatchBuilder one(schema);
  one.column(0).append_int64(1);
  BatchBuilder last(schema);
  const Rows rows({empty.finish(), one.finish(), last.finish()});
  int seen = 0;
  for (const Row row : rows)
    seen += row["v"].as<int>();
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace penstock
