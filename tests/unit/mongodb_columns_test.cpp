// Documents into batches: their types, what comes late, and what is no document.
#include <gtest/gtest.h>

#include "datasources/mongodb/bson.hpp"
#include "datasources/mongodb/columns.hpp"
#include "datasources/mongodb/fields.hpp"

namespace penstock::mongodb {
namespace {

BsonPtr document(std::string_view json) {
  bson_error_t error;
  return BsonPtr(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                    static_cast<ssize_t>(json.size()), &error));
}

Result<void> append(Columns& columns, std::string_view json) {
  const BsonPtr parsed = document(json);
  return columns.append_row(bson_get_data(parsed.get()), parsed->len);
}

std::string types(const Columns& columns) {
  std::string out;
  for (const Field& field : columns.schema()->fields())
    out += field.name + ":" + field.type.name() + ":" + field.native_type + " ";
  return out;
}

constexpr std::int64_t kLarge = 1 << 20;

TEST(MongodbColumns, HaveTheTypesOfTheirValues) {
  Columns columns({}, kLarge);
  ASSERT_TRUE(append(columns, R"({"_id": {"$oid": "4ed6e99f5e7819056416412d"}, "n": 1, "x": 1.5, "d":
      {"$date": "2025-01-02T03:04:05.678Z"}, "m": {"$numberDecimal": "1E+3"}, "a": [1, {"$oid":
      "4ed6e99f5e7819056416412d"}, {"$numberDouble": "NaN"}], "z": null})"));
  const RecordBatch batch = columns.take_batch();
  EXPECT_EQ(types(columns),
            "_id:string:objectId n:int64:int x:float64:double d:timestamp_tz:date m:decimal:decimal "
            "a:json:array z:null: ");
  const Row row = batch.row(0);
  EXPECT_EQ(row["m"].to_text(), "1000");
  EXPECT_EQ(row["d"].to_text(), "2025-01-02T03:04:05.678Z");
  EXPECT_EQ(row["a"].to_text(), R"([1,{"$oid":"4ed6e99f5e7819056416412d"},{"$numberDouble":"NaN"}])");
}

TEST(MongodbColumns, HoldValuesOfSeveralTypesAsTheyAre) {
  Columns columns({}, kLarge);
  for (const char* json : {R"({"v": null})", R"({"v": 1})", R"({"v": "x"})", R"({"v": {"a": 0.1}})", "{}"})
    ASSERT_TRUE(append(columns, json));
  const RecordBatch batch = columns.take_batch();
  EXPECT_EQ(types(columns), "v:variant: ");
  EXPECT_EQ(batch.row(1)["v"].as<std::int64_t>(), 1);
  EXPECT_EQ(batch.row(2)["v"].as<std::string_view>(), "x");
  EXPECT_EQ(batch.row(3)["v"].to_text(), R"({"a":0.1})");
  EXPECT_TRUE(batch.row(4)["v"].is_null());
}

TEST(MongodbColumns, KeepRoomForLateTypesButNotForLateFields) {
  Columns columns({}, kLarge);
  ASSERT_TRUE(append(columns, R"({"a": 1})"));
  (void)columns.take_batch();
  ASSERT_TRUE(append(columns, R"({"a": "late"})"));
  const auto late = append(columns, R"({"a": 2, "b": 1})");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::invalid_data);
  EXPECT_NE(late.error().message.find("'b'"), std::string::npos) << late.error().message;
}

TEST(MongodbColumns, PlannedOnesIgnoreOtherFields) {
  Columns columns({{"c0", "name"}, {"c0", "again"}, {"c1", "name"}}, kLarge);
  ASSERT_TRUE(append(columns, R"({"x": 1, "c1": "b", "c0": "a"})"));
  const RecordBatch batch = columns.take_batch();
  EXPECT_EQ(batch.row(0)[0].as<std::string_view>(), "a");
  EXPECT_EQ(batch.row(0)[1].as<std::string_view>(), "a");
  EXPECT_EQ(batch.row(0)[2].as<std::string_view>(), "b");
}

TEST(MongodbColumns, TakeNoInvalidTextAndNoDamagedDocument) {
  Columns columns({}, kLarge);
  const BsonPtr garbled = new_document();
  bson_append_utf8(garbled.get(), "g", 1, "f\xFFo", 3);
  const auto refused = columns.append_row(bson_get_data(garbled.get()), garbled->len);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_data);
  EXPECT_NE(refused.error().message.find("'g'"), std::string::npos);

  const BsonPtr whole = document(R"({"a": {"b": [1, 2, {"c": "text"}]}, "d": 1})");
  const std::vector<std::uint8_t> bytes(bson_get_data(whole.get()), bson_get_data(whole.get()) + whole->len);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const std::uint8_t flip : {0x01, 0x7F, 0xFF}) {
      std::vector<std::uint8_t> damaged = bytes;
      damaged[i] ^= flip;
      Columns fresh({}, kLarge);
      // Refused or read as something else: neither crashes nor reads beyond its end.
      (void)fresh.append_row(damaged.data(), static_cast<std::uint32_t>(damaged.size()));
    }
  }
}

TEST(MongodbColumns, RefuseValuesBeyondTheirLimit) {
  Columns columns({}, 10);
  EXPECT_TRUE(append(columns, R"({"a": "0123456789"})"));
  const auto refused = append(columns, R"({"a": "0123456789x"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
}

TEST(MongodbFields, TellSharesTypesAndPaths) {
  SampledFields fields;
  fields.add(*document(R"({"_id": 1, "a": {"b": "x", "c": [{"d": 1}]}})"));
  fields.add(*document(R"({"_id": 2, "a": "plain", "e": true})"));
  const auto columns = fields.columns();
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[1].comment, "object 1 times, string 1 times; has a.b (string), a.c (array), a.c.d (int)");
  EXPECT_EQ(columns[1].type.id, TypeId::variant);
  EXPECT_EQ(columns[2].comment, "in 1 of 2 documents that were sampled");
  EXPECT_EQ(fields.paths(), (std::vector<std::string>{"_id", "a", "a.b", "a.c", "a.c.d", "e"}));
}

TEST(MongodbDecimal, HasNoExponent) {
  for (const auto& [written, plain] :
       std::vector<std::pair<const char*, const char*>>{{"0", "0"},
                                                        {"-12.50", "-12.50"},
                                                        {"1E-30", "0.000000000000000000000000000001"},
                                                        {"1E+3", "1000"},
                                                        {"0E+3", "0"},
                                                        {"1.5E-8", "0.000000015"},
                                                        {"NaN", "NaN"},
                                                        {"-Infinity", "-Infinity"}}) {
    bson_decimal128_t number;
    ASSERT_TRUE(bson_decimal128_from_string(written, &number));
    EXPECT_EQ(plain_digits(number), plain) << written;
  }
}

}  // namespace
}  // namespace penstock::mongodb
