// The MySQL driver on a private MariaDB server: every type, cancels, and a server that goes away.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "penstock/manager.hpp"

#include "servers/mariadb_server.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

using test::MariadbServer;
using testing::HasSubstr;
using namespace std::chrono_literals;

// A server with one database, and the manager of a datasource on it.
class MysqlDriver : public testing::Test {
 protected:
  void SetUp() override {
    PENSTOCK_NEEDS_MARIADB();
    server_ = std::make_unique<MariadbServer>();
    server_->run("CREATE DATABASE shop CHARACTER SET utf8mb4; GRANT ALL ON *.* TO agent IDENTIFIED BY 'x'");
    load("");
  }
  void load(const std::string& connection, const std::string& access = "read_only") {
    manager_.reset();
    test::write_file(folder_.path() / "datasources.yaml",
                     "datasources:\n  shop:\n    type: mariadb\n    access: " + access +
                         "\n    databases: [shop]\n    connection:\n      host: 127.0.0.1\n      port: " +
                         std::to_string(server_->port()) + "\n      user: agent\n      password: x\n" +
                         connection);
    auto manager = DataSourceManager::load(folder_.path(), {.environment = {}});
    ASSERT_TRUE(manager) << manager.error().message;
    manager_ = std::move(*manager);
  }
  QueryResult ask(std::string_view sql, const Params& params = {}, const QueryOptions& options = {}) {
    return manager_->execute_query(sql, "shop", params, options);
  }
  std::string text(std::string_view sql) {
    const QueryResult result = ask(sql);
    if (!result.success) return "error: " + result.error;
    std::string out;
    for (const Row row : result.data) {
      for (std::size_t i = 0; i < row.size(); ++i)
        out += (i == 0 ? "" : "|") + row[i].to_text();
      out += "\n";
    }
    return out;
  }
  std::string type_of(std::string_view sql) {
    const QueryResult result = ask(sql);
    return result.success ? result.schema->field(0).type.name() : "error: " + result.error;
  }
  template <typename Condition>
  static bool wait_until(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(5ms);
    }
    return true;
  }
  // Of the datasource's user, that run a statement.
  bool server_works() {
    return server_->value(
               "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'agent' AND "
               "COMMAND IN ('Execute', 'Query')") != "0";
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<MariadbServer> server_;
  std::unique_ptr<DataSourceManager> manager_;
};

constexpr std::string_view kEndless =
    "SELECT MAX(a.seq * b.seq) FROM seq_1_to_1000000000 a, seq_1_to_1000000000 b";

TEST_F(MysqlDriver, KeepsEveryType) {
  server_->run(
      "CREATE TABLE t (tiny TINYINT, utiny TINYINT UNSIGNED, medium MEDIUMINT, uint INT UNSIGNED, big BIGINT "
      "UNSIGNED, y YEAR, b BIT(12), d DECIMAL(65,30), e ENUM('a','ü'), s SET('x','y'), j JSON, l VARCHAR(9) "
      "CHARACTER SET latin1, u VARCHAR(9) CHARACTER SET utf16, bin BINARY(3), i INET6, g POINT, c CHAR(3), "
      "id UUID) ; INSERT INTO t VALUES (-128, 255, -8388608, 4294967295, 18446744073709551615, 2155, "
      "b'101000000001', "
      "-12345678901234567890123456789012345.000000000000000000000000000001, 'ü', 'x,y', '{\"a\": [1]}', 'é', "
      "'€', "
      "x'00FF10', '::1', ST_PointFromText('POINT(1 2.5)', 4326), 'ab ', "
      "'00112233-4455-6677-8899-aabbccddeeff')",
      "shop");
  EXPECT_EQ(text("SELECT * FROM t"),
            "-128|255|-8388608|4294967295|18446744073709551615|2155|2561|"
            "-12345678901234567890123456789012345.000000000000000000000000000001|ü|x,y|{\"a\": [1]}|é|€|"
            "\\x00ff10|::1|SRID=4326;POINT(1 2.5)|ab|00112233-4455-6677-8899-aabbccddeeff\n");
  EXPECT_EQ(type_of("SELECT big FROM t"), "uint64");
  EXPECT_EQ(type_of("SELECT b FROM t"), "uint64");
  EXPECT_EQ(type_of("SELECT j FROM t"), "json");
  EXPECT_EQ(type_of("SELECT bin FROM t"), "bytes");
  EXPECT_EQ(type_of("SELECT id FROM t"), "uuid");
  EXPECT_EQ(type_of("SELECT NULL"), "null");
  for (const std::string wkt :
       {"LINESTRING(0 0,1 1.5)", "POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))",
        "MULTILINESTRING((0 0,1 1),(2 2,3 3))", "MULTIPOLYGON(((0 0,4 0,4 4,0 0)))",
        "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,-1 1e+300))", "GEOMETRYCOLLECTION EMPTY"}) {
    EXPECT_EQ(text("SELECT ST_GeomFromText('" + wkt + "')"), wkt + "\n");
  }
  EXPECT_EQ(text("SELECT ST_GeomFromText('MULTIPOINT(1 2,3 4)')"), "MULTIPOINT((1 2),(3 4))\n");
}

