// `authentication: {jwt: ...}` of server.yaml.
#include <chrono>
#include <string>
#include <vector>

#include "config/web_url.hpp"
#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class JwtYaml : public ::testing::Test {
 protected:
  JwtYaml() {
    folder.write("datasources.yaml",
                 "datasources: {one: {type: sqlite, connection: {path: .}, databases: [a_db]}}\n");
    folder.write("principals.yaml",
                 "principals: {reader: {databases: [a_db]}, analyst: {databases: [a_db]}}\n");
  }
  // `jwt`: the lines of the map, indented by six.
  void write(std::string_view jwt) {
    folder.write("server.yaml", "server:\n  authentication:\n    jwt:\n" + std::string(jwt));
  }
  JwtConfig load_jwt(std::string_view jwt) {
    write(jwt);
    const auto loaded = load_serving(folder);
    if (!loaded || !loaded->server.jwt) {
      ADD_FAILURE() << (loaded ? "no jwt" : loaded.error().front().to_string());
      return {};
    }
    return *loaded->server.jwt;
  }
  std::vector<std::string> mistakes_in(std::string_view jwt) {
    write(jwt);
    return serving_mistakes(folder);
  }

  ConfigFolder folder;
};

constexpr std::string_view kSmallest =
    "      issuer: https://issuer.example\n"
    "      audience: penstock\n"
    "      jwks_url: https://issuer.example/keys\n"
    "      default_principal: reader\n";

TEST_F(JwtYaml, HasTheDefaultsOfACautiousOperator) {
  const JwtConfig config = load_jwt(kSmallest);
  EXPECT_EQ(config.issuer, "https://issuer.example");
  EXPECT_THAT(config.audiences, ElementsAre("penstock"));
  EXPECT_THAT(config.algorithms, ElementsAre("RS256", "PS256", "ES256", "EdDSA"));
  EXPECT_EQ(config.leeway, 30s);
  EXPECT_EQ(config.keep_keys, 1h);
}

TEST_F(JwtYaml, ReadsEveryKey) {
  folder.write("keys.json", R"({"keys":[]})");
  folder.write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  const JwtConfig config = load_jwt(R"(      issuer: acme
      audience: [a, "https://data.example/mcp"]
      jwks_file: keys.json
      jwks_ca_file: ca.pem
      algorithms: [ES384]
      leeway: 0s
      fetch_timeout: 1s
      refresh_interval: 5m
      refetch_interval: 1m
      keep_keys: 6m
      principals:
        - {claim: scope, has: data.read, principal: reader}
        - {claim: [realm_access, roles], has: analysts, principal: analyst}
      default_principal: reader
      roles:
        - {claim: groups, has: emea, role: emea_reader}
      role_claim: db_role
      settings: {app.user_id: sub, app.tenant: [tenant, id]}
      public_url: https://data.example
      authorization_servers: https://login.example
      scopes: [data.read]
)");
  JwtConfig expected;
  expected.issuer = "acme";
  expected.audiences = {"a", "https://data.example/mcp"};
  expected.jwks_file = folder / "keys.json";
  expected.jwks_ca_file = folder / "ca.pem";
  expected.algorithms = {"ES384"};
  expected.leeway = 0s;
  expected.fetch_timeout = 1s;
  expected.refresh_interval = 5min;
  expected.refetch_interval = 1min;
  expected.keep_keys = 6min;
  expected.principals = {{{"scope"}, "data.read", "reader"},
                         {{"realm_access", "roles"}, "analysts", "analyst"}};
  expected.default_principal = "reader";
  expected.roles = {{{"groups"}, "emea", "emea_reader"}};
  expected.role_claim = {"db_role"};
  expected.settings = {{"app.user_id", {"sub"}}, {"app.tenant", {"tenant", "id"}}};
  expected.public_url = "https://data.example";
  expected.authorization_servers = {"https://login.example"};
  expected.scopes = {"data.read"};
  EXPECT_EQ(config, expected);
}

