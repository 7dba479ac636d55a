// Every front end, asked by principals of different grants.
#include <algorithm>
#include <functional>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/identity_site.hpp"

namespace penstock::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string with(std::string text, std::string_view mark, std::string_view value) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
    text.replace(at, mark.size(), value);
  return text;
}

/// One way to name a database; `@` stands for it.
struct Door {
  std::string name;
  std::function<std::string(const std::string& database)> ask;
};

class FrontEnds : public IdentitySite {
 protected:
  std::string rest(std::string_view path, const std::string& body) {
    const HttpAnswer answer = body.empty() ? get(agent_, path) : post(agent_, path, body);
    return std::to_string(answer.status) + " " + answer.body;
  }
  Door rest_door(std::string path, std::string body = {}) {
    return {"REST " + path + " " + body, [=, this](const std::string& database) {
              return rest(with(path, "@", database), with(body, "@", database));
            }};
  }
  Door mcp_door(std::string method, std::string params) {
    return {"MCP " + method + " " + params, [=, this](const std::string& database) {
              return mcp(agent_, method, with(params, "@", database));
            }};
  }
  Door tool_door(std::string tool, std::string arguments) {
    return mcp_door("tools/call", R"({"name":")" + tool + R"(","arguments":)" + arguments + "}");
  }

