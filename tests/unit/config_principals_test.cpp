// principals.yaml and keys.yaml.
#include <chrono>
#include <string>
#include <vector>

#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kDatasources = R"(
datasources:
  bank: {type: sqlite, connection: {path: .}, databases: [customer_db, accounts_db]}
)";
constexpr std::string_view kHash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

class PrincipalsYaml : public ::testing::Test {
 protected:
  PrincipalsYaml() { folder.write("datasources.yaml", kDatasources); }
  IdentityConfig load_good() {
    const auto loaded = load_serving(folder);
    if (loaded) return loaded->identities;
    for (const Problem& problem : loaded.error())
      ADD_FAILURE() << problem.to_string();
    return {};
  }
  std::vector<std::string> mistakes_in(std::string_view text) {
    folder.write("principals.yaml", text);
    return serving_mistakes(folder);
  }
  std::vector<std::string> key_mistakes(const std::string& entry) {
    folder.write("principals.yaml", "principals: {agent1: {databases: ['*']}}\n");
    folder.write("keys.yaml", "keys:\n  - " + entry + "\n");
    return serving_mistakes(folder);
  }

  ConfigFolder folder;
};

TEST_F(PrincipalsYaml, ArePartOfNoConfigurationThatDoesNotHaveThem) {
  EXPECT_EQ(load_good(), IdentityConfig());
}

TEST_F(PrincipalsYaml, SayWhatEachMayDo) {
  folder.write("principals.yaml", R"(principals:
  agent1:
    databases: ["customer_*", "sales_*"]
    access: read_write
    tools: [execute_query, "list_*"]
    metrics: true
    role: analyst
    settings: {app.user_id: "7"}
    limits: {max_rows: 100, max_bytes: 1MiB, timeout: 5s, max_concurrent: 4, requests_per_minute: 60, queue_share: 3}
  agent2:
    databases: ["*"]
)");
  const IdentityConfig identities = load_good();
  EXPECT_TRUE(identities.required);
  ASSERT_EQ(identities.principals.size(), 2U);
  PrincipalConfig wanted;
  wanted.name = "agent1";
  wanted.grant = {.databases = NameSet({"customer_*", "sales_*"}), .access = Access::read_write};
  wanted.tools = NameSet({"execute_query", "list_*"});
  wanted.metrics = true;
  wanted.role = "analyst";
  wanted.settings = {{"app.user_id", "7"}};
  wanted.max_rows = 100;
  wanted.max_bytes = 1 << 20;
  wanted.timeout = seconds(5);
  wanted.max_concurrent = 4;
  wanted.requests_per_minute = 60;
  wanted.queue_share = 3;
  EXPECT_EQ(identities.principals[0], wanted);
  EXPECT_EQ(identities.principals[1].grant.access, Access::read_only);
  EXPECT_EQ(identities.principals[1].tools, NameSet::all());
  EXPECT_FALSE(identities.principals[1].metrics);
}

TEST_F(PrincipalsYaml, EveryMistakeHasItsPlace) {
  EXPECT_THAT(mistakes_in(R"(principals:
  agent1: {access: read_only}
  agent2:
    databases: [custmer_db]
    acess: read_only
    limits: {max_row: 1, timeout: 0s}
  "ägent": {databases: []}
  agent3: {databases: customer_db, tools: [execute_sql], settings: {role: x}}
)"),
              ElementsAre(HasSubstr("principals.yaml:2:3: the principal `agent1` needs `databases`"),
                          HasSubstr("principals.yaml:4:17: `databases` must hold a logical database"),
                          HasSubstr("principals.yaml:5:5: unknown key `acess`; did you mean `access`?"),
                          HasSubstr("principals.yaml:6:14: unknown key `max_row`; did you mean `max_rows`?"),
                          HasSubstr("principals.yaml:6:35: `timeout` must be"),
                          HasSubstr("principals.yaml:7:3: the principal `ägent` must be 1 to 64"),
                          HasSubstr("principals.yaml:8:23: `databases` must be a list"),
                          HasSubstr("principals.yaml:8:44: `tools` must hold a tool"),
                          HasSubstr("principals.yaml:8:69: the setting `role` must be two or more words")));
  EXPECT_THAT(mistakes_in(""), ElementsAre(HasSubstr("is empty")));
  EXPECT_THAT(mistakes_in("principals: [agent1]\n"), ElementsAre(HasSubstr("must be a map of names")));
}

