// The MongoDB driver against recorded answers, for what no server that runs here can do: examples of
// MongoDB's manual, killOp, replica sets, SCRAM, FerretDB's pipelines. Each example names the page that it is
// of.
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/mongodb_shop.hpp"
#include "servers/mongo_script.hpp"

namespace penstock {
namespace {

using test::MongoExchange;
using test::MongoScript;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

template <typename Condition>
bool wait_until(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

std::string cursor(std::string_view documents, std::string_view collection, std::string_view id = "0",
                   std::string_view batch = "firstBatch") {
  return R"({"ok": 1, "cursor": {"id": {"$numberLong": ")" + std::string(id) + R"("}, "ns": "shop.)" +
         std::string(collection) + R"(", ")" + std::string(batch) + R"(": [)" + std::string(documents) +
         "]}}";
}

struct Example {
  std::string page;  ///< of https://www.mongodb.com/docs/manual/reference/
  std::string query;
  std::string answer;
  std::string read;
};

std::vector<Example> examples() {
  return {
      {"operator/aggregation/match",
       R"({"aggregate": "articles", "pipeline": [{"$match": {"author": "dave"}}]})",
       cursor(R"({"_id": {"$oid": "512bc95fe835e68f199c8686"}, "author": "dave", "score": 80, "views": 100},
              {"_id": {"$oid": "512bc962e835e68f199c8687"}, "author": "dave", "score": 85, "views": 521})",
              "articles"),
       "_id|author|score|views\n512bc95fe835e68f199c8686|dave|80|100\n512bc962e835e68f199c8687|dave|85|521"},
      {"operator/aggregation/avg",
       R"({"aggregate": "sales", "pipeline": [{"$group": {"_id": "$item", "avgAmount": {"$avg": {"$multiply":
          ["$price", "$quantity"]}}, "avgQuantity": {"$avg": "$quantity"}}}]})",
       cursor(R"({"_id": "xyz", "avgAmount": 37.5, "avgQuantity": 7.5}, {"_id": "jkl", "avgAmount": 20,
              "avgQuantity": 1}, {"_id": "abc", "avgAmount": 60, "avgQuantity": 6})",
              "sales"),
       "_id|avgAmount|avgQuantity\nxyz|37.5|7.5\njkl|20|1\nabc|60|6"},
      {"operator/aggregation/sum",
       R"({"aggregate": "sales", "pipeline": [{"$group": {"_id": {"day": {"$dayOfYear": "$date"}, "year":
          {"$year": "$date"}}, "totalAmount": {"$sum": {"$multiply": ["$price", "$quantity"]}}}}]})",
       cursor(R"({"_id": {"day": 46, "year": 2014}, "totalAmount": 150},
              {"_id": {"day": 34, "year": 2014}, "totalAmount": 45})",
              "sales"),
       "_id|totalAmount\n{\"day\":46,\"year\":2014}|150\n{\"day\":34,\"year\":2014}|45"},
      {"operator/aggregation/setWindowFields",
       R"({"aggregate": "cakeSales", "pipeline": [{"$setWindowFields": {"partitionBy": "$state", "sortBy":
          {"orderDate": 1}, "output": {"cumulativeQuantityForState": {"$sum": "$quantity", "window":
          {"documents": ["unbounded", "current"]}}}}}]})",
       cursor(
           R"({"_id": 4, "type": "strawberry", "orderDate": {"$date": "2019-05-18T16:09:01Z"}, "state": "CA",
              "quantity": 162, "cumulativeQuantityForState": 162}, {"_id": 0, "type": "chocolate", "orderDate":
              {"$date": "2020-05-18T14:10:30Z"}, "state": "CA", "quantity": 120,
              "cumulativeQuantityForState": 282})",
           "cakeSales"),
       "_id|type|orderDate|state|quantity|cumulativeQuantityForState\n"
       "4|strawberry|2019-05-18T16:09:01Z|CA|162|162\n0|chocolate|2020-05-18T14:10:30Z|CA|120|282"},
      {"command/distinct", R"({"distinct": "inventory", "key": "dept"})",
       R"({"values": ["A", "B"], "ok": 1})", "dept\nA\nB"},
      {"command/count", R"({"count": "orders"})", R"({"n": 26, "ok": 1})", "count\n26"},
  };
}

TEST(MongodbScripted, ReadsTheExamplesOfTheManual) {
  for (const Example& example : examples()) {
    SCOPED_TRACE(example.page);
    // What is asked must come as it was written, stages and all.
    const MongoScript server({{example.query, example.answer}});
    EXPECT_EQ(Shop(server).text(example.query), example.read);
  }
}

