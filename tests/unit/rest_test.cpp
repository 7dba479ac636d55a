// The endpoints of REST, on SQLite files and on scripted datasources, without a socket.
#include "server/rest.hpp"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/rest/openapi.hpp"
#include "sqlite_bank.hpp"
#include "unit/fake_exchange.hpp"
#include "unit/manager_fixture.hpp"
#include "unit/rest_fixture.hpp"

namespace penstock::server {
namespace {

using test::FakeExchange;
using test::FakeRequest;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using State = FakeExchange::State;

/// A manager with REST before it.
class Api {
 public:
  explicit Api(DataSourceManager& manager, RestOptions options = {})
      : executor_(manager), schemas_(manager, executor_), rest(manager, executor_, schemas_, options) {}

  std::shared_ptr<FakeExchange> begin(FakeRequest request) {
    auto exchange = std::make_shared<FakeExchange>(std::move(request));
    rest.answer(exchange);
    return exchange;
  }
  std::shared_ptr<FakeExchange> ask(FakeRequest request) {
    auto exchange = begin(std::move(request));
    exchange->wait();
    EXPECT_EQ(exchange->answers(), 1);
    return exchange;
  }
  std::shared_ptr<FakeExchange> get(std::string target) { return ask({.target = std::move(target)}); }
  std::shared_ptr<FakeExchange> post(std::string target, std::string body,
                                     std::vector<HttpHeader> headers = {}) {
    headers.emplace_back("content-type", "application/json");
    return ask({.method = "POST",
                .target = std::move(target),
                .headers = std::move(headers),
                .body = std::move(body)});
  }

 private:
  test::ThreadExecutor executor_;
  SchemaCache schemas_;

 public:
  RestApi rest;
};

class Rest : public sqlite::SqliteBank {
 protected:
  Rest() {
    penstock::test::write_file(
        folder / "datasources.yaml",
        "datasources:\n"
        "  bank: {type: sqlite, description: Files, connection: {path: .}, databases: [customer_db, "
        "accounts_db]}\n"
        "  attic: {type: sqlite, enabled: false, connection: {path: .}, databases: [old_db]}\n");
    penstock::test::write_file(
        folder / "summary.yaml",
        "data_sources: [{id: customer_db, datasource: bank, name: Customers, owner: [a, b]}]\n");
    auto loaded = DataSourceManager::load(folder.path());
    if (!loaded) throw std::runtime_error(loaded.error().message);
    manager_ = std::move(*loaded);
    api_ = std::make_unique<Api>(*manager_);
  }
  [[nodiscard]] static std::string body(std::string_view sql, std::string_view more = "") {
    return R"({"database":"customer_db","sql":")" + std::string(sql) + "\"" + std::string(more) + "}";
  }