TEST_F(JwtYaml, ReportsEveryMistakeAtOnce) {
  EXPECT_THAT(
      mistakes_in(R"(      issuer: ""
      audience: [""]
      jwks_url: http://issuer.example/keys
      jwks_file: none.json
      algorithms: [none, RS256]
      leeway: 1h
      principals:
        - {claim: scope, has: x, principal: raeder}
        - {claim: [], has: x, role: reader}
      default_principal: nobody
      settings: {search_path: sub}
      public_url: https://data.example/
      scopes: ['a b']
      keepkeys: 1h
)"),
      ElementsAre(
          HasSubstr("server.yaml:3:5: `jwt` needs `jwks_file` or `jwks_url`, and not both"),
          HasSubstr("server.yaml:4:15: `issuer` must be"), HasSubstr("server.yaml:5:18: `audience` must be"),
          HasSubstr("server.yaml:6:17: `jwks_url` must be a URL that begins with `https://`"),
          HasSubstr("server.yaml:7:18: `jwks_file`: the file"),
          HasSubstr("server.yaml:8:20: `algorithms` must be one of"),
          HasSubstr("server.yaml:9:15: `leeway` must be a duration"),
          HasSubstr("server.yaml:11:45: `principal` must be one that is configured, found `raeder`; did you "
                    "mean `reader`?"),
          HasSubstr("server.yaml:12:11: a rule for claims needs `principal`"),
          HasSubstr("server.yaml:12:19: `claim` must have 1 to 8 names"),
          HasSubstr("server.yaml:12:31: unknown key `role`"),
          HasSubstr("server.yaml:13:26: `default_principal` must be one that is configured"),
          HasSubstr("server.yaml:14:18: the setting `search_path` must be two or more words"),
          HasSubstr("server.yaml:15:19: `public_url` must be"),
          HasSubstr("server.yaml:16:16: `scopes` must be"),
          HasSubstr("server.yaml:17:7: unknown key `keepkeys`; did you mean `keep_keys`?")));
}

TEST_F(JwtYaml, SaysWhatIsMissing) {
  EXPECT_THAT(mistakes_in("      leeway: 1s\n"),
              ElementsAre(HasSubstr("needs `issuer`"), HasSubstr("needs `audience`"),
                          HasSubstr("needs `jwks_file`"), HasSubstr("else it lets nobody in")));
  const std::string smallest(kSmallest);
  EXPECT_THAT(mistakes_in(smallest + "      algorithms: []\n"),
              ElementsAre(HasSubstr("`algorithms` must not be empty")));
  EXPECT_THAT(mistakes_in(smallest + "      keep_keys: 5m\n"),
              ElementsAre(HasSubstr("`keep_keys` must be at least")));
  EXPECT_THAT(mistakes_in(smallest + "      refetch_interval: 30m\n"),
              ElementsAre(HasSubstr("`refresh_interval` must")));
  folder.write("server.yaml", "server: {authentication: {jwd: {}}}\n");
  EXPECT_THAT(serving_mistakes(folder), ElementsAre(HasSubstr("unknown key `jwd`; did you mean `jwt`?")));
}

TEST_F(JwtYaml, NeedsPrincipals) {
  std::filesystem::remove(folder / "principals.yaml");
  EXPECT_THAT(mistakes_in(kSmallest), ElementsAre(HasSubstr("needs a principals.yaml")));
}

TEST(WebUrl, KnowsWhatCanBeTrusted) {
  for (const char* safe : {"https://a.example", "https://a.example:8443/x?y=z", "http://127.0.0.1:1/x",
                           "http://[::1]/", "http://localhost/keys", "https://[2001:db8::1]/"})
    EXPECT_TRUE(is_safe_url(safe)) << safe;
  for (const char* bad : {"", "a.example", "http://a.example", "ftp://a.example", "file:///etc/passwd",
                          "https://", "https://a b", "https://user@a.example", "https://a.example#x",
                          "https://a.example:0", "http://127.0.0.1.example.com", "http://127.example.com",
                          "https://a.example:x", "https://a\nb", "HTTPS://a.example", "http://[::1]:x/"})
    EXPECT_FALSE(is_safe_url(bad)) << bad;
}

}  // namespace
}  // namespace penstock::config