TEST(MongodbScripted, ReadsACursorToItsEndAndClosesOneThatIsDropped) {
  const std::string id = "678960441858272731";
  const MongoScript server({{R"({"find": "rows"})", cursor(R"({"n": 1}, {"n": 2})", "rows", id)},
                            {R"({"getMore": {"$numberLong": "678960441858272731"}})",
                             cursor(R"({"n": 3})", "rows", "0", "nextBatch")},
                            {R"({"find": "more"})", cursor(R"({"n": 1})", "more", "77")},
                            {R"({"getMore": {"$numberLong": "77"}})",
                             cursor(R"({"n": 2}, {"n": 3}, {"n": 4})", "more", "77", "nextBatch")},
                            {R"({"killCursors": "more"})", R"({"cursorsKilled": [77], "ok": 1})"}});
  Shop shop(server);
  EXPECT_EQ(shop.text(R"({"find": "rows"})"), "n\n1\n2\n3");
  const QueryResult cut = shop.ask(R"({"find": "more"})", 30s, 2);
  EXPECT_EQ(cut.row_count, 2) << cut.error;
  EXPECT_TRUE(cut.truncated);
  EXPECT_TRUE(
      wait_until([&] { return server.commands().back().starts_with(R"({ "killCursors" : "more")"); }));
}

TEST(MongodbScripted, EndsInTimeWhenTheServerSendsNothingForEver) {
  const MongoScript server({{R"({"find": "rows"})", cursor("", "rows", "5")},
                            {R"({"getMore": {"$numberLong": "5"}})", cursor("", "rows", "5", "nextBatch")},
                            {R"({"killCursors": "rows"})", R"({"ok": 1})"}});
  Shop shop(server);
  EXPECT_EQ(shop.ask(R"({"find": "rows"})", 100ms).code, ErrorCode::timeout);
  // Between two answers the cursor is closed; while one is waited for, the session is given up.
  EXPECT_TRUE(wait_until([&] {
    const std::string last = server.commands().back();
    return last.starts_with(R"({ "killCursors" : "rows")") || last.find("$currentOp") != std::string::npos;
  }));
}

TEST(MongodbScripted, SendsWhatItWasConfiguredWith) {
  const MongoScript server({{R"({"find": "rows"})", cursor(R"({"n": 1})", "rows")}});
  Shop shop(server, "read_concern: majority");
  EXPECT_EQ(shop.text(R"({"find": "rows", "filter": {"n": {"$gt": 0}}})"), "n\n1");
  EXPECT_THAT(
      server.commands(),
      ElementsAre(AllOf(HasSubstr(R"("$db" : "shop")"), HasSubstr(R"("lsid" : { "id" : )"),
                        HasSubstr(R"("readConcern" : { "level" : "majority" })"),
                        HasSubstr(R"("maxTimeMS" : )"), HasSubstr(R"("filter" : { "n" : { "$gt" : 0 } })"))));
}

TEST(MongodbScripted, SaysWhatAnErrorOfTheServerMeans) {
  const std::vector<std::pair<int, ErrorCode>> meanings{
      {50, ErrorCode::timeout},        {13, ErrorCode::forbidden},    {292, ErrorCode::limit_exceeded},
      {11600, ErrorCode::unavailable}, {11601, ErrorCode::cancelled}, {43, ErrorCode::unavailable},
      {134, ErrorCode::unavailable},   {26, ErrorCode::not_found},    {4711, ErrorCode::invalid_argument}};
  for (const auto& [code, means] : meanings) {
    const MongoScript server({{R"({"find": "rows"})", R"({"ok": 0, "errmsg": "of Ada Lovelace", "code": )" +
                                                          std::to_string(code) + R"(, "codeName": "X"})"}});
    const QueryResult result = Shop(server).ask(R"({"find": "rows"})");
    EXPECT_EQ(result.code, means) << code << ": " << result.error;
    EXPECT_THAT(result.error, Not(HasSubstr("Ada"))) << code;
  }
}

