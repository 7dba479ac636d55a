// server.yaml.
#include <chrono>
#include <string>
#include <vector>

#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kDatasources =
    "datasources: {one: {type: sqlite, connection: {path: .}, databases: [a_db]}}\n";

class ServerYaml : public ::testing::Test {
 protected:
  ServerYaml() { folder.write("datasources.yaml", kDatasources); }
  ServerConfig load_server(std::string_view text, const Environment& variables = {}) {
    folder.write("server.yaml", text);
    const auto loaded = load_serving(folder, variables);
    if (!loaded) {
      ADD_FAILURE() << loaded.error().front().to_string();
      return {};
    }
    return loaded->server;
  }
  std::vector<std::string> mistakes_in(std::string_view text) {
    folder.write("server.yaml", text);
    return serving_mistakes(folder);
  }

  ConfigFolder folder;
};

TEST_F(ServerYaml, IsOptionalAndHasTheDefaultsOfACautiousOperator) {
  const auto loaded = load_serving(folder);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->server, ServerConfig());
  EXPECT_EQ(loaded->server.listen.to_string(), "127.0.0.1:8080");
  EXPECT_EQ(loaded->server.max_rows, 10'000);
  EXPECT_EQ(loaded->server.max_bytes, 8 << 20);
  EXPECT_EQ(loaded->server.timeout, seconds(30));
  EXPECT_TRUE(loaded->tools.empty());
}

// What a key's documentation calls its default is what holds without it.
TEST_F(ServerYaml, TheDefaultOfEachKeyIsThatOfItsField) {
  for (const ServerSection& section : server_sections()) {
    for (const ServerKey& key : section.keys) {
      if (key.spec.default_text.empty()) continue;
      std::string own = key.spec.name + ": \"" + key.spec.default_text + "\"";
      if (section.name == "audit") own += ", path: audit.jsonl";
      const std::string name(section.name);
      const std::string text =
          name.empty() ? "server: {" + own + "}\n" : "server: {" + name + ": {" + own + "}}\n";
      ServerConfig loaded = load_server(text);
      loaded.audit.path.clear();
      EXPECT_EQ(loaded, ServerConfig()) << text;
    }
  }
}

TEST_F(ServerYaml, ReadsEveryKey) {
  folder.write("cert.pem", "-----BEGIN CERTIFICATE-----\n").write("key.pem", "-----BEGIN PRIVATE KEY-----\n");
  const ServerConfig config = load_server(
      R"(server:
  listen: "0.0.0.0:${PORT:9000}"
  allow_remote: true
  event_loops: 2
  busy_poll_us: 20
  worker_threads: 16
  max_connections: 500
  max_header_bytes: 8KiB
  max_body_bytes: 4MiB
  idle_timeout: 1m
  header_timeout: 5s
  body_timeout: 6s
  write_timeout: 7s
  drain_timeout: 8s
  gzip: false
  explain_analyze: true
  pass_trace_context: true
  rest: false
  mcp: false
  metrics: false
  hosts: [db.example.com, "::1"]
  origins: ["https://app.example.com", "http://localhost:3000"]
  tls: {certificate: cert.pem, key: key.pem}
  limits: {max_rows: 100, max_bytes: 1MiB, timeout: 5s}
  logging: {level: debug, format: json}
)",
      {{"PORT", "9443"}});
  ServerConfig expected;
  expected.listen = {"0.0.0.0", 9443};
  expected.allow_remote = true;
  expected.event_loops = 2;
  expected.busy_poll_us = 20;
  expected.worker_threads = 16;
  expected.max_connections = 500;
  expected.max_header_bytes = 8 << 10;
  expected.max_body_bytes = 4 << 20;
  expected.idle_timeout = seconds(60);
  expected.header_timeout = seconds(5);
  expected.body_timeout = seconds(6);
  expected.write_timeout = seconds(7);
  expected.drain_timeout = seconds(8);
  expected.gzip = expected.rest = expected.mcp = expected.metrics = false;
  expected.explain_analyze = true;
  expected.pass_trace_context = true;
  expected.hosts = {"db.example.com", "::1"};
  expected.origins = {"https://app.example.com", "http://localhost:3000"};
  expected.tls = TlsFiles{folder / "cert.pem", folder / "key.pem"};
  expected.max_rows = 100;
  expected.max_bytes = 1 << 20;
  expected.timeout = seconds(5);
  expected.log_level = LogLevel::debug;
  expected.log_format = LogFormat::json;
  EXPECT_EQ(config, expected);
}

