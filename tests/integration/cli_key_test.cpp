// The command `penstock key`, and a server that reads what it writes.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/cli_bank.hpp"
#include "integration/http_client.hpp"
#include "integration/http_site.hpp"

namespace penstock::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Key : public CliTest {
 protected:
  Key() {
    write_file("config/principals.yaml",
               "principals:\n  agent1: {databases: [customer_db]}\n  agent2: {databases: ['*']}\n");
  }
  /// Makes a key and gives its token.
  std::string create(const std::string& name, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"key", "create", "--name", name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished made = penstock(arguments);
    EXPECT_EQ(made.status, 0) << made.err;
    return made.out.substr(0, made.out.find('\n'));
  }
  boost::json::array list() {
    const Finished listed = penstock({"key", "list", "--format", "json"});
    EXPECT_EQ(listed.status, 0) << listed.err;
    return boost::json::parse(listed.out).at("keys").as_array();
  }
  std::string id_of(std::size_t at) { return std::string(list().at(at).at("id").as_string()); }
};

TEST_F(Key, IsShownOnceAndKeptAsAHash) {
  const std::string token = create("agent1", {"--note", "Ada's ${HOME} \"laptop\"", "--expires", "90d"});
  EXPECT_THAT(token, testing::MatchesRegex("psk_[0-9a-f]+"));
  EXPECT_EQ(token.size(), 68U);
  const std::string file = read_file("config/keys.yaml");
  EXPECT_THAT(file, AllOf(Not(HasSubstr(token)), Not(HasSubstr(token.substr(4))), HasSubstr("sha256: ")));
  const auto mode = std::filesystem::status(folder() / "config/keys.yaml").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto keys = list();
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].at("note").as_string(), "Ada's ${HOME} \"laptop\"");
  EXPECT_EQ(keys[0].at("state").as_string(), "valid");
  EXPECT_TRUE(keys[0].as_object().contains("expires"));
  EXPECT_THAT(penstock({"key", "list"}).out, AllOf(HasSubstr("agent1"), Not(HasSubstr(token))));
  // Nothing of what was written on the way stays.
  for (const auto& entry : std::filesystem::directory_iterator(folder() / "config"))
    EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("keys.yaml.")));
}

TEST_F(Key, RotatesAndRevokes) {
  const std::string old = create("agent1");
  const std::string id = id_of(0);
  const Finished rotated = penstock({"key", "rotate", id});
  EXPECT_EQ(rotated.status, 0) << rotated.err;
  EXPECT_THAT(rotated.err, HasSubstr("penstock key revoke " + id));
  EXPECT_EQ(list().size(), 2U);
  EXPECT_EQ(penstock({"key", "revoke", id}).status, 0);
  ASSERT_EQ(list().size(), 1U);
  EXPECT_NE(id_of(0), id);
  EXPECT_EQ(penstock({"key", "revoke", id}).status, 2);
  EXPECT_EQ(penstock({"key", "revoke", id_of(0)}).status, 0);
  EXPECT_EQ(penstock({"key", "list"}).out, "there are no keys\n");
}

TEST_F(Key, RefusesWhatMakesNoSense) {
  EXPECT_THAT(penstock({"key", "create", "--name", "agent3"}).err, HasSubstr("did you mean 'agent"));
  EXPECT_THAT(penstock({"key", "create"}).err, HasSubstr("--name is missing"));
  EXPECT_THAT(penstock({"key", "create", "--name", "agent1", "--expires", "soon"}).err,
              HasSubstr("--expires"));
  EXPECT_THAT(penstock({"key", "make"}).err, HasSubstr("create, list, rotate or revoke"));
  EXPECT_THAT(penstock({"key", "revoke"}).err, HasSubstr("there is no key"));
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"key", "create", "--name", "Agent1"}, {"key"}, {"key", "rotate", "zz"}})
    EXPECT_EQ(penstock(arguments).status, 2);
  EXPECT_FALSE(std::filesystem::exists(folder() / "config/keys.yaml"));
  std::filesystem::remove(folder() / "config/principals.yaml");
  EXPECT_THAT(penstock({"key", "create", "--name", "agent1"}).err, HasSubstr("there is no principals.yaml"));
}

