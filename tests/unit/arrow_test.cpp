#include "penstock/arrow.hpp"

#include <gtest/gtest.h>

#include "penstock/builder.hpp"

namespace penstock {
namespace {

RecordBatch sample() {
  const std::vector<Field> fields{{"i", TypeId::int64},   {"t", TypeId::string},
                                  {"d", TypeId::decimal}, {"l", DataType::list_of(TypeId::int64)},
                                  {"v", TypeId::variant}, {"n", TypeId::null},
                                  {"j", TypeId::json},    {"u", TypeId::uuid}};
  BatchBuilder builder(std::make_shared<const Schema>(fields));
  const auto row = [&builder](const std::vector<Value>& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_TRUE(builder.column(i).append(values[i]));
  };
  row({1, "one", Decimal{"1.50"}, Value::List{1, 2}, 5, nullptr, Json{"[1]"}, Uuid{}});
  row({nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr});
  row({3, "", Decimal{"NaN"}, Value::List{}, "five", nullptr, Json{"{}"}, Uuid{{std::byte{9}}}});
  return builder.finish();
}

std::vector<Value> values_of(const RecordBatch& batch, std::int64_t row) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < batch.num_columns(); ++i)
    values.push_back(batch.row(row)[i].as<Value>());
  return values;
}

TEST(Arrow, ImportsWhatItExportsWithoutACopy) {
  const RecordBatch batch = sample();
  ArrowSchema schema;
  ArrowArray array;
  export_schema(*batch.schema(), &schema);
  export_batch(batch, &array);
  const auto imported = import_batch(&array, &schema);
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(schema.release, nullptr);
  EXPECT_EQ(imported->num_rows(), batch.num_rows());
  for (std::size_t i = 0; i < batch.num_columns(); ++i) {
    EXPECT_EQ(imported->schema()->field(i).type, batch.schema()->field(i).type) << i;
    EXPECT_EQ(imported->column(i).values, batch.column(i).values) << i;
  }
  for (std::int64_t row = 0; row < batch.num_rows(); ++row)
    EXPECT_EQ(values_of(*imported, row), values_of(batch, row));
}

TEST(Arrow, KeepsTheMemoryUntilReleased) {
  ArrowSchema schema;
  ArrowArray array;
  {
    const RecordBatch batch = sample();
    export_schema(*batch.schema(), &schema);
    export_batch(batch, &array);
  }
  const auto imported = import_batch(&array, &schema);
  ASSERT_TRUE(imported);
  EXPECT_EQ(imported->row(0)["t"].as<std::string_view>(), "one");
}

// A batch of one column as another library may hand it over.
struct Foreign {
  std::array<const void*, 3> buffers{};
  std::array<const void*, 1> no_buffers{};
  ArrowSchema column_schema{};
  ArrowSchema* schema_child = &column_schema;
  ArrowSchema schema{};
  ArrowArray column{};
  ArrowArray* child = &column;
  ArrowArray array{};
  int released = 0;

  Foreign(const char* format, const void* values, std::int64_t length, std::int64_t offset) {
    buffers = {nullptr, values, nullptr};
    column_schema.format = format;
    column_schema.name = "c";
    column_schema.release = [](ArrowSchema* self) { self->release = nullptr; };
    schema.format = "+s";
    schema.n_children = 1;
    schema.children = &schema_child;
    schema.release = [](ArrowSchema* self) { self->release = nullptr; };
    column.length = length;
    column.offset = offset;
    column.n_buffers = 2;
    column.buffers = buffers.data();
    array.length = length;
    array.n_buffers = 1;
    array.buffers = no_buffers.data();
    array.n_children = 1;
    array.children = &child;
    array.private_data = this;
    array.release = [](ArrowArray* self) {
      ++static_cast<Foreign*>(self->private_data)->released;
      self->release = nullptr;
    };
  }
};

TEST(Arrow, WidensNarrowIntegersAndAppliesAnOffset) {
  const std::array<std::int16_t, 4> values{1, -2, 3, -4};
  Foreign foreign("s", values.data(), 3, 1);
  {
    const auto batch = import_batch(&foreign.array, &foreign.schema);
    ASSERT_TRUE(batch) << batch.error().message;
    EXPECT_EQ(batch->row(0)["c"].as<int>(), -2);
    EXPECT_EQ(batch->row(2)["c"].as<int>(), -4);
    EXPECT_EQ(foreign.released, 0);
  }
  EXPECT_EQ(foreign.released, 1);
}

TEST(Arrow, RefusesAFormatThatHasNoCounterpartAndReleasesIt) {
  Foreign foreign("tsn:", nullptr, 0, 0);
  const auto batch = import_batch(&foreign.array, &foreign.schema);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, ErrorCode::unsupported);
  EXPECT_NE(batch.error().message.find("`c`"), std::string::npos);
  EXPECT_EQ(foreign.released, 1);
  EXPECT_EQ(foreign.schema.release, nullptr);
}

}  // namespace
}  // namespace penstock
