// Clients that all want to know at once how the datasources are.
#include "server/datasource_probes.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "unit/fake_exchange.hpp"

namespace penstock::server {
namespace {

/// Runs what is posted when the test says so.
class HeldExecutor final : public Executor {
 public:
  void query(QueryCall&& /*call*/, Answered /*answered*/) override {}
  void post(std::move_only_function<void()> work) override { posted.push_back(std::move(work)); }
  void resume_at(Deadline::Clock::time_point /*time*/, std::move_only_function<void()> /*work*/) override {}
  void run() {
    for (auto& work : std::exchange(posted, {}))
      work();
  }
  std::vector<std::move_only_function<void()>> posted;
};

TEST(DatasourceProbes, OneRoundAnswersAllWhoAskMeanwhile) {
  const penstock::test::TemporaryFolder folder;
  penstock::test::write_file(folder / "datasources.yaml",
                             "datasources:\n  d: {type: sqlite, connection: {path: .}, databases: [x]}\n");
  const auto manager = DataSourceManager::load(folder.path());
  ASSERT_TRUE(manager) << manager.error().message;
  HeldExecutor executor;
  DatasourceProbes probes(**manager, executor);
  std::vector<std::shared_ptr<test::FakeExchange>> exchanges;
  for (int i = 0; i < 50; ++i) {
    exchanges.push_back(std::make_shared<test::FakeExchange>(test::FakeRequest{}));
    probes.ask(exchanges.back());
  }
  EXPECT_EQ(executor.posted.size(), 1U);
  executor.run();
  for (const auto& exchange : exchanges) {
    EXPECT_EQ(exchange->answers(), 1);
    EXPECT_THAT(exchange->text(), ::testing::HasSubstr(R"("probes":[)"));
  }
  // Who comes later has a round of its own.
  const auto later = std::make_shared<test::FakeExchange>(test::FakeRequest{});
  probes.ask(later);
  EXPECT_EQ(executor.posted.size(), 1U);
  EXPECT_EQ(later->answers(), 0);
  executor.run();
  EXPECT_EQ(later->answers(), 1);
}

}  // namespace
}  // namespace penstock::server
