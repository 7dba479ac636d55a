// What happens to queries when their server or session goes, and that it is well again afterwards.
#include <csignal>
#include <fstream>
#include <string>
#include <thread>

#include "integration/postgresql_site.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kEndless =
    "SELECT generate_series(1, 9223372036854775807) AS n, repeat('x', 100) AS filling";
constexpr const char* kSilent = "SELECT count(*) FROM (SELECT generate_series(1, 9223372036854775807)) s";

std::int64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

class PostgresqlFaults : public PostgresqlTest {
 protected:
  // Waits until the server runs this very statement, and ends its session.
  void terminate_while_it_runs(const std::string& sql) {
    std::string process;
    EXPECT_TRUE(wait_until([&] {
      const auto rows = site().cluster().run(
          "SELECT pid FROM pg_stat_activity WHERE application_name = 'penstock' AND state = 'active' "
          "AND query = '" +
          sql + "'");
      if (!rows.empty()) process = rows[0][0].value_or("");
      return !process.empty();
    }));
    if (!process.empty()) terminate(process);
  }
  void terminate(const std::string& process) {
    site().cluster().run("SELECT pg_terminate_backend(" + process + ", 10000)");
  }
  void expect_well() {
    EXPECT_TRUE(wait_until([&] { return answer("SELECT count(*) FROM people") == "3"; }))
        << answer("SELECT 1");
  }
};

TEST_F(PostgresqlFaults, ASessionThatWasEndedWhileIdleIsReplacedUnseen) {
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(answer("SELECT count(*) FROM people"), "3");
    ASSERT_EQ(backends().size(), 1U);
    terminate(backends()[0]);
    ASSERT_EQ(answer("SELECT count(*) FROM people"), "3");
  }
  EXPECT_EQ(connects(), 4U);
}

TEST_F(PostgresqlFaults, ASessionThatIsEndedWhileRunningIsTriedOnceMore) {
  std::jthread killer([&] {
    for (int times = 0; times < 2; ++times)
      terminate_while_it_runs(kSilent);
  });
  const QueryResult result = query(kSilent);
  EXPECT_EQ(result.code, ErrorCode::unavailable) << as_text(result);
  killer.join();
  EXPECT_EQ(connects(), 2U) << "one that was ended, and one that was tried after it";
  expect_well();
}

// A signal that a stopped process will see when it goes on.
bool is_pending(const std::string& process, int signal) {
  std::ifstream status("/proc/" + process + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("ShdPnd:"))
      return (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1) != 0;
  }
  return false;
}

// A server that is asked to cancel before it has read the statement has nothing to cancel.
TEST_F(PostgresqlFaults, ACancelThatComesTooEarlyForTheServerIsRepeated) {
  ASSERT_EQ(query(kSilent, {}, {.timeout = 1s}).code, ErrorCode::timeout) << "so that it is prepared";
  ASSERT_EQ(backends().size(), 1U);
  const std::string server = backends()[0];
  const auto process = static_cast<pid_t>(std::stol(server));
  ASSERT_EQ(::kill(process, SIGSTOP), 0);
  std::stop_source stop;
  std::jthread canceller([&] {
    EXPECT_TRUE(wait_until([&] { return manager().datasources().front().pools.front().second.leased == 1; }));
    std::this_thread::sleep_for(50ms);  // for the statement to be under way to a server that reads nothing
    stop.request_stop();
  });
  const QueryResult result = query(kSilent, {}, {.stop = stop.get_token()});
  EXPECT_EQ(result.code, ErrorCode::cancelled) << as_text(result);
  EXPECT_TRUE(wait_until([&] { return is_pending(server, SIGINT); }));
  ASSERT_EQ(::kill(process, SIGCONT), 0);
  EXPECT_TRUE(wait_until([&] { return ::kill(process, 0) != 0; })) << "it still runs the statement";
  EXPECT_EQ(answer("SELECT 1"), "1");
}

