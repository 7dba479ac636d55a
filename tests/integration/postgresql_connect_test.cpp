// Getting into a PostgreSQL, and not getting in.
#include <fstream>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "integration/postgresql_site.hpp"
#include "servers/scratch.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

class PostgresqlConnect : public PostgresqlTest {
 protected:
  PostgresqlConnect() {
    cluster_options_ = {.settings = {{"max_connections", "12"}},
                        .hba =
                            "host all agent all scram-sha-256\nhost all old all md5\nhost all all all trust\n"
                            "local all all trust\nhost all nobody all reject\n"};
  }
  // What the pool says of a node that nobody got into.
  [[nodiscard]] std::string refusal() {
    const QueryResult result = query("SELECT 1");
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.code, ErrorCode::unavailable) << result.error;
    EXPECT_EQ(result.error.find("hunter2"), std::string::npos) << "a password: " << result.error;
    return result.error;
  }
};

/// A port that accepts and says nothing.
class SilentPort {
 public:
  SilentPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    listen(socket_, 16);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  ~SilentPort() { close(socket_); }
  [[nodiscard]] std::string port() const { return std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

TEST_F(PostgresqlConnect, WithAPasswordOfEveryByte) {
  std::string password;
  for (int byte = 1; byte < 256; ++byte)
    password += static_cast<char>(byte);
  const ScratchFolder folder("penstock-secret-");
  const std::string file = (folder.path() / "password").string();
  std::ofstream(file, std::ios::binary) << password;
  // In its own encoding, as CREATE ROLE takes text in the database's: the one without any.
  site().cluster().run(
      "CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
  std::string quoted;
  for (const char c : password)
    quoted.append(c == '\'' ? 2 : 1, c);
  site().cluster().run(
      "SET client_encoding = 'SQL_ASCII'; SET password_encryption = 'scram-sha-256'; "
      "CREATE ROLE agent LOGIN PASSWORD '" +
          quoted + "'",
      "bytes");
  site().cluster().run(
      "GRANT USAGE ON SCHEMA customer_db TO agent; GRANT SELECT ON customer_db.people TO agent");
  configure({.connection = {{"user", "agent"}, {"password_file", file}}});
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
}

TEST_F(PostgresqlConnect, WithAWrongPasswordOrUserOrDatabaseSaysWhich) {
  site().cluster().run("CREATE ROLE agent LOGIN PASSWORD 'right'");
  configure({.connection = {{"user", "agent"}, {"password", "hunter2"}}});
  EXPECT_NE(refusal().find("password"), std::string::npos);
  configure({.connection = {{"user", "stranger"}}});
  EXPECT_NE(refusal().find("user"), std::string::npos);
  configure({.connection = {{"user", "agent"}}});
  EXPECT_FALSE(refusal().empty()) << "no password at all";
  configure({.connection = {{"database", "nowhere"}}});
  EXPECT_EQ(query("SELECT 1").code, ErrorCode::not_found) << as_text(query("SELECT 1"));
  configure({.connection = {{"role", "stranger"}}});
  EXPECT_NE(answer("SELECT 1").find("stranger"), std::string::npos);
}

TEST_F(PostgresqlConnect, BecomesTheRole) {
  site().cluster().run("CREATE ROLE reader; GRANT USAGE ON SCHEMA customer_db TO reader");
  configure({.connection = {{"role", "reader"}}});
  EXPECT_EQ(answer("SELECT current_user"), "reader");
  EXPECT_EQ(query("SELECT * FROM people").code, ErrorCode::forbidden);
}

TEST_F(PostgresqlConnect, ToAPortThatNeverAnswersEndsInTime) {
  const SilentPort silent;
  configure(
      {.connection = {{"port", silent.port()}, {"connect_timeout", "200ms"}, {"acquire_timeout", "1s"}}});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(query("SELECT 1").success);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(PostgresqlConnect, TriesSeveralHostsEachWithItsShareOfTheTime) {
  const SilentPort silent;
  const std::string port = std::to_string(site().cluster().port());
  configure({.connection = {{"host", "127.0.0.1:" + silent.port() + ", 127.0.0.1:" + port},
                            {"connect_timeout", "4s"},
                            {"acquire_timeout", "30s"}}});
  EXPECT_EQ(answer("SELECT 1"), "1");
  configure({.connection = {{"host", "127.0.0.1:1,127.0.0.1:" + port}, {"target_session_attrs", "primary"}}});
  EXPECT_EQ(answer("SELECT 1"), "1");
  configure({.connection = {{"target_session_attrs", "standby"}}});
  EXPECT_EQ(query("SELECT 1").code, ErrorCode::unavailable);
  configure({.connection = {{"host", "127.0.0.1:1,127.0.0.1:" + port},
                            {"target_session_attrs", "prefer-standby"}}});
  EXPECT_EQ(answer("SELECT 1"), "1");
}

TEST_F(PostgresqlConnect, ByUnixSocketAndByPasswordFile) {
  configure({.connection = {{"host", site().cluster().socket_folder().string()}}});
  EXPECT_EQ(answer("SELECT 1"), "1");

  site().cluster().run("CREATE ROLE agent LOGIN PASSWORD 'from: the file'");
  const ScratchFolder folder("penstock-pass-");
  const auto file = folder.path() / "pgpass";
  std::ofstream(file) << "127.0.0.1:*:postgres:agent:from\\: the file\n";
  std::filesystem::permissions(file,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  configure({.connection = {{"user", "agent"}, {"passfile", file.string()}}});
  EXPECT_EQ(answer("SELECT current_user"), "agent");
}

TEST_F(PostgresqlConnect, ByAService) {
  const ScratchFolder folder("penstock-service-");
  std::ofstream(folder.path() / "pg_service.conf")
      << "[bank]\nhost=127.0.0.1\nport=" << site().cluster().port() << "\ndbname=postgres\nuser=postgres\n";
  ASSERT_EQ(setenv("PGSERVICEFILE", (folder.path() / "pg_service.conf").c_str(), 1), 0);
  configure(
      {.connection = {{"service", "bank"}, {"host", ""}, {"port", ""}, {"database", ""}, {"user", ""}}});
  EXPECT_EQ(answer("SELECT current_user"), "postgres");
  EXPECT_THROW(configure({.connection = {{"user", ""}}}), std::runtime_error)
      << "neither a user nor a service";
}

TEST_F(PostgresqlConnect, WhileTheServerHasNoSlotsIsUnavailableAndThenNot) {
  std::vector<std::unique_ptr<DataSourceManager>> others;
  for (int i = 0; i < 12; ++i) {
    others.push_back(site().manager({.connection = {{"max_pool_size", "1"}}}));
    if (!others.back()->execute_query("SELECT 1", "customer_db").success) break;
  }
  const QueryResult refused = query("SELECT 1");
  EXPECT_EQ(refused.code, ErrorCode::unavailable) << as_text(refused);
  EXPECT_TRUE(refused.retryable);
  others.clear();
  EXPECT_TRUE(wait_until([&] { return query("SELECT 1").success; }));
}

TEST_F(PostgresqlConnect, TellsWhatTheUserCouldDoBeyondItsAccess) {
  const auto warnings = [&] {
    std::string all;
    for (const HealthReport& report : manager().health()) {
      EXPECT_EQ(report.state, DataSourceState::up);
      EXPECT_EQ(report.server.product, "PostgreSQL");
      EXPECT_TRUE(report.server.version.starts_with("15")) << report.server.version;
      for (const std::string& warning : report.server.warnings)
        all += warning + "\n";
    }
    return all;
  };
  EXPECT_NE(warnings().find("superuser"), std::string::npos);
  site().cluster().run(
      "CREATE ROLE modest LOGIN; REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC; "
      "GRANT USAGE ON SCHEMA customer_db TO modest; GRANT SELECT ON customer_db.people TO modest");
  configure({.connection = {{"user", "modest"}}});
  EXPECT_EQ(warnings(), "");
  site().cluster().run(
      "GRANT UPDATE (name) ON customer_db.people TO modest; GRANT pg_read_server_files TO modest; "
      "CREATE SEQUENCE customer_db.s; GRANT USAGE ON customer_db.s TO modest");
  configure({.connection = {{"user", "modest"}}});
  const std::string told = warnings();
  EXPECT_NE(told.find("write, though access is read-only, to 1 tables"), std::string::npos) << told;
  EXPECT_NE(told.find("pg_read_server_files"), std::string::npos) << told;
  EXPECT_NE(told.find("1 sequences"), std::string::npos) << told;
}

}  // namespace
}  // namespace penstock::test
