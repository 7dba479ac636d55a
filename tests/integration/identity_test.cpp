// Every front end, asked by principals of different grants.
#include <algorithm>
#include <functional>
#include <initializer_list>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/cli_process.hpp"
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
  Door rest_door(const std::string& path, const std::string& body = {}) {
    return {"REST " + path + " " + body, [=, this](const std::string& database) {
              return rest(with(path, "@", database), with(body, "@", database));
            }};
  }
  /// What is asked of MCP; `name` is what the request names.
  struct Question {
    std::string method;
    std::string params;
    std::string name{};
    [[nodiscard]] Question of(const std::string& database) const {
      return {method, with(params, "@", database), with(name, "@", database)};
    }
  };
  static Question tool(const std::string& name, const std::string& arguments) {
    return {"tools/call", R"({"name":")" + name + R"(","arguments":)" + arguments + "}", name};
  }
  static Question resource(const std::string& uri) {
    return {"resources/read", R"({"uri":")" + uri + R"("})", uri};
  }

  static std::vector<Question> questions() {
    return {
        tool("list_databases", "{}"),
        tool("validate_databases", R"({"databases":["@"]})"),
        tool("search_schema", R"({"database":"@"})"),
        tool("execute_query", R"({"database":"@","sql":"SELECT * FROM secrets"})"),
        tool("execute_query", R"({"database":"customer_db","sql":"SELECT * FROM @.secrets"})"),
        tool("execute_query", R"({"database":"customer_db","sql":"SELECT * FROM @.nothing"})"),
        tool("explain_query", R"({"database":"@","sql":"SELECT 1"})"),
        tool("read_@", "{}"),
        {"resources/list", "{}"},
        resource("penstock://@"),
        resource("penstock://@/secrets"),
        {"resources/templates/list", "{}"},
        {"completion/complete",
         R"({"ref":{"type":"ref/resource","uri":"penstock://{database}"},"argument":{"name":"database","value":"s"}})"},
        {"completion/complete",
         R"({"ref":{"type":"ref/resource","uri":"penstock://{database}/{table}"},"argument":{"name":"table","value":""},"context":{"arguments":{"database":"@"}}})"},
        {"completion/complete",
         R"({"ref":{"type":"ref/prompt","name":"explore_database"},"argument":{"name":"database","value":"se"}})"},
        {"prompts/list", "{}"},
        {"prompts/get", R"({"name":"explore_database","arguments":{"database":"@"}})", "explore_database"},
        {"tools/list", "{}"},
    };
  }

  std::vector<Door> doors() {
    std::vector<Door> all{
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
    };
    for (const Question& question : questions()) {
      const std::string what = question.method + " " + question.params;
      all.push_back({"MCP in a session, " + what, [=, this](const std::string& database) {
                       const Question asked = question.of(database);
                       return mcp(agent_, asked.method, asked.params);
                     }});
      all.push_back({"MCP without sessions, " + what, [=, this](const std::string& database) {
                       const Question asked = question.of(database);
                       return stateless(agent_, asked.method, asked.params, asked.name).body;
                     }});
      all.push_back({"MCP over pipes, " + what, [=, this](const std::string& database) {
                       const Question asked = question.of(database);
                       return by_pipe_.at(asked.method + asked.params);
                     }});
    }
    return all;
  }

  /// Has `penstock mcp --principal agent1` answer all questions, one process for all.
  void ask_over_pipes(std::initializer_list<std::string> databases) {
    std::vector<std::string> asked;
    std::string input =
        message(
            "initialize",
            R"({"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}})",
            0) +
        "\n";
    for (const std::string& database : databases) {
      for (const Question& question : questions()) {
        const Question one = question.of(database);
        asked.push_back(one.method + one.params);
        input += message(one.method, one.params, asked.size()) + "\n";
      }
    }
    const Finished done = run_penstock({"mcp", "--config", folder_.path(), "--principal", "agent1"},
                                       {folder_.path(), input, {}});
    EXPECT_EQ(done.status, 0) << done.err;
    std::istringstream lines(done.out);
    for (std::string line; std::getline(lines, line);) {
      const boost::json::value answer = boost::json::parse(line);
      const boost::json::value* id = answer.as_object().if_contains("id");
      if (id != nullptr && id->to_number<std::size_t>() > 0)
        by_pipe_[asked.at(id->to_number<std::size_t>() - 1)] = line;
    }
    for (const std::string& question : asked)
      EXPECT_TRUE(by_pipe_.contains(question)) << question;
  }

  /// What may differ from one answer to the next, and what was asked for.
  static std::string comparable(const std::string& answer, const std::string& database) {
    static const std::regex changing(
        R"re("request_id":"[^"]*"|"latency_ms":[0-9.]+|data-[0-9a-f]+|"jsonrpc":"2.0","id":\d+)re");
    return with(std::regex_replace(answer, changing, ""), database, "@");
  }

  const std::string agent_ = key_of("agent1");
  std::map<std::string, std::string> by_pipe_;  ///< by method and params
};