TEST_F(MysqlDriver, KeepsDatesAndTimesBeyondTheirTypes) {
  server_->run(
      "SET sql_mode = ''; CREATE TABLE t (n INT, d DATE, dt DATETIME(6), t TIME(6), ts TIMESTAMP NULL); "
      "SET time_zone = '+00:00'; INSERT INTO t VALUES (1, '2024-02-29', '2024-02-29 01:02:03.000004', "
      "'12:00:00', '2024-02-29 01:02:03'), (2, '0000-00-00', '2024-00-00 00:00:00', '-838:59:59', 0), "
      "(3, NULL, NULL, '24:00:00', NULL)",
      "shop");
  EXPECT_EQ(text("SELECT * FROM t WHERE n = 1"),
            "1|2024-02-29|2024-02-29 01:02:03.000004|12:00:00|2024-02-29T01:02:03Z\n");
  const QueryResult all = ask("SELECT d, dt, t FROM t ORDER BY n");
  ASSERT_TRUE(all.success) << all.error;
  EXPECT_EQ(all.data[1][0].to_text(), "0000-00-00");
  EXPECT_EQ(all.data[1][1].to_text(), "2024-00-00 00:00:00");
  EXPECT_EQ(all.data[1][2].as<Interval>().nanoseconds, -((838LL * 60 + 59) * 60 + 59) * 1'000'000'000);
  EXPECT_EQ(all.data[2][2].as<Interval>().nanoseconds, 24LL * 3'600 * 1'000'000'000);
  EXPECT_EQ(all.data[0][2].as<Time>().microseconds, 12LL * 3'600 * 1'000'000);
  EXPECT_EQ(type_of("SELECT t FROM t WHERE n = 1"), "time");
  server_->run(
      "CREATE TABLE ends (b BIT(64), t TIME(6), d DATETIME(6), first DATE, o TIMESTAMP(6) NULL); "
      "SET time_zone = '+00:00'; INSERT INTO ends VALUES (b'1" +
          std::string(63, '1') +
          "', '838:59:59.999999', '9999-12-31 23:59:59.999999', '0001-01-01', '2038-01-19 03:14:07.999999')",
      "shop");
  EXPECT_EQ(text("SELECT b, d, first, o FROM ends"),
            "18446744073709551615|9999-12-31 23:59:59.999999|0001-01-01|2038-01-19T03:14:07.999999Z\n");
  const QueryResult longest = ask("SELECT t FROM ends");
  ASSERT_TRUE(longest.success) << longest.error;
  EXPECT_EQ(longest.data[0][0].as<Interval>().nanoseconds, 3'020'399'999'999'000);
}

TEST_F(MysqlDriver, ACancelReachesTheServerAndNoLaterQuery) {
  for (int round = 0; round < 5; ++round) {
    std::stop_source stop;
    std::jthread canceller([&] {
      EXPECT_TRUE(wait_until([&] { return server_works(); }));
      stop.request_stop();
    });
    const QueryResult cancelled = ask(kEndless, {}, {.stop = stop.get_token()});
    EXPECT_EQ(cancelled.code, ErrorCode::cancelled) << cancelled.error;
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(text("SELECT 1"), "1\n");
    EXPECT_TRUE(wait_until([&] { return !server_works(); }));
  }
}

TEST_F(MysqlDriver, TheServerStopsWhatIsLate) {
  const QueryResult late = ask(kEndless, {}, {.timeout = 300ms});
  EXPECT_EQ(late.code, ErrorCode::timeout) << late.error;
  EXPECT_TRUE(wait_until([&] { return !server_works(); }));
  EXPECT_EQ(text("SELECT 2"), "2\n");
}

TEST_F(MysqlDriver, AServerThatDiesInTheMiddleIsAnError) {
  auto stream = manager_->stream_query("SELECT a.seq FROM seq_1_to_1000000000 a", "shop");
  ASSERT_TRUE(stream) << stream.error().message;
  ASSERT_TRUE(stream->next());
  server_->kill();
  Result<std::optional<RecordBatch>> batch = stream->next();
  while (batch && *batch)
    batch = stream->next();
  ASSERT_FALSE(batch) << "a part must not be taken for the whole";
  EXPECT_EQ(batch.error().code, ErrorCode::unavailable) << batch.error().message;
  server_->start();
  EXPECT_TRUE(wait_until([&] { return text("SELECT 3") == "3\n"; }));
}

TEST_F(MysqlDriver, SessionsThatTheServerEndedAreReplaced) {
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(text("SELECT 4"), "4\n");
    server_->run("KILL USER agent");
    EXPECT_EQ(text("SELECT 5"), "5\n");
  }
  server_->restart();
  EXPECT_TRUE(wait_until([&] { return text("SELECT 6") == "6\n"; }));
}

TEST_F(MysqlDriver, AWriteIsCountedAndUndoneWhenLate) {
  load("", "read_write");
  server_->run("CREATE TABLE t (n INT PRIMARY KEY, s TEXT) ENGINE=InnoDB", "shop");
  EXPECT_EQ(ask("INSERT INTO t VALUES (?, ?), (2, 'b')", {1, "a"}).affected_rows, 2);
  EXPECT_EQ(ask("UPDATE t SET s = 'a' WHERE n = 1").affected_rows, 1);
  EXPECT_EQ(ask("INSERT INTO t VALUES (1, 'x')").code, ErrorCode::constraint);
  const QueryResult returned = ask("INSERT INTO t VALUES (3, 'c') RETURNING n, s");
  ASSERT_TRUE(returned.success) << returned.error;
  EXPECT_EQ(returned.data[0][1].to_text(), "c");
  EXPECT_EQ(returned.affected_rows, 1);
  const QueryResult late =
      ask("INSERT INTO t SELECT 100 + a.seq, MAX(b.seq) FROM seq_1_to_9 a, "
          "seq_1_to_1000000000 b GROUP BY a.seq",
          {}, {.timeout = 300ms});
  EXPECT_EQ(late.code, ErrorCode::timeout) << late.error;
  EXPECT_EQ(text("SELECT COUNT(*) FROM t"), "3\n");
  EXPECT_TRUE(ask("CREATE TABLE u (n INT)").success);
  EXPECT_TRUE(ask("DROP TABLE u").success);
}

TEST_F(MysqlDriver, TellsWhatTheUserCouldDo) {
  const auto reports = manager_->health();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.front().server.product, "MariaDB");
  EXPECT_THAT(reports.front().server.warnings, testing::Contains(HasSubstr("ALL PRIVILEGES")));
}

TEST_F(MysqlDriver, RefusesAWrongPasswordAndAMissingDatabase) {
  load("      connect_timeout: 5\n");
  server_->run("ALTER USER agent IDENTIFIED BY 'other'");
  const QueryResult refused = ask("SELECT 1");
  EXPECT_EQ(refused.code, ErrorCode::unavailable);  // it is not the caller's password
  EXPECT_THAT(refused.error, HasSubstr("did not accept the user or the password"));
  server_->run("ALTER USER agent IDENTIFIED BY 'x'; DROP DATABASE shop");
  EXPECT_TRUE(wait_until([&] { return ask("SELECT 1").code == ErrorCode::not_found; }));
}

}  // namespace
}  // namespace penstock