TEST_F(PostgresqlFaults, AServerThatRestartsBetweenTwoQueriesIsNotNoticed) {
  ASSERT_EQ(answer("SELECT count(*) FROM people"), "3");
  site().cluster().restart();
  EXPECT_EQ(answer("SELECT count(*) FROM people"), "3");
}

TEST_F(PostgresqlFaults, AServerThatDiesInMidResultIsAnErrorAndNoEnd) {
  auto stream = manager().stream_query(kEndless, "customer_db");
  ASSERT_TRUE(stream) << stream.error().message;
  ASSERT_TRUE(stream->next());
  // The postmaster first, so that nothing comes back; a backend that sends notices that late.
  const auto running = backends();
  ASSERT_EQ(running.size(), 1U);
  site().cluster().run("CHECKPOINT");  // the cluster writes its log late, to be fast
  site().cluster().kill();
  ::kill(static_cast<pid_t>(std::stol(running[0])), SIGKILL);
  std::optional<Error> error;
  while (!error) {
    const auto batch = stream->next();
    if (!batch) {
      error = batch.error();
    } else {
      ASSERT_TRUE(*batch) << "the result came to its end";
    }
  }
  EXPECT_EQ(error->code, ErrorCode::unavailable) << error->message;
  site().cluster().start();
  expect_well();
}

TEST_F(PostgresqlFaults, AValueOf900MegabytesIsRefusedBeforeItIsHere) {
  configure({.datasource = {{"statement_timeout", "10m"}}});  // for the server to make it
  ASSERT_EQ(answer("SELECT 1"), "1");
  const std::int64_t before = peak_memory();
  const QueryResult result = query("SELECT 1 AS n, repeat('x', 900000000) AS v, 2 AS m");
  EXPECT_EQ(result.code, ErrorCode::limit_exceeded) << as_text(result).substr(0, 200);
  EXPECT_LT(peak_memory() - before, 16 << 20);
  expect_well();
}

TEST_F(PostgresqlFaults, AWriteThatIsStoppedBeforeItsCommitHasNotHappened) {
  configure({.connection = {{"max_pool_size", "1"}}, .datasource = {{"access", "read_write"}}});
  site().run(
      "CREATE TABLE log (n int); CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$; "
      "CREATE TRIGGER slowly AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION slow()");
  const QueryResult late = query("INSERT INTO log VALUES (1)", {}, {.timeout = 300ms});
  EXPECT_EQ(late.code, ErrorCode::timeout) << as_text(late);
  std::jthread killer([&] { terminate_while_it_runs("INSERT INTO log VALUES (2)"); });
  const QueryResult ended = query("INSERT INTO log VALUES (2)");
  EXPECT_EQ(ended.code, ErrorCode::unavailable) << as_text(ended);
  killer.join();
  EXPECT_EQ(answer("SELECT count(*) FROM log"), "0");
}

TEST_F(PostgresqlFaults, AWriteWhoseCommitIsLostIsOfUnknownOutcomeAndIsNotRepeated) {
  configure({.connection = {{"max_pool_size", "1"}}, .datasource = {{"access", "read_write"}}});
  // A deferred trigger runs within COMMIT: it counts itself in a sequence, which no ROLLBACK turns back, and
  // waits.
  site().run(
      "CREATE TABLE log (n int); CREATE SEQUENCE commits; CREATE FUNCTION slow() RETURNS trigger "
      "LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('customer_db.commits'); PERFORM pg_sleep(600); RETURN "
      "NEW; END $$; CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON log DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION slow()");
  std::jthread killer([&] {
    EXPECT_TRUE(wait_until(
        [&] { return site().cluster().value("SELECT is_called FROM customer_db.commits") == "t"; }));
    terminate(backends()[0]);
  });
  const QueryResult result = query("INSERT INTO log VALUES (1)");
  killer.join();
  EXPECT_EQ(result.code, ErrorCode::outcome_unknown) << as_text(result);
  EXPECT_FALSE(result.retryable);
  EXPECT_EQ(site().cluster().value("SELECT last_value FROM customer_db.commits"), "1") << "it was sent again";
  expect_well();
}

}  // namespace
}  // namespace penstock::test