TEST_F(Key, ManyCommandsAtOnceLoseNone) {
  std::vector<std::unique_ptr<Process>> running;
  for (int i = 0; i < 8; ++i)
    running.push_back(std::make_unique<Process>(std::vector<std::string>{"key", "create", "--name", "agent1"},
                                                surroundings()));
  for (const auto& process : running)
    EXPECT_EQ(process->wait().status, 0);
  EXPECT_EQ(list().size(), 8U);
}

TEST_F(Key, AServerThatRunsReadsThem) {
  const std::string old = create("agent1");
  Process process({"serve", "--listen", "127.0.0.1:0", "--log-format", "json"}, surroundings());
  ASSERT_TRUE(process.wait_for_text("serving on http://127.0.0.1:"));
  ASSERT_TRUE(process.wait_for_text("\n"));
  const std::string& out = process.output();
  const std::string url = out.substr(out.find("http://"), out.find('\n') - out.find("http://"));
  const auto status = [&](const std::string& key) {
    HttpClient client(url);
    EXPECT_TRUE(client.get("/v1/databases", "Authorization: Bearer " + key + "\r\n"));
    return client.read().status;
  };
  EXPECT_EQ(status(old), 200);
  const std::string id = id_of(0);
  const Finished rotated = penstock({"key", "rotate", id});
  const std::string fresh = rotated.out.substr(0, rotated.out.find('\n'));
  EXPECT_TRUE(wait_until([&] { return status(fresh) == 200; }));
  EXPECT_EQ(status(old), 200);
  EXPECT_EQ(penstock({"key", "revoke", id}).status, 0);
  EXPECT_TRUE(wait_until([&] { return status(old) == 401; }));
  EXPECT_EQ(status(fresh), 200);
  EXPECT_THAT(process.errors(), AllOf(Not(HasSubstr(old)), Not(HasSubstr(fresh))));
}

TEST_F(Key, OpensTheServerToANetworkWithAWarning) {
  Process process({"serve", "--listen", "0.0.0.0:0", "--log-format", "json"}, surroundings());
  EXPECT_TRUE(process.wait_for_text("serving on http://0.0.0.0:"));
  EXPECT_TRUE(process.wait_for_text("keys_in_clear"));
}

TEST_F(Key, SaysWhoIsAtTheOtherEndOfAPipe) {
  const std::string token = create("agent1");
  const std::string input =
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})"
      "\n"
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_databases","arguments":{}}})"
      "\n";
  const Finished named = penstock({"mcp", "--principal", "agent1"}, input);
  EXPECT_THAT(named.out, AllOf(HasSubstr("- customer_db"), Not(HasSubstr("- accounts_db"))));
  Surroundings around = surroundings(input);
  around.environment["PENSTOCK_API_KEY"] = token;
  const Finished keyed = run_penstock({"mcp"}, around);
  EXPECT_THAT(keyed.out, AllOf(HasSubstr("- customer_db"), Not(HasSubstr("- accounts_db"))));
  around.environment["PENSTOCK_API_KEY"] = token + "x";
  const Finished refused = run_penstock({"mcp"}, around);
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("PENSTOCK_API_KEY"), Not(HasSubstr(token))));
  EXPECT_EQ(penstock({"mcp", "--principal", "nobody"}, input).status, 2);
  EXPECT_THAT(penstock({"mcp"}, input).out, HasSubstr("accounts_db"));
}

TEST_F(Key, IsCompletedByTheShell) {
  const std::string token = create("agent2");
  EXPECT_THAT(penstock({"__complete", "key", ""}).out, AllOf(HasSubstr("create\t"), HasSubstr("revoke\t")));
  EXPECT_THAT(penstock({"__complete", "key", "create", "--name", "ag"}).out,
              AllOf(HasSubstr("agent1\t"), HasSubstr("agent2\t")));
  EXPECT_THAT(penstock({"__complete", "key", "revoke", ""}).out, HasSubstr(id_of(0) + "\tagent2"));
  EXPECT_THAT(penstock({"__complete", "mcp", "--principal", ""}).out, HasSubstr("agent1\t"));
}

}  // namespace
}  // namespace penstock::test
