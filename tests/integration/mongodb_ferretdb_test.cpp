// The MongoDB driver on FerretDB, a server that is not MongoDB's and takes native commands alone.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/mongodb_shop.hpp"
#include "servers/ferretdb_server.hpp"
#include "servers/mongo_servers.hpp"

namespace penstock {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// One server for all of them, as none writes anything but what it alone reads.
class MongodbFerretDb : public testing::Test {
 protected:
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (const std::string missing = test::FerretDbServer::missing(); !missing.empty()) {
      ASSERT_EQ(std::getenv("CI"), nullptr) << missing;  // NOLINT(concurrency-mt-unsafe)
      GTEST_SKIP() << missing;
    }
    if (server_ == nullptr) {
      server_ = std::make_unique<test::FerretDbServer>();
      insert("people", R"({"_id": 1, "name": "Ada", "age": 36, "address": {"city": "London"}},
                          {"_id": 2, "name": "Grace", "age": 85, "address": {"city": "New York"}},
                          {"_id": 3, "name": "Edsger", "age": 72, "address": {"city": "London"}})");
    }
    shop_ = std::make_unique<Shop>(*server_);
  }
  void insert(const std::string& collection, const std::string& documents) {
    test::MongoAdmin(server_->port())
        .run("shop", R"({"insert": ")" + collection + R"(", "documents": [)" + documents + "]}");
  }
  [[nodiscard]] std::string text(std::string_view query, const Params& params = {}) {
    return shop_->text(query, params);
  }

  static std::unique_ptr<test::FerretDbServer> server_;
  std::unique_ptr<Shop> shop_;
};
std::unique_ptr<test::FerretDbServer> MongodbFerretDb::server_;

TEST_F(MongodbFerretDb, Finds) {
  EXPECT_EQ(text(R"({"find": "people", "filter": {"age": {"$gte": {"$param": 1}}}, "sort": {"age": -1},
                     "projection": {"_id": 0, "name": 1}})",
                 {70}),
            "name\nGrace\nEdsger");
  EXPECT_EQ(text(R"({"find": "people", "filter": {"address.city": {"$param": "city"}}, "sort": {"_id": 1},
                     "skip": 1, "limit": 1})",
                 Params::named({{"city", "London"}})),
            "_id|name|age|address\n3|Edsger|72|{\"city\":\"London\"}");
  EXPECT_EQ(text(R"({"count": "people", "query": {"age": {"$lt": 80}}})"), "count\n2");
  EXPECT_EQ(text(R"({"distinct": "people", "key": "address.city"})"), "address.city\nLondon\nNew York");
}

TEST_F(MongodbFerretDb, Aggregates) {
  EXPECT_EQ(text(R"({"aggregate": "people", "pipeline": [{"$match": {"age": {"$gt": 1}}},
                     {"$group": {"_id": "$address.city", "years": {"$sum": "$age"}}},
                     {"$sort": {"years": -1}}, {"$limit": 1}]})"),
            "_id|years\nLondon|108");
  EXPECT_EQ(text(R"({"aggregate": "people", "pipeline": [{"$count": "all"}]})"), "all\n3");
}

TEST_F(MongodbFerretDb, BringsTypesWithoutLoss) {
  insert("types",
         R"({"_id": {"$oid": "0123456789abcdef01234567"}, "long": {"$numberLong": "9007199254740993"},
      "double": 0.1, "yes": true, "none": null, "when": {"$date": {"$numberLong": "-1"}},
      "bytes": {"$binary": {"base64": "AP8=", "subType": "00"}}, "list": [1, "two"], "text": "Ωmega"})");
  EXPECT_EQ(text(R"({"find": "types"})"),
            "_id|long|double|yes|none|when|bytes|list|text\n"
            "0123456789abcdef01234567|9007199254740993|0.1|true|NULL|1969-12-31T23:59:59.999Z|\\x00ff|"
            "[1,\"two\"]|Ωmega");
}

TEST_F(MongodbFerretDb, StreamsBatchByBatch) {
  std::string documents;
  for (int i = 0; i < 1'500; ++i)
    documents += (i == 0 ? "" : ", ") + (R"({"_id": )" + std::to_string(i) + "}");
  insert("many", documents);
  const QueryResult all = shop_->ask(R"({"find": "many", "sort": {"_id": 1}})");
  ASSERT_TRUE(all.success) << all.error;
  ASSERT_EQ(all.row_count, 1'500);
  EXPECT_EQ(all.data[1'499][0].as<std::int64_t>(), 1'499);
  const QueryResult cut = shop_->ask(R"({"find": "many"})", std::chrono::seconds(30), 10);
  EXPECT_EQ(cut.row_count, 10);
  EXPECT_TRUE(cut.truncated);
}

TEST_F(MongodbFerretDb, SaysWhatIsNotThere) {
  EXPECT_EQ(text(R"({"find": "people", "filter": {"age": 1}, "projection": {"name": 1}})"), "_id|name");
  EXPECT_THAT(text(R"({"find": "peeple"})"), AllOf(StartsWith("error"), HasSubstr("peeple")));
  EXPECT_EQ(shop_->ask(R"({"find": "people", "filter": {"agee": 1}})").code, ErrorCode::not_found);
  EXPECT_EQ(shop_->ask(R"({"find": "people", "filter": {"age": {"$noSuch": 1}}})").success, false);
}

TEST_F(MongodbFerretDb, DescribesCollections) {
  const auto schema = shop_->manager().schema("shop", "people");
  ASSERT_TRUE(schema) << schema.error().message;
  ASSERT_EQ(schema->tables.size(), 1U);
  const auto& columns = schema->tables[0].columns;
  ASSERT_EQ(columns.size(), 4U);
  EXPECT_EQ(columns[2].name, "age");
  EXPECT_EQ(columns[2].type.id, TypeId::int64);
  EXPECT_THAT(columns[3].comment, HasSubstr("address.city"));
}

// A `$project` of it takes the path of a field for a text.
TEST_F(MongodbFerretDb, IsKnownForWhatItIsAndRefusesSql) {
  const auto reports = shop_->manager().health();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].state, DataSourceState::up);
  EXPECT_EQ(reports[0].server.product, "FerretDB");
  const QueryResult refused = shop_->ask("SELECT name FROM people");
  EXPECT_EQ(refused.code, ErrorCode::unsupported);
  EXPECT_THAT(refused.error, HasSubstr("FerretDB 1.x"));
}

}  // namespace
}  // namespace penstock