  std::vector<Door> doors() {
    return {
        rest_door("/v1/query", R"({"database":"@","sql":"SELECT 1"})"),
        rest_door("/v1/query", R"({"database":"customer_db","sql":"SELECT * FROM @.secrets"})"),
        rest_door("/v1/query",
                  R"_({"database":"customer_db","sql":"INSERT INTO @.secrets VALUES (9, 'x')"})_"),
        rest_door(
            "/v1/query",
            R"({"database":"customer_db","sql":"SELECT (SELECT max(name) FROM \"@\".secrets) FROM customers"})"),
        rest_door("/v1/explain", R"({"database":"@","sql":"SELECT 1"})"),
        rest_door("/v1/explain", R"({"database":"customer_db","sql":"SELECT * FROM @.secrets"})"),
        rest_door("/v1/validate", R"({"databases":["customer_db","@"]})"),
        rest_door("/v1/databases/@"),
        rest_door("/v1/databases/@/schema"),
        rest_door("/v1/databases"),
        rest_door("/v1/datasources"),
        rest_door("/v1/datasources?probe=true"),
        tool_door("list_databases", "{}"),
        tool_door("validate_databases", R"({"databases":["@"]})"),
        tool_door("search_schema", R"({"database":"@"})"),
        tool_door("execute_query", R"({"database":"@","sql":"SELECT * FROM secrets"})"),
        tool_door("execute_query", R"({"database":"customer_db","sql":"SELECT * FROM @.secrets"})"),
        tool_door("execute_query", R"({"database":"customer_db","sql":"SELECT * FROM @.nothing"})"),
        tool_door("explain_query", R"({"database":"@","sql":"SELECT 1"})"),
        mcp_door("resources/list", "{}"),
        mcp_door("resources/read", R"({"uri":"penstock://@"})"),
        mcp_door("resources/read", R"({"uri":"penstock://@/secrets"})"),
        mcp_door("resources/templates/list", "{}"),
        mcp_door(
            "completion/complete",
            R"({"ref":{"type":"ref/resource","uri":"penstock://{database}"},"argument":{"name":"database","value":"s"}})"),
        mcp_door(
            "completion/complete",
            R"({"ref":{"type":"ref/resource","uri":"penstock://{database}/{table}"},"argument":{"name":"table","value":""},"context":{"arguments":{"database":"@"}}})"),
        mcp_door(
            "completion/complete",
            R"({"ref":{"type":"ref/prompt","name":"explore_database"},"argument":{"name":"database","value":"se"}})"),
        mcp_door("prompts/list", "{}"),
        mcp_door("prompts/get", R"({"name":"explore_database","arguments":{"database":"@"}})"),
        mcp_door("tools/list", "{}"),
    };
  }
  /// What may differ from one answer to the next, and what was asked for.
  static std::string comparable(std::string answer, const std::string& database) {
    static const std::regex changing(R"re("request_id":"[^"]*"|"latency_ms":[0-9.]+|data-[0-9a-f]+)re");
    return with(std::regex_replace(answer, changing, ""), database, "@");
  }

  const std::string agent_ = key_of("agent1");
};

// A database beyond the grant is answered for as one that does not exist, and no answer names it, or what is
// in it, unless it was asked for by that name.
TEST_F(FrontEnds, KnowNothingOfADatabaseBeyondTheGrant) {
  for (const Door& door : doors()) {
    const std::string missing = door.ask("sesret_db");
    EXPECT_THAT(missing, AllOf(Not(HasSubstr("secret_db")), Not(HasSubstr("count_secrets")),
                               Not(HasSubstr("hidden")), Not(HasSubstr("vault"))))
        << door.name;
    if (!door.name.contains('@')) continue;
    EXPECT_EQ(comparable(door.ask("secret_db"), "secret_db"), comparable(missing, "sesret_db")) << door.name;
    // In another datasource: no word of datasources either.
    EXPECT_EQ(comparable(door.ask("hidden_db"), "hidden_db"), comparable(door.ask("hiddan_db"), "hiddan_db"))
        << door.name;
  }
}

TEST_F(FrontEnds, ServeWhatIsGranted) {
  EXPECT_THAT(
      rest("/v1/query", R"({"database":"customer_db","sql":"SELECT name FROM customers WHERE id = 2"})"),
      HasSubstr(R"("b")"));
  EXPECT_THAT(rest("/v1/databases", ""), AllOf(HasSubstr("customer_db"), HasSubstr("rates_db")));
  EXPECT_THAT(rest("/v1/databases/rates_db/schema", ""), HasSubstr("rates"));
  EXPECT_THAT(call(agent_, "search_schema", R"({"database":"customer_db"})"), HasSubstr("customers"));
  EXPECT_THAT(mcp(agent_, "resources/read", R"({"uri":"penstock://customer_db/customers"})"),
              HasSubstr("name"));
  EXPECT_THAT(call(agent_, "count_customers", "{}"), HasSubstr(R"("rows":[[5]])"));
}

TEST_F(FrontEnds, TakeNamesExactly) {
  for (const std::string name : {"Customer_db", "CUSTOMER_DB", "customer_db ", "customer_db\\u200b",
                                 "\\u0441ustomer_db", "customer_db%00", "customer_db\\u0000"}) {
    const std::string query = R"({"database":")" + name + R"(","sql":"SELECT 1"})";
    EXPECT_THAT(rest("/v1/query", query), testing::AnyOf(HasSubstr("404 "), HasSubstr("400 "))) << name;
    EXPECT_THAT(call(agent_, "execute_query", query), HasSubstr(R"("isError":true)")) << name;
  }
  // In SQL, engines fold the case: the grant is asked about the database that is meant.
  EXPECT_THAT(rest("/v1/query", R"({"database":"customer_db","sql":"SELECT * FROM SECRET_DB.secrets"})"),
              Not(HasSubstr("200 ")));
}

TEST_F(FrontEnds, KnowNothingOfAToolBeyondTheGrant) {
  const std::string hidden = call(agent_, "count_secrets", "{}");
  EXPECT_EQ(with(hidden, "count_secrets", "@"),
            with(call(agent_, "count_sesrets", "{}"), "count_sesrets", "@"));
  EXPECT_THAT(call(agent_, "count_sesrets", "{}"), Not(HasSubstr("count_secrets")));
  EXPECT_THAT(mcp(agent_, "tools/list", "{}"),
              AllOf(HasSubstr("count_rates"), Not(HasSubstr("count_secrets"))));

  const std::string reporter = key_of("reporter");
  EXPECT_THAT(call(reporter, "count_secrets", "{}"), HasSubstr(R"("rows":[[5]])"));
  EXPECT_THAT(mcp(reporter, "tools/list", "{}"),
              AllOf(HasSubstr("count_secrets"), Not(HasSubstr("execute_query"))));
  EXPECT_THAT(call(reporter, "execute_query", R"({"database":"customer_db","sql":"SELECT 1"})"),
              HasSubstr("Unknown tool"));
  EXPECT_THAT(mcp(reporter, "resources/list", "{}"), HasSubstr(R"("resources":[])"));
  EXPECT_THAT(mcp(reporter, "resources/read", R"({"uri":"penstock://customer_db"})"),
              Not(HasSubstr("customers")));
  EXPECT_THAT(mcp(reporter, "prompts/list", "{}"), HasSubstr(R"("prompts":[])"));
  EXPECT_THAT(
      mcp(reporter, "prompts/get", R"({"name":"explore_database","arguments":{"database":"customer_db"}})"),
      HasSubstr("Unknown prompt"));
}

// What a tool may not do, its endpoint may not.
TEST_F(FrontEnds, RestAsksForTheToolThatDoesTheSame) {
  const std::string reporter = key_of("reporter");
  const std::string query = R"({"database":"customer_db","sql":"SELECT 1"})";
  EXPECT_EQ(post(reporter, "/v1/query", query).status, 403);
  EXPECT_EQ(post(reporter, "/v1/explain", query).status, 403);
  EXPECT_EQ(post(reporter, "/v1/validate", R"({"databases":["customer_db"]})").status, 403);
  EXPECT_EQ(get(reporter, "/v1/databases").status, 403);
  EXPECT_EQ(get(reporter, "/v1/databases/customer_db").status, 403);
  EXPECT_EQ(get(reporter, "/v1/databases/customer_db/schema").status, 403);
  EXPECT_EQ(get(reporter, "/v1/datasources").status, 403);
}

TEST_F(FrontEnds, HoldAReaderToReadingWhereTheDatasourceCanBeWritten) {
  const std::string insert =
      R"_({"database":"customer_db","sql":"INSERT INTO customers (name) VALUES ('x')"})_";
  // The clerk first, so that the statement is known as one that may write.
  EXPECT_EQ(post(key_of("clerk"), "/v1/query", insert).status, 200);
  const HttpAnswer refused = post(agent_, "/v1/query", insert);
  EXPECT_EQ(refused.status, 403) << refused.body;
  EXPECT_THAT(refused.body, HasSubstr(R"("code":"read_only")"));
  EXPECT_THAT(call(agent_, "execute_query", insert), HasSubstr("read_only"));
  EXPECT_THAT(get(agent_, "/v1/databases/customer_db").body, HasSubstr(R"("access":"read_only")"));
  EXPECT_THAT(get(key_of("clerk"), "/v1/databases/customer_db").body, HasSubstr(R"("access":"read_write")"));
  EXPECT_THAT(call(key_of("clerk"), "count_customers", "{}"), HasSubstr(R"("rows":[[6]])"));
}

TEST_F(FrontEnds, TightenWhatAResultMayHold) {
  const std::string query = R"({"database":"customer_db","sql":"SELECT id FROM customers","max_rows":100})";
  const HttpAnswer cut = post(agent_, "/v1/query", query);
  EXPECT_THAT(cut.body, AllOf(HasSubstr(R"("row_count":3)"), HasSubstr(R"("truncated":true)"))) << cut.body;
  EXPECT_THAT(call(agent_, "execute_query", query), HasSubstr(R"("truncated":true)"));
  EXPECT_THAT(post(key_of("twin"), "/v1/query", query).body, HasSubstr(R"("row_count":5)"));
}

TEST_F(FrontEnds, ASessionIsItsPrincipalsAlone) {
  const std::string session = open_session(agent_);
  const std::string ping = message("ping", "{}");
  EXPECT_EQ(post(agent_, "/mcp", ping, in_session(session)).status, 200);
  // Of one who may do just the same, too.
  const HttpAnswer other = post(key_of("twin"), "/mcp", ping, in_session(session));
  const HttpAnswer none = post(key_of("twin"), "/mcp", ping, in_session(std::string(64, '0')));
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.body, none.body);
  EXPECT_EQ(post({}, "/mcp", ping, in_session(session)).status, 401);
  HttpClient client(application().urls().front());
  ASSERT_TRUE(client.send("DELETE /mcp HTTP/1.1\r\nHost: localhost\r\n" + authorization(key_of("twin")) +
                          in_session(session) + "\r\n"));
  EXPECT_EQ(client.read().status, 404);
  EXPECT_EQ(post(agent_, "/mcp", ping, in_session(session)).status, 200);
}

TEST_F(FrontEnds, AreClosedToWhoShowsNoGoodKey) {
  for (const char* path : {"/v1/databases", "/v1/query", "/mcp", "/metrics", "/nothing", "/"}) {
    const HttpAnswer none = get({}, path);
    EXPECT_EQ(none.status, 401) << path;
    EXPECT_THAT(none.header("www-authenticate"), testing::StartsWith("Bearer realm=\"penstock\"")) << path;
    EXPECT_EQ(get(key_of("stranger"), path).status, 401) << path;
  }
  EXPECT_EQ(get({}, "/healthz").status, 200);
  EXPECT_EQ(get({}, "/openapi.json").status, 200);
  const HttpAnswer ready = get({}, "/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_THAT(ready.body, Not(HasSubstr("bank")));
  EXPECT_EQ(get(agent_, "/metrics").status, 403);
  EXPECT_EQ(get(key_of("twin"), "/metrics").status, 200);
}

TEST_F(FrontEnds, LetNoHeaderBeReadTwoWays) {
  const auto send = [this](const std::string& headers) {
    HttpClient client(application().urls().front());
    EXPECT_TRUE(client.send("GET /v1/databases HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n"));
    return client.read().status;
  };
  const std::string good = "Authorization: Bearer " + agent_ + "\r\n";
  EXPECT_EQ(send(good), 200);
  EXPECT_EQ(send(good + good), 400);
  EXPECT_EQ(send(good + "authorization: Bearer " + key_of("clerk") + "\r\n"), 400);
  EXPECT_EQ(send("Authorization: Bearer\r\n " + agent_ + "\r\n"), 400);
  EXPECT_EQ(send("Authorization : Bearer " + agent_ + "\r\n"), 400);
  EXPECT_EQ(send("Authorization: Bearer " + agent_ + std::string(1, '\0') + "x\r\n"), 400);
  EXPECT_EQ(send("Authorization: Bearer " + agent_ + ", Bearer " + agent_ + "\r\n"), 401);
  EXPECT_EQ(send("Authorization: Basic " + agent_ + "\r\n"), 401);
  EXPECT_EQ(send("Proxy-Authorization: Bearer " + agent_ + "\r\n"), 401);
  EXPECT_EQ(send("X-Api-Key: " + agent_ + "\r\n"), 401);
  EXPECT_EQ(send("Authorization: Bearer psk_" + std::string(10'000, 'a') + "\r\n"), 401);
  EXPECT_EQ(send("Authorization: Bearer psk_" + std::string(20'000, 'a') + "\r\n"), 431);
}

TEST_F(FrontEnds, AKeyEndsWithItsReload) {
  const std::string session = open_session(agent_);
  write_keys({"clerk"});
  ASSERT_TRUE(application().reload());
  EXPECT_EQ(get(agent_, "/v1/databases").status, 401);
  EXPECT_EQ(post(agent_, "/mcp", message("ping", "{}"), in_session(session)).status, 401);
  EXPECT_EQ(get(key_of("clerk"), "/v1/databases").status, 200);

  // A mistake changes nothing, and neither does a file that is gone.
  write("keys.yaml", "keys: [{sha256: x, principal: agent1, created: 2026-01-01T00:00:00Z}]\n");
  EXPECT_FALSE(application().reload());
  EXPECT_EQ(get(key_of("clerk"), "/v1/databases").status, 200);
  std::filesystem::remove(folder_.path() / "keys.yaml");
  std::filesystem::remove(folder_.path() / "principals.yaml");
  EXPECT_FALSE(application().reload());
  EXPECT_EQ(get({}, "/v1/databases").status, 401);
}

TEST_F(FrontEnds, AGrantChangesWithItsReload) {
  EXPECT_THAT(rest("/v1/databases", ""), HasSubstr("rates_db"));
  write("principals.yaml", "principals:\n  agent1: {databases: [secret_db]}\n");
  write_keys({"agent1"});
  ASSERT_TRUE(application().reload());
  EXPECT_THAT(rest("/v1/databases", ""), AllOf(Not(HasSubstr("rates_db")), HasSubstr("secret_db")));
  EXPECT_THAT(call(agent_, "count_secrets", "{}"), HasSubstr(R"("rows":[[5]])"));
}

}  // namespace
}  // namespace penstock::test
