// Every attack of the conformance suite on a server, with the analysis alone and with the guard alone:
// refused, and nothing of it sent.
#include <cstdlib>

#include <gtest/gtest.h>

#include "conformance/mongodb_quirks.hpp"
#include "datasources/mongodb/mongodb.hpp"
#include "datasources/mongodb/options.hpp"
#include "servers/mongo_servers.hpp"

namespace penstock::mongodb {
namespace {

class MongodbAttacks : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = penstock::test::MongoServer::missing(); !missing.empty()) {
      if (std::getenv("CI") != nullptr) FAIL() << missing;  // NOLINT(concurrency-mt-unsafe)
      GTEST_SKIP() << missing;
    }
    server_.emplace();
    relay_.emplace(server_->port());
    penstock::test::MongoAdmin admin(server_->port());
    admin.run("customer_db", R"({"insert": "people", "documents": [{"id": "p1"}]})");
    admin.run("payroll_db", R"({"insert": "salaries", "documents": [{"id": "p1"}]})");
  }

  // What answers to a statement that no layer stops is not asked for: it must not get so far.
  void attack(const Layers& layers) {
    DataSourceConfig config{.name = "here", .type = "mongodb"};
    config.connection.set("host", std::string("127.0.0.1"));
    config.connection.set("port", std::int64_t{relay_->port()});
    config.databases = {{"customer_db", "customer_db"}};
    auto source = make_data_source(config, layers);
    ASSERT_TRUE(source) << source.error().message;
    auto connection = (*source)->connect(Node{"primary"}, Deadline::after(std::chrono::seconds(10)));
    ASSERT_TRUE(connection) << connection.error().message;
    const auto before = relay_->commands();
    for (const conformance::Attack& attack : conformance::mongodb_attacks()) {
      SCOPED_TRACE(attack.name);
      const auto analysis = (*source)->analyze({.sql = attack.sql, .database = "customer_db"});
      if (!analysis) continue;
      const Params params;
      const Execution execution{.sql = attack.sql,
                                .database = "customer_db",
                                .params = params,
                                .analysis = *analysis,
                                .also_named = {},
                                .stop = {},
                                .row_limit = {}};
      EXPECT_FALSE((*connection)->execute(execution));
      EXPECT_EQ(relay_->commands(), before);
    }
  }

  std::optional<penstock::test::MongoServer> server_;
  std::optional<penstock::test::MongoRelay> relay_;
};

TEST_F(MongodbAttacks, AreStoppedByAllLayers) {
  attack(Layers{});
}

TEST_F(MongodbAttacks, AreStoppedByTheGuardAlone) {
  attack(Layers{.analysis = false, .guard = true});
}

TEST_F(MongodbAttacks, AreStoppedByTheAnalysisAlone) {
  attack(Layers{.analysis = true, .guard = false});
}

// That it is the layers which hold, and not the server.
TEST_F(MongodbAttacks, OneArrivesWithoutBothLayers) {
  const auto before = relay_->commands().size();
  attack(Layers{});
  EXPECT_GT(relay_->commands().size(), before);  // its connection's own
  DataSourceConfig config{.name = "here", .type = "mongodb"};
  config.connection.set("host", std::string("127.0.0.1"));
  config.connection.set("port", std::int64_t{relay_->port()});
  config.databases = {{"customer_db", "customer_db"}};
  auto source = make_data_source(config, Layers{.analysis = false, .guard = false});
  ASSERT_TRUE(source);
  auto connection = (*source)->connect(Node{"primary"}, Deadline::after(std::chrono::seconds(10)));
  ASSERT_TRUE(connection);
  const std::string drop = R"({"drop": "people"})";
  const Params params;
  const Analysis analysis;
  const Execution execution{.sql = drop,
                            .database = "customer_db",
                            .params = params,
                            .analysis = analysis,
                            .also_named = {},
                            .stop = {},
                            .row_limit = {}};
  (void)(*connection)->execute(execution);
  EXPECT_TRUE(relay_->commands().back().starts_with("drop people") ||
              relay_->commands()[relay_->commands().size() - 2].starts_with("drop people"));
}

}  // namespace
}  // namespace penstock::mongodb