  std::unique_ptr<DataSourceManager> manager_;
  std::unique_ptr<Api> api_;
};

TEST_F(Rest, AnswersAQueryInTheMissionsShape) {
  const auto answer =
      api_->post("/v1/query", body("SELECT id, name FROM customers WHERE id = ?", R"(,"params":[2])"));
  EXPECT_EQ(answer->head().status, 200);
  EXPECT_EQ(answer->head().content_type, "application/json");
  const auto json = boost::json::parse(answer->text()).as_object();
  EXPECT_EQ(json.at("success"), true);
  EXPECT_EQ(json.at("data"), boost::json::parse(R"([{"id":2,"name":"Grace"}])"));
  EXPECT_EQ(json.at("columns"), boost::json::parse(R"(["id","name"])"));
  EXPECT_EQ(json.at("row_count"), 1);
  EXPECT_EQ(json.at("error"), nullptr);
  EXPECT_TRUE(json.contains("execution_time_ms"));
}

TEST_F(Rest, AnswersInTheFormatThatIsAskedFor) {
  const struct {
    std::string_view more;
    std::string accept;
    std::string_view type;
    std::string_view text;
  } cases[] = {
      {R"(,"rows":"arrays")", "", "application/json", R"("data":[[1,"Ada"],[2,"Grace"]])"},
      {"", "application/x-ndjson", "application/x-ndjson", "{\"id\":1,\"name\":\"Ada\"}\n{\"id\":2,"},
      {"", "text/csv", "text/csv; charset=utf-8; header=present", "id,name\r\n1,Ada\r\n2,Grace\r\n"},
      {R"(,"format":"tsv")", "text/csv", "text/tab-separated-values; charset=utf-8", "id\tname\r\n1\tAda"},
      {"", "text/markdown", "text/markdown; charset=utf-8", "| id | name"},
      {"", "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream", "Grace"},
  };
  for (const auto& [more, accept, type, text] : cases) {
    const auto answer = api_->post("/v1/query", body("SELECT id, name FROM customers ORDER BY id", more),
                                   {{"accept", accept}});
    EXPECT_EQ(answer->head().status, 200) << answer->text();
    EXPECT_EQ(answer->head().content_type, type);
    EXPECT_THAT(answer->text(), HasSubstr(text)) << type;
  }
}

TEST_F(Rest, RefusesWithProblemDetails) {
  const struct {
    std::string sql;
    int status;
    std::string_view code;
  } cases[] = {
      {"DELETE FROM customers", 403, "read_only"}, {"SELECT * FROM custmers", 404, "not_found"},
      {"SELECT FROM", 400, "syntax_error"},        {"SELECT 1; SELECT 2", 400, "invalid_argument"},
      {"SELECT ?", 400, "invalid_argument"},
  };
  for (const auto& [sql, status, code] : cases) {
    const auto answer = api_->post("/v1/query", body(sql));
    EXPECT_EQ(answer->head().status, status) << sql << answer->text();
    EXPECT_EQ(answer->head().content_type, "application/problem+json");
    const auto problem = boost::json::parse(answer->text()).as_object();
    EXPECT_EQ(problem.at("status"), status);
    EXPECT_EQ(problem.at("code").as_string(), code);
    EXPECT_EQ(problem.at("type").as_string(), "urn:penstock:error:" + std::string(code));
    EXPECT_EQ(problem.at("request_id"), "request-1");
  }
  EXPECT_EQ(api_->post("/v1/query", R"({"database":"nowhere","sql":"SELECT 1"})")->head().status, 404);
  const auto disabled = api_->post("/v1/query", R"({"database":"old_db","sql":"SELECT 1"})");
  EXPECT_EQ(disabled->head().status, 503);
  EXPECT_EQ(disabled->answer_header("Retry-After"), "1");
}

TEST_F(Rest, RefusesWhatHttpItselfRulesOut) {
  const auto not_json = api_->ask({.method = "POST",
                                   .target = "/v1/query",
                                   .headers = {{"content-type", "text/plain"}},
                                   .body = body("SELECT 1")});
  EXPECT_EQ(not_json->head().status, 415);
  EXPECT_EQ(api_->ask({.method = "POST", .target = "/v1/query", .body = body("SELECT 1")})->head().status,
            415);
  const auto not_acceptable = api_->post("/v1/query", body("SELECT 1"), {{"accept", "image/png"}});
  EXPECT_EQ(not_acceptable->head().status, 406);
  EXPECT_THAT(not_acceptable->text(), HasSubstr("text/csv"));
  const auto wrong_method = api_->get("/v1/query");
  EXPECT_EQ(wrong_method->head().status, 405);
  EXPECT_EQ(wrong_method->answer_header("Allow"), "POST");
  EXPECT_EQ(api_->ask({.method = "DELETE", .target = "/v1/databases/customer_db"})->answer_header("Allow"),
            "GET, HEAD");
  for (const char* path : {"/v1", "/v1/", "/v1/nothing", "/v1/databases/", "/v1/databases/a/b",
                           "/v1/databases//schema", "/v1/query/"}) {
    const auto nothing = api_->get(path);
    EXPECT_EQ(nothing->head().status, 404) << path;
    EXPECT_THAT(nothing->text(), HasSubstr("GET /v1/databases")) << path;
  }
}

TEST_F(Rest, TightensLimitsAndNeverLoosensThem) {
  Api api(*manager_, {.max_rows = 2});
  const std::string sql =
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n";
  EXPECT_THAT(api.post("/v1/query", body(sql))->text(), HasSubstr(R"("row_count":2)"));
  EXPECT_THAT(api.post("/v1/query", body(sql, R"(,"max_rows":4)"))->text(), HasSubstr(R"("truncated":true)"));
  EXPECT_THAT(api.post("/v1/query", body(sql, R"(,"max_rows":1)"))->text(), HasSubstr(R"("row_count":1)"));
  const auto csv = api.post("/v1/query", body(sql, R"(,"format":"csv")"));
  EXPECT_EQ(csv->answer_header("Penstock-Truncated"), "true");
  api.rest.set_options({.max_rows = 100});
  EXPECT_THAT(api.post("/v1/query", body(sql))->text(), HasSubstr(R"("row_count":5)"));
  const auto late =
      api.post("/v1/query",
               body("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n",
                    R"(,"timeout":"50ms")"));
  EXPECT_EQ(late->head().status, 504);
}

TEST_F(Rest, StreamsWhatIsLarge) {
  Api api(*manager_, {.max_rows = 1'000'000, .max_bytes = 1 << 30});
  const auto answer =
      api.post("/v1/query", body("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < "
                                 "200000) SELECT i, 'some text' AS t FROM n"));
  EXPECT_EQ(answer->wait(), State::ended);
  EXPECT_GT(answer->writes(), 10);
  EXPECT_LT(answer->largest_write(), 2U << 20);
  const auto json = boost::json::parse(answer->text()).as_object();
  EXPECT_EQ(json.at("row_count"), 200'000);
  EXPECT_EQ(json.at("data").as_array().size(), 200'000U);
}

TEST_F(Rest, ListsDatabases) {
  const auto list = boost::json::parse(api_->get("/v1/databases")->text()).at("databases").as_array();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0],
            boost::json::parse(R"({"id":"customer_db","name":"Customers","description":"","datasource":"bank",
      "type":"sqlite","access":"read_only","available":true,"extra":{"owner":"[a, b]"}})"));
  EXPECT_EQ(list[2].at("available"), false);
  EXPECT_EQ(boost::json::parse(api_->get("/v1/databases/customer_db")->text()), list[0]);
  EXPECT_EQ(boost::json::parse(api_->get("/v1/databases/customer%5Fdb")->text()), list[0]);
  const auto unknown = api_->get("/v1/databases/custmer_db");
  EXPECT_EQ(unknown->head().status, 404);
  EXPECT_THAT(unknown->text(), HasSubstr("did you mean 'customer_db'?"));
  EXPECT_EQ(api_->get("/v1/databases?limit=1")->head().status, 400);
}

TEST_F(Rest, ShowsSchemas) {
  const auto all = boost::json::parse(api_->get("/v1/databases/customer_db/schema?detail=names")->text());
  EXPECT_EQ(all.at("tables"),
            boost::json::parse(R"([{"name":"customers","kind":"table"},{"name":"names","kind":"view"}])"));
  EXPECT_EQ(all.at("next_offset"), nullptr);
  const auto found = boost::json::parse(
      api_->get("/v1/databases/customer_db/schema?search=BAL*&in=columns&kind=table,view")->text());
  EXPECT_EQ(found.at("found"), 1);
  EXPECT_EQ(found.at("matched_columns"), boost::json::parse(R"({"customers":["balance"]})"));
  const auto page = boost::json::parse(api_->get("/v1/databases/customer_db/schema?limit=1")->text());
  EXPECT_EQ(page.at("next_offset"), 1);
  EXPECT_THAT(page.at("notice").as_string().c_str(), HasSubstr("offset 1"));
  for (const char* query :
       {"detail=most", "in=rows", "in=", "kind=tabel", "limit=0", "offset=-1", "serch=x", "max_bytes=x"})
    EXPECT_EQ(api_->get("/v1/databases/customer_db/schema?" + std::string(query))->head().status, 400)
        << query;
  EXPECT_EQ(api_->get("/v1/databases/nowhere/schema")->head().status, 404);
}

TEST_F(Rest, ValidatesDatabases) {
  const auto valid = boost::json::parse(
      api_->post("/v1/validate", R"({"databases":["customer_db","accounts_db"]})")->text());
  EXPECT_EQ(valid.at("valid"), true);
  EXPECT_EQ(valid.at("datasource"), "bank");
  const auto invalid = api_->post("/v1/validate", R"({"databases":["customer_db","nowhere"]})");
  EXPECT_EQ(invalid->head().status, 200);
  EXPECT_EQ(boost::json::parse(invalid->text()).at("code"), "not_found");
}

TEST_F(Rest, ExplainsStatements) {
  const auto plan = boost::json::parse(api_->post("/v1/explain", body("SELECT * FROM customers"))->text());
  EXPECT_EQ(plan.at("plan"), "SCAN customers");
  const auto json = boost::json::parse(
      api_->post("/v1/explain", body("SELECT * FROM customers", R"(,"format":"json")"))->text());
  EXPECT_EQ(json.at("plan"), boost::json::parse(R"([{"step":"SCAN customers","steps":[]}])"));
  EXPECT_EQ(api_->post("/v1/explain", body("DELETE FROM customers"))->head().status, 403);
  EXPECT_EQ(api_->post("/v1/explain", body("SELECT 1", R"(,"analyze":true)"))->head().status, 403);
}

TEST_F(Rest, ShowsDatasources) {
  const auto quiet = boost::json::parse(api_->get("/v1/datasources")->text()).at("datasources").as_array();
  ASSERT_EQ(quiet.size(), 2U);
  EXPECT_EQ(quiet[0].at("state"), "unknown");
  EXPECT_EQ(quiet[0].at("pools").at(0).at("pool").at("max_size"), 10);
  EXPECT_EQ(quiet[1].at("state"), "disabled");
  const auto probed =
      boost::json::parse(api_->get("/v1/datasources?probe=true")->text()).at("datasources").as_array();
  EXPECT_EQ(probed[0].at("probes").at(0).at("state"), "up");
  EXPECT_EQ(probed[0].at("probes").at(0).at("product"), "SQLite");
}

TEST_F(Rest, SaysWhetherItIsAliveAndReady) {
  EXPECT_EQ(api_->get("/healthz")->text(), R"({"status":"ok"})");
  EXPECT_EQ(api_->ask({.method = "HEAD", .target = "/healthz"})->head().status, 200);
  EXPECT_EQ(api_->get("/readyz")->head().status, 200);
  manager_->close();
  EXPECT_EQ(api_->get("/readyz")->head().status, 503);
  EXPECT_EQ(api_->get("/healthz")->head().status, 200);
}

// Every endpoint is in the document, and the document has no other.
TEST_F(Rest, IsDescribedByItsDocument) {
  const auto answer = api_->get("/openapi.json");
  EXPECT_EQ(answer->text(), protocol::rest::openapi_document());
  const auto document = boost::json::parse(answer->text());
  std::set<std::string> described;
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& method : path.value().as_object()) {
      std::string name(method.key());
      for (char& c : name)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      described.insert(name + " " + std::string(path.key()));
    }
  }
  described.erase("GET /metrics");  // the application's own
  std::set<std::string> served;
  for (const RestRoute& route : RestApi::routes())
    served.insert(std::string(route.method) + " " + std::string(route.path));
  EXPECT_EQ(described, served);
}

