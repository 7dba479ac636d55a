// What a principal that asks too much is answered over REST.
#include <memory>
#include <string>
#include <utility>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "manager_fixture.hpp"
#include "server/rest.hpp"
#include "unit/fake_exchange.hpp"
#include "unit/rest_fixture.hpp"

namespace penstock::server {
namespace {

class RestAdmission : public penstock::Manager {
 protected:
  void SetUp() override {
    load();
    executor_ = std::make_unique<test::ThreadExecutor>(*manager_);
    schemas_ = std::make_unique<SchemaCache>(*manager_, *executor_);
    rest_ = std::make_unique<RestApi>(*manager_, *executor_, *schemas_, RestOptions(),
                                      std::make_shared<QueryGate>());
  }
  void TearDown() override { executor_.reset(); }
  std::shared_ptr<test::FakeExchange> get(std::string target, const PrincipalPtr& who) {
    auto exchange = std::make_shared<test::FakeExchange>(test::FakeRequest{.target = std::move(target)});
    exchange->set_principal(who);
    rest_->answer(exchange);
    exchange->wait();
    return exchange;
  }

  std::unique_ptr<test::ThreadExecutor> executor_;
  std::unique_ptr<SchemaCache> schemas_;
  std::unique_ptr<RestApi> rest_;
};

TEST_F(RestAdmission, Is429WithTheTimeToComeAgain) {
  auto who = std::make_shared<Principal>();
  who->name = "agent";
  who->limits.requests_per_minute = 2;
  EXPECT_EQ(get("/v1/databases", who)->head().status, 200);
  EXPECT_EQ(get("/v1/databases/customer_db", who)->head().status, 200);
  const auto refused = get("/v1/databases", who);
  EXPECT_EQ(refused->head().status, 429);
  EXPECT_EQ(refused->head().content_type, "application/problem+json");
  EXPECT_EQ(refused->answer_header("Retry-After"), "30");
  const auto problem = boost::json::parse(refused->text()).as_object();
  EXPECT_EQ(problem.at("status"), 429);
  EXPECT_EQ(problem.at("code"), "overloaded");
  EXPECT_EQ(problem.at("retryable"), true);
  EXPECT_EQ(get("/healthz", who)->head().status, 200) << "signs of life do not count";
  EXPECT_EQ(get("/v1/databases", Principal::anonymous())->head().status, 200);
}

}  // namespace
}  // namespace penstock::server