TEST_F(ServerYaml, ReadsEveryKeyOfTheAuditLog) {
  const ServerConfig config = load_server(R"(server:
  audit:
    path: audit.jsonl
    on_failure: continue
    statements: true
    params: true
    max_file_bytes: 2MiB
    max_file_age: 2h
    keep_files: 3
    sync_interval: 0s
    max_waiting_bytes: 1MiB
)");
  ServerConfig expected;
  expected.audit = {.path = folder / "audit.jsonl",
                    .on_failure = AuditConfig::OnFailure::go_on,
                    .statements = true,
                    .params = true,
                    .max_file_bytes = 2 << 20,
                    .max_file_age = seconds(7'200),
                    .keep_files = 3,
                    .sync_interval = seconds(0),
                    .max_waiting_bytes = 1 << 20};
  EXPECT_EQ(config, expected);
}

TEST_F(ServerYaml, ReportsEveryMistakeAtOnce) {
  EXPECT_THAT(
      mistakes_in(R"(server:
  listen: localhost
  max_conections: 5
  idle_timeout: soon
  hosts: example.com
  origins: [example.com]
  tls: {certificate: none.pem, kay: x}
  limits: {max_rows: 0, rows: 5}
  logging: {level: wanring}
  audit: {on_failure: stopp, keep: 3}
)"),
      ElementsAre(
          "server.yaml:2:11: `listen` must be an address and a port, such as `127.0.0.1:8080`, `[::1]:8080` "
          "or "
          "`0.0.0.0:8080`, found `localhost`",
          "server.yaml:3:3: unknown key `max_conections`; did you mean `max_connections`?",
          HasSubstr("server.yaml:4:17: `idle_timeout` must be a duration from 1s to 1d"),
          "server.yaml:5:10: `hosts` must be a list, each entry a host's name without its port, found a text",
          "server.yaml:6:13: `origins` must hold an origin as browsers send it, such as "
          "`https://app.example.com`, "
          "found `example.com`",
          "server.yaml:7:3: `tls` needs `key`: a file in PEM",
          HasSubstr("server.yaml:7:22: `certificate`: the file "),
          "server.yaml:7:32: unknown key `kay`; did you mean `key`?",
          "server.yaml:8:22: `max_rows` must be a whole number from 1 to 1000000000000, found `0`",
          HasSubstr("server.yaml:8:25: unknown key `rows`"),
          HasSubstr(
              "server.yaml:9:20: `level` must be one of `debug`, `info`, `warning`, `error` and `off`, found "
              "`wanring`; did you mean `warning`?"),
          "server.yaml:10:3: `audit` needs `path`: the file that has a line for each query",
          HasSubstr(
              "server.yaml:10:23: `on_failure` must be one of `stop` and `continue`, found `stopp`; did you "
              "mean `stop`?"),
          HasSubstr("server.yaml:10:30: unknown key `keep`; did you mean `keep_files`?")));
}

TEST_F(ServerYaml, DoesNotListenBeyondThisMachineUnlessToldSo) {
  for (const char* address :
       {"0.0.0.0:80", "[::]:80", "db.example.com:80", "127.example.com:80", "192.168.0.1:80"}) {
    EXPECT_THAT(mistakes_in("server: {listen: \"" + std::string(address) + "\"}\n"),
                ElementsAre(HasSubstr("allow_remote: true")))
        << address;
    EXPECT_TRUE(
        load_server("server: {allow_remote: true, listen: \"" + std::string(address) + "\"}\n").allow_remote);
  }
  for (const char* address : {"127.0.0.1:0", "[::1]:80", "localhost:80", "127.0.1.1:80"})
    EXPECT_FALSE(load_server("server: {listen: \"" + std::string(address) + "\"}\n").allow_remote);
}

TEST_F(ServerYaml, IsLeftAloneByProgramsThatOnlyQuery) {
  folder.write("server.yaml", "nonsense\n").write("tools.yaml", "nonsense\n");
  EXPECT_TRUE(load(folder));
  EXPECT_THAT(serving_mistakes(folder),
              ElementsAre(HasSubstr("server.yaml:1:1"), HasSubstr("tools.yaml:1:1")));
}

TEST(ListenAddress, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(parse_listen_address("[::1]:80")->to_string(), "[::1]:80");
  EXPECT_EQ(parse_listen_address("localhost:0")->to_string(), "localhost:0");
  for (const char* text :
       {"", ":80", "host", "host:", "host:65536", "host:-1", "::1:80", "[::1]", "[host]:80", "a b:1"})
    EXPECT_FALSE(parse_listen_address(text)) << text;
}

}  // namespace
}  // namespace penstock::config
