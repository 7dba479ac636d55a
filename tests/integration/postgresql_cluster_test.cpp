#include "servers/postgresql_cluster.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

/// True as soon as `holds` is, false when it is not within ten seconds.
template <typename Predicate>
bool eventually(Predicate holds) {
  for (const auto until = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < until;) {
    if (holds()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

TEST(PostgresqlCluster, AnswersAndIsAnUnprivilegedUsersOwn) {
  PENSTOCK_NEEDS_POSTGRESQL();
  std::filesystem::path folder;
  pid_t server = 0;
  {
    const PostgresqlCluster cluster({.settings = {{"max_connections", "7"}}});
    folder = cluster.socket_folder();
    server = cluster.process_id();
    EXPECT_EQ(cluster.value("show max_connections"), "7");
    EXPECT_EQ(cluster.value("show server_encoding"), "UTF8");
    EXPECT_EQ(cluster.value("show server_version_num").substr(0, 2), "15");
    struct stat process{};
    ASSERT_EQ(stat(("/proc/" + std::to_string(server)).c_str(), &process), 0);
    EXPECT_NE(process.st_uid, 0U) << "the server runs as root";
    const auto rows = cluster.run("create table t(a int, b text); insert into t values (1, null); table t");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0][0], "1");
    EXPECT_EQ(rows[0][1], std::nullopt);
    EXPECT_THROW(cluster.run("select nonsense"), std::runtime_error);
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_NE(::kill(server, 0), 0);
}

TEST(PostgresqlCluster, ComesBackOnItsPortAfterStopRestartAndKill) {
  PENSTOCK_NEEDS_POSTGRESQL();
  PostgresqlCluster cluster;
  const auto port = cluster.port();
  cluster.run("create table kept(); checkpoint");
  cluster.restart();
  EXPECT_EQ(cluster.port(), port);
  cluster.stop();
  EXPECT_FALSE(cluster.running());
  EXPECT_THROW(cluster.run("select 1"), std::runtime_error);
  cluster.start();
  cluster.kill();
  EXPECT_FALSE(cluster.running());
  cluster.start();
  EXPECT_EQ(cluster.value("select count(*) from kept"), "0");
}

TEST(PostgresqlCluster, StartsInParallel) {
  PENSTOCK_NEEDS_POSTGRESQL();
  auto first = std::async(std::launch::async, [] { return PostgresqlCluster().value("select 'a'"); });
  auto second = std::async(std::launch::async, [] { return PostgresqlCluster().value("select 'b'"); });
  EXPECT_EQ(first.get(), "a");
  EXPECT_EQ(second.get(), "b");
}

TEST(PostgresqlCluster, TakesItsOwnRulesForWhoMayEnter) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const PostgresqlCluster cluster(
      {.settings = {}, .hba = "host all postgres all trust\nhost all all all scram-sha-256\n"});
  cluster.put_file("secret.txt", "x");
  EXPECT_EQ(cluster.value("select pg_read_file('secret.txt')"), "x");
  cluster.run("create role agent login password 'right'");
  EXPECT_EQ(PQping(cluster.conninfo().c_str()), PQPING_OK);
  for (const auto& [password, expected] : {std::pair{"right", CONNECTION_OK}, {"wrong", CONNECTION_BAD}}) {
    PGconn* connection =
        PQconnectdb((cluster.conninfo("postgres", "agent") + " password=" + password).c_str());
    EXPECT_EQ(PQstatus(connection), expected) << password;
    PQfinish(connection);
  }
}

/// What a process told its parent before it killed itself.
struct Left {
  pid_t server = 0;
  std::string folder;
};

/// A child process that makes a cluster, stops it when `stopped`, and dies of SIGKILL.
Left crash_with_a_cluster(bool stopped) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    PostgresqlCluster cluster;
    const std::string words =
        std::to_string(cluster.process_id()) + " " + cluster.socket_folder().string() + "\n";
    if (stopped) cluster.stop();
    if (write(ends[1], words.data(), words.size()) < 0) _exit(1);
    ::kill(getpid(), SIGKILL);
  }
  close(ends[1]);
  FILE* words = fdopen(ends[0], "r");
  std::array<char, 200> folder{};
  Left left;
  if (std::fscanf(words, "%d %199s", &left.server, folder.data()) == 2) left.folder = folder.data();
  std::fclose(words);
  waitpid(child, nullptr, 0);
  return left;
}

TEST(PostgresqlCluster, IsGoneWhenTheTestCrashes) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const Left left = crash_with_a_cluster(false);
  ASSERT_FALSE(left.folder.empty());
  EXPECT_TRUE(eventually([&] { return ::kill(left.server, 0) != 0; }));
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(left.folder); }));
}

TEST(PostgresqlCluster, SweepsFoldersThatNobodyOwns) {
  PENSTOCK_NEEDS_POSTGRESQL();
  const Left left = crash_with_a_cluster(true);
  ASSERT_TRUE(std::filesystem::exists(left.folder)) << "no guardian was there to remove it";
  const PostgresqlCluster next;
  EXPECT_FALSE(std::filesystem::exists(left.folder));
  EXPECT_TRUE(std::filesystem::exists(next.socket_folder()));
}

}  // namespace
}  // namespace penstock::test
