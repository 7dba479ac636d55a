// The same isolation over sockets: clients that leave in the middle and clients that read slowly, between
// others whose answers must be theirs.
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/http_client.hpp"
#include "integration/postgresql_site.hpp"
#include "server/application.hpp"
#include "server/serving_configuration.hpp"
#include "temporary_folder.hpp"

namespace penstock::test {
namespace {

constexpr std::string_view kJson = "Content-Type: application/json\r\n";
constexpr std::size_t kSmall = 10;
constexpr std::size_t kLarge = 1'000'000;  // beyond what is sent whole: it streams

class IsolationOverSockets : public testing::Test {
 protected:
  void SetUp() override {
    PENSTOCK_NEEDS_POSTGRESQL();
    site_ = std::make_unique<PostgresqlSite>();
    site_->run(R"(
      CREATE TABLE customer_db.mark (database text); INSERT INTO customer_db.mark VALUES ('customer_db');
      CREATE TABLE accounts_db.mark (database text); INSERT INTO accounts_db.mark VALUES ('accounts_db'))");
    write_file(folder_ / "datasources.yaml",
               "datasources:\n  bank:\n    type: postgresql\n    databases: [customer_db, accounts_db]\n"
               "    acquire_timeout: 60s\n    connection:\n      host: 127.0.0.1\n      port: " +
                   std::to_string(site_->cluster().port()) +
                   "\n      database: postgres\n      user: postgres\n      max_pool_size: 2\n");
    write_file(folder_ / "server.yaml",
               "server:\n  listen: 127.0.0.1:0\n  limits: {max_bytes: 64MiB, timeout: 60s}\n");
    server::ServiceOptions options;
    options.folder = folder_.path();
    auto configuration = server::read_serving_configuration(folder_.path());
    ASSERT_TRUE(configuration) << configuration.error().message;
    options.configuration = std::move(*configuration);
    auto application = server::Application::start(std::move(options));
    ASSERT_TRUE(application) << application.error().message;
    application_ = std::move(*application);
  }

  [[nodiscard]] const std::string& url() const { return application_->urls().front(); }

  static std::string question(int number, std::string_view database, std::size_t width) {
    return R"({"database": ")" + std::string(database) +
           R"(", "rows": "arrays", "sql": "SELECT $1::bigint, database, repeat($2, $3::int) FROM mark", "params": [)" +
           std::to_string(number) + R"(, ")" + letter(number) + R"(", )" + std::to_string(width) + "]}";
  }
  /// One whose statement takes no time, so that it is sent behind others; and one of those in three fails.
  static std::string instant_question(int number, std::string_view database, bool may_fail) {
    return R"({"database": ")" + std::string(database) +
           R"(", "rows": "arrays", "sql": "SELECT $1::bigint, database, $2::text)" +
           (may_fail ? " || left('', 1 / ($1::int % 3))" : "") + R"( FROM mark", "params": [)" +
           std::to_string(number) + R"(, ")" + std::string(kSmall, letter(number)) + R"("]})";
  }
  /// What fills an answer, so that a piece of another one shows.
  static char letter(int number) { return static_cast<char>('a' + number % 26); }
  static std::string wanted(int number, std::string_view database, std::size_t width) {
    return "[[" + std::to_string(number) + ",\"" + std::string(database) + "\",\"" +
           std::string(width, letter(number)) + "\"]]";
  }

  /// One client's questions on one connection, with others that leave beside it. How many were answered
  /// wrongly.
  int ask(int first, int count) {
    std::mt19937 random(static_cast<unsigned>(first));
    auto client = std::make_unique<HttpClient>(url());
    int wrong = 0;
    for (int number = first; number < first + count; ++number) {
      const std::string database = random() % 4 == 0 ? "accounts_db" : "customer_db";
      const auto dice = random() % 20;
      if (dice == 0) leave(number, database, random() % 2 == 0);
      const std::size_t width = dice == 1 ? kLarge : kSmall;
      if (dice == 1) {  // reads slowly: its answer waits in the server while others run
        client = std::make_unique<HttpClient>(url());
        client->limit_receive_buffer(65'536);
      }
      const bool may_fail = dice == 2;
      const std::string body = dice < 2 || dice == 3 ? question(number, database, width)
                                                     : instant_question(number, database, may_fail);
      if (!client->post("/v1/query", body, kJson)) return wrong + 1;
      if (dice == 1) std::this_thread::yield();
      const HttpAnswer answer = client->read();
      const bool fails = may_fail && number % 3 == 0;
      const bool is_right = answer.is_whole && answer.status == (fails ? 400 : 200) &&
                            answer.body.contains(fails ? "22012" : wanted(number, database, width));
      if (!is_right) ++wrong;
      ++answered_;
    }
    return wrong;
  }

  /// Asks and goes, before the answer or in its middle.
  void leave(int number, const std::string& database, bool in_the_middle) {
    HttpClient client(url());
    client.limit_receive_buffer(65'536);
    if (!client.post("/v1/query", question(number + 1'000'000, database, kLarge), kJson)) return;
    if (in_the_middle) static_cast<void>(client.read_head());
    client.reset();
    ++left_;
  }

  TemporaryFolder folder_;
  std::unique_ptr<PostgresqlSite> site_;
  std::unique_ptr<server::Application> application_;
  std::atomic<int> answered_ = 0;
  std::atomic<int> left_ = 0;
};

TEST_F(IsolationOverSockets, EveryClientGetsItsOwnAnswerWhoeverLeaves) {
  constexpr int kClients = 8;
  constexpr int kQuestions = 250;
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; ++i)
      clients.emplace_back([&, i] { wrong += ask(i * kQuestions, kQuestions); });
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(answered_, kClients * kQuestions);
  EXPECT_GT(left_, 20) << "too few left for this to show anything";
  // Nothing of those that left stays behind.
  EXPECT_TRUE(wait_until([&] {
    HttpClient client(url());
    return client.get("/v1/datasources") && client.read().body.contains(R"("leased":0)");
  }));
}

}  // namespace
}  // namespace penstock::test
