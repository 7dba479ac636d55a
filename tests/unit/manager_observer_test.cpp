// What an observer is told of queries.
#include <mutex>

#include <gmock/gmock.h>

#include "manager_fixture.hpp"

namespace penstock {
namespace {

class Recorder final : public QueryObserver {
 public:
  void query_ended(const QueryEvent& event) noexcept override {
    const std::scoped_lock lock(mutex_);
    ended_.push_back(std::string(event.datasource) + " " + std::string(event.database) + " " +
                     std::string(to_string(event.kind)) + " " +
                     (event.code ? std::string(to_string(*event.code)) : "ok") + " " +
                     std::to_string(event.rows) + (event.truncated ? " truncated" : ""));
  }
  [[nodiscard]] std::vector<std::string> ended() const {
    const std::scoped_lock lock(mutex_);
    return ended_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> ended_;
};

class ManagerObserverTest : public Manager {
 protected:
  void SetUp() override {
    answer({testing::numbers(0, 5), testing::numbers(5, 5)});
    folder_ = std::make_unique<testing::ConfigurationFolder>(kTwoSources);
    auto options = testing::scripted_options(script_);
    options.observer = recorder_;
    auto manager = DataSourceManager::load(folder_->path(), std::move(options));
    ASSERT_TRUE(manager) << manager.error().message;
    manager_ = std::move(*manager);
  }
  std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
};

TEST_F(ManagerObserverTest, HearsOfEachQueryOnce) {
  EXPECT_TRUE(run().success);
  QueryOptions few;
  few.max_rows = 3;
  EXPECT_TRUE(run(few).success);
  script_->execute = [](const Execution&) -> Result<std::vector<RecordBatch>> {
    return fail(ErrorCode::not_found, "no such table");
  };
  EXPECT_FALSE(run().success);
  EXPECT_FALSE(run({}, "nowhere").success) << "no datasource, no event";
  EXPECT_THAT(recorder_->ended(), ::testing::ElementsAre("bank customer_db SELECT ok 10",
                                                         "bank customer_db SELECT ok 3 truncated",
                                                         "bank customer_db SELECT not_found 0"));
}

TEST_F(ManagerObserverTest, HearsOfWhatIsRefusedBeforeItRuns) {
  script_->analyze = [](const AnalysisRequest&) -> Result<Analysis> {
    return fail(ErrorCode::syntax_error, "what is this?");
  };
  EXPECT_FALSE(run().success);
  EXPECT_THAT(recorder_->ended(), ::testing::ElementsAre("bank customer_db OTHER syntax_error 0"));
}

TEST_F(ManagerObserverTest, HearsOfAStreamThatIsGivenUp) {
  {
    auto stream = manager_->stream_query("SELECT", "customer_db");
    ASSERT_TRUE(stream);
    ASSERT_TRUE(stream->next());
  }
  EXPECT_THAT(recorder_->ended(), ::testing::ElementsAre("bank customer_db SELECT cancelled 5"));
}

}  // namespace
}  // namespace penstock