// A database beyond the grant is answered for as one that does not exist, and no answer names it, or what is
// in it, unless it was asked for by that name.
TEST_F(FrontEnds, KnowNothingOfADatabaseBeyondTheGrant) {
  ask_over_pipes({"secret_db", "sesret_db", "hidden_db", "hiddan_db"});
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

// 429 of HTTP; of MCP what its revisions have, and for a model the result of a tool.
TEST_F(FrontEnds, SayWhenToComeAgainToWhoAsksTooOften) {
  const std::string hasty = key_of("hasty");
  const std::string query = R"({"database":"customer_db","sql":"SELECT 1"})";
  const std::string session = open_session(hasty);  // asks for nothing yet
  EXPECT_EQ(post(hasty, "/v1/query", query).status, 200);
  EXPECT_EQ(get(hasty, "/v1/databases").status, 200);
  const HttpAnswer refused = post(hasty, "/v1/query", query);
  EXPECT_EQ(refused.status, 429) << refused.body;
  // Of two a minute, the next one is allowed half a minute after the first, however long these requests took.
  const int seconds = std::stoi("0" + refused.header("retry-after"));
  EXPECT_TRUE(seconds > 0 && seconds <= 30) << seconds;
  const auto waits = [](const std::string& body) {
    std::smatch told;
    static const std::regex kWait(R"re("data":\{"retryAfterMs":(\d+)[,}])re");
    const int milliseconds = std::regex_search(body, told, kWait) ? std::stoi(told[1]) : 0;
    return milliseconds > 0 && milliseconds <= 30'000;
  };
  EXPECT_THAT(refused.body,
              AllOf(HasSubstr(R"("code":"overloaded")"), HasSubstr("your 2 requests of this minute")));
  EXPECT_EQ(get(hasty, "/v1/databases").status, 429);

  EXPECT_THAT(
      post(hasty, "/mcp", message("tools/call", R"({"name":"list_databases"})"), in_session(session)).body,
      AllOf(HasSubstr(R"("isError":true)"), HasSubstr("Come again in")));
  const HttpAnswer in_time = post(hasty, "/mcp", message("tools/list", "{}"), in_session(session));
  EXPECT_TRUE(waits(in_time.body)) << in_time.body;
  const HttpAnswer listing = stateless(hasty, "tools/list", "{}", "");
  EXPECT_EQ(listing.status, 429) << listing.body;
  EXPECT_TRUE(waits(listing.body)) << listing.body;
  const int again = std::stoi("0" + listing.header("retry-after"));
  EXPECT_TRUE(again > 0 && again <= 30) << again;
  EXPECT_EQ(get(key_of("twin"), "/v1/databases").status, 200) << "and nobody else is asked to wait";
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