// What a query that takes for ever leaves behind is looked for by its session and ended by its number.
void expect_kill(const std::string& number) {
  const MongoScript server(
      {{R"({"find": "silence"})", ""},
       {R"({"aggregate": 1})", R"({"ok": 1, "cursor": {"id": 0, "ns": "admin.$cmd.aggregate",
                               "firstBatch": [{"type": "op", "opid": )" +
                                   number + "}]}}"},
       {R"({"killOp": 1})", R"({"info": "attempting to kill op", "ok": 1})"}});
  Shop shop(server);
  const QueryResult result = shop.ask(R"({"find": "silence"})", 100ms);
  EXPECT_EQ(result.code, ErrorCode::timeout) << result.error;
  ASSERT_TRUE(wait_until([&] { return server.commands().size() == 3; }));
  const auto commands = server.commands();
  const std::size_t session = commands[0].find(R"("lsid")");
  ASSERT_NE(session, std::string::npos);
  const std::size_t id = commands[0].find(R"("base64")", session);
  const std::string uuid = commands[0].substr(id, commands[0].find('}', id) - id);
  EXPECT_THAT(commands[1],
              AllOf(HasSubstr(R"("$currentOp" : {  })"), HasSubstr(R"("lsid.id" : { "$binary" : { )" + uuid),
                    HasSubstr(R"("$db" : "admin")")));
  EXPECT_THAT(commands[2], AllOf(HasSubstr(R"("op" : )" + number), HasSubstr(R"("$db" : "admin")")));
}

TEST(MongodbScripted, EndsByItsNumberWhatWasStopped) {
  expect_kill("1234");
}
TEST(MongodbScripted, EndsByItsNumberWhatWasStoppedOnAShard) {
  expect_kill(R"("shard01:5678")");
}

TEST(MongodbScripted, LeavesAStoppedQueryToAServerThatCannotTellItsOperations) {
  const std::vector<MongoExchange> silence{{R"({"find": "silence"})", ""}};
  const MongoScript server(silence);
  {
    Shop shop(server);
    EXPECT_EQ(shop.ask(R"({"find": "silence"})", 100ms).code, ErrorCode::timeout);
  }
  EXPECT_THAT(server.commands(), Not(Contains(HasSubstr("killOp"))));
}

TEST(MongodbScripted, RefusesSqlOnFerretdb1) {
  const MongoScript server({{R"({"find": "people"})", cursor(R"({"name": "Ada"})", "people")}},
                           {.build_info = R"({"version": "7.0.42", "ferretdbVersion": "v1.24.0", "ok": 1})"});
  Shop shop(server);
  const QueryResult refused = shop.ask("SELECT name FROM people");
  EXPECT_EQ(refused.code, ErrorCode::unsupported);
  EXPECT_THAT(refused.error, HasSubstr("FerretDB 1.x"));
  EXPECT_THAT(server.commands(), IsEmpty());
  EXPECT_EQ(shop.text(R"({"find": "people"})"), "name\nAda");
}

TEST(MongodbScripted, ProvesItsPasswordBySha256) {
  const MongoScript server({{R"({"find": "rows"})", cursor(R"({"n": 1})", "rows")}},
                           {.password = "correct horse"});
  EXPECT_EQ(Shop(server, "user: agents, password: correct horse").text(R"({"find": "rows"})"), "n\n1");
  EXPECT_EQ(Shop(server, "user: agents, password: correct horse, auth_mechanism: SCRAM-SHA-256")
                .text(R"({"find": "rows"})"),
            "n\n1");
  const QueryResult wrong =
      Shop(server, "user: agents, password: another one").ask(R"({"find": "rows"})", 3s);
  EXPECT_THAT(wrong.error,
              AllOf(HasSubstr("refuses the configured user or password"), Not(HasSubstr("another one"))));
}

// Two members of a replica set.
class ReplicaSet {
 public:
  explicit ReplicaSet(const std::vector<MongoExchange>& of_the_secondary) : secondary_(of_the_secondary) {
    const std::string members = R"("setName": "rs0", "setVersion": 1, "hosts": [")" + primary_.address() +
                                R"(", ")" + secondary_.address() + R"("], "primary": ")" +
                                primary_.address() + R"(", "me": ")";
    primary_.greet_with(members + primary_.address() + R"(", "secondary": false)", true);
    secondary_.greet_with(members + secondary_.address() + R"(", "secondary": true)", false);
  }
  [[nodiscard]] const MongoScript& primary() const { return primary_; }
  [[nodiscard]] const MongoScript& secondary() const { return secondary_; }

 private:
  MongoScript primary_{std::vector<MongoExchange>()};
  MongoScript secondary_;
};

TEST(MongodbScripted, AsksTheMembersThatItWasConfiguredToAskAndEndsWhatItLeftThere) {
  ReplicaSet set(
      {{R"({"find": "rows"})", cursor(R"({"n": 1})", "rows")},
       {R"({"find": "silence"})", ""},
       {R"({"aggregate": 1})",
        R"({"ok": 1, "cursor": {"id": 0, "ns": "admin.$cmd.aggregate", "firstBatch": [{"opid": 9}]}})"},
       {R"({"killOp": 1})", R"({"ok": 1})"}});
  Shop shop(set.primary(), "replica_set: rs0, read_preference: secondary");
  EXPECT_EQ(shop.text(R"({"find": "rows"})"), "n\n1");
  EXPECT_THAT(set.secondary().commands(),
              ElementsAre(HasSubstr(R"("$readPreference" : { "mode" : "secondary" })")));
  EXPECT_EQ(shop.ask(R"({"find": "silence"})", 100ms).code, ErrorCode::timeout);
  EXPECT_TRUE(wait_until([&] { return set.secondary().commands().size() == 4; }));
  EXPECT_THAT(set.secondary().commands().back(), HasSubstr("killOp"));
  EXPECT_THAT(set.primary().commands(), IsEmpty());
}

}  // namespace
}  // namespace penstock