TEST_F(PrincipalsYaml, BringAlongOnlyWhatTheDatabasesThatTheyNameTake) {
  folder.write("datasources.yaml", R"(
datasources:
  lite: {type: sqlite, connection: {path: .}, databases: [notes_db]}
  bank:
    type: postgresql
    connection: {host: h, database: d, user: u}
    databases: [customer_db]
    roles: {analyst: app_analyst}
    settings: [app.user_id, request.jwt.claims]
)");
  EXPECT_THAT(mistakes_in(R"(principals:
  fits: {databases: [customer_db, "*_db"], role: analyst, settings: {app.user_id: "1", request.jwt.claims: "{}"}}
  not: {databases: [customer_db, notes_db], role: analyst, settings: {app.tenant: "1"}}
  nobody: {databases: [customer_db], role: analist}
)"),
              ElementsAre(HasSubstr("principals.yaml:3:21: the principal could not query `customer_db`: the "
                                    "`settings` of its datasource `bank` have no `app.tenant`"),
                          HasSubstr("principals.yaml:3:34: the principal could not query `notes_db`: the "
                                    "`roles` of its datasource `lite` have no `analyst`"),
                          HasSubstr("the `settings` of its datasource `lite` have no `app.tenant`"),
                          HasSubstr("principals.yaml:4:24: the principal could not query `customer_db`: the "
                                    "`roles` of its datasource `bank` have no `analist`")));
}

TEST_F(PrincipalsYaml, OpenTheServerBeyondLoopback) {
  folder.write("server.yaml", "server: {listen: '0.0.0.0:8080'}\n");
  EXPECT_THAT(serving_mistakes(folder), ElementsAre(HasSubstr("principals.yaml")));
  EXPECT_THAT(mistakes_in("principals: {agent1: {databases: ['*']}}\n"), IsEmpty());
}

TEST_F(PrincipalsYaml, KeysBelongToPrincipalsAndAreNeverShown) {
  const std::string good =
      "{sha256: " + std::string(kHash) +
      ", principal: agent1, created: 2026-01-02T03:04:05Z, expires: 2027-01-01T00:00:00Z, "
      "note: laptop}";
  EXPECT_THAT(key_mistakes(good), IsEmpty());
  const KeyConfig key = load_good().keys.at(0);
  EXPECT_EQ(key.sha256, kHash);
  EXPECT_EQ(format_time(key.created), "2026-01-02T03:04:05Z");
  EXPECT_EQ(format_time(key.expires.value()), "2027-01-01T00:00:00Z");

  const auto secret = key_mistakes("{sha256: psk_secret, principal: agent1, created: 2026-01-02T03:04:05Z}");
  EXPECT_THAT(secret, ElementsAre(HasSubstr("keys.yaml:2:14: `sha256` must be the SHA-256")));
  EXPECT_THAT(secret, ElementsAre(Not(HasSubstr("psk_secret"))));
  EXPECT_THAT(key_mistakes("{sha256: " + std::string(kHash) + ", principal: agent2, created: 2026-01-02}"),
              ElementsAre(HasSubstr("must be a principal of principals.yaml"), HasSubstr("must be a time")));
  EXPECT_THAT(key_mistakes(good + "\n  - " + good),
              ElementsAre(HasSubstr("must be unique; the first is on line 2")));
  EXPECT_THAT(key_mistakes("{}"), ::testing::SizeIs(3));
}

TEST_F(PrincipalsYaml, TimesAreExact) {
  EXPECT_EQ(format_time(parse_time("2024-02-29T23:59:59Z").value()), "2024-02-29T23:59:59Z");
  for (const char* text : {"2025-02-29T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z",
                           "2025-01-01 00:00:00Z", "2025-01-01T00:00:00", "20x5-01-01T00:00:00Z", ""})
    EXPECT_FALSE(parse_time(text)) << text;
}

}  // namespace
}  // namespace penstock::config