class RestScripted : public Manager {
 protected:
  void SetUp() override {
    load();
    api_ = std::make_unique<Api>(*manager_, RestOptions{.max_rows = 1 << 30, .max_bytes = 1 << 30});
  }
  static FakeRequest query(bool slow, std::string_view more = "") {
    return {.method = "POST",
            .target = "/v1/query",
            .headers = {{"content-type", "application/json"}},
            .body = R"({"database":"customer_db","sql":"SELECT")" + std::string(more) + "}",
            .slow = slow};
  }
  void answer_batches(int count) {
    std::vector<RecordBatch> batches;
    for (int i = 0; i < count; ++i)
      batches.push_back(testing::numbers(0, 40'000));
    script_->execute = [batches](const Execution&) { return Result<std::vector<RecordBatch>>(batches); };
  }
  std::unique_ptr<Api> api_;
};

TEST_F(RestScripted, ASlowClientHoldsOneBatchAndNoThread) {
  answer_batches(20);
  std::vector<std::shared_ptr<FakeExchange>> slow;
  for (int i = 0; i < 8; ++i) {
    slow.push_back(api_->begin(query(true)));
    slow.back()->wait_for_write();
  }
  EXPECT_EQ(script_->open_readers, 8);
  // The executor has two threads, and both are free.
  EXPECT_EQ(api_->ask(query(false))->wait(), State::ended);
  for (const auto& exchange : slow)
    EXPECT_LT(exchange->largest_write(), 1U << 20);
  for (const auto& exchange : slow) {
    exchange->take(false);
    EXPECT_EQ(exchange->wait(), State::aborted);
  }
  EXPECT_EQ(script_->open_readers, 0);
}

TEST_F(RestScripted, ASlowClientGetsItAllInTheEnd) {
  answer_batches(5);
  const auto exchange = api_->begin(query(true));
  EXPECT_EQ(exchange->take_all(), State::ended);
  EXPECT_GT(exchange->writes(), 3);
  EXPECT_THAT(exchange->text(), HasSubstr(R"("success":true,"row_count":200000)"));
}

TEST_F(RestScripted, AClientThatGoesAwayStopsItsQuery) {
  answer_batches(3);
  std::stop_token seen;
  const auto batches = script_->execute;
  script_->execute = [&seen, batches](const Execution& execution) {
    seen = execution.stop;
    return batches(execution);
  };
  const auto exchange = api_->begin(query(true));
  exchange->wait_for_write();
  exchange->go_away();
  EXPECT_TRUE(seen.stop_requested());
  exchange->take(false);
  EXPECT_EQ(exchange->wait(), State::aborted);
  EXPECT_EQ(script_->open_readers, 0);
}

// A part is never taken for the whole: not by who reads to the end, nor by who looks at the connection.
TEST_F(RestScripted, AFailureAfterTheBeginningSaysSoAndBreaks) {
  answer_batches(3);
  script_->final_error = fail(ErrorCode::unavailable, "the connection was lost").error();
  for (const char* format : {"json", "jsonl", "csv", "markdown"}) {
    const auto exchange = api_->begin(query(false, R"(,"format":")" + std::string(format) + "\""));
    EXPECT_EQ(exchange->wait(), State::aborted) << format;
    EXPECT_EQ(exchange->head().status, 200);
    EXPECT_THAT(exchange->text(), HasSubstr("the connection was lost")) << format;
  }
}

TEST_F(RestScripted, AFailureBeforeTheFirstByteIsAProblem) {
  script_->execute = [](const Execution&) {
    return Result<std::vector<RecordBatch>>(std::vector{testing::numbers(0, 10)});
  };
  script_->final_error = fail(ErrorCode::unavailable, "the connection was lost").error();
  const auto exchange = api_->ask(query(false));
  EXPECT_EQ(exchange->head().status, 503);
  EXPECT_THAT(exchange->text(), StartsWith(R"({"type":"urn:penstock:error:unavailable")"));
}

}  // namespace
}  // namespace penstock::server
