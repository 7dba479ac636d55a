// What becomes of queries between their front end and their end: limits of principals, and the audit log.
#include "server/query_gate.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "manager_fixture.hpp"
#include "server/explain.hpp"
#include "server/query_executor.hpp"
#include "temporary_folder.hpp"

namespace penstock::server {
namespace {

using namespace std::chrono_literals;
using penstock::testing::numbers;
using ::testing::SizeIs;

class QueryGateTest : public penstock::Manager {
 protected:
  void SetUp() override {
    answer({numbers(0, 5)});
    load();
  }
  void TearDown() override {
    executor_.reset();
    gate_.reset();
    manager_.reset();
  }
  void start(AuditOptions options = {}) {
    if (options.file.path.empty()) options.file.path = path_;
    options.gather = 0ms;
    auto log = AuditLog::open(std::move(options));
    ASSERT_TRUE(log) << log.error().message;
    begin(std::make_shared<QueryGate>(std::move(*log)));
  }
  void begin(std::shared_ptr<QueryGate> gate) {
    gate_ = std::move(gate);
    executor_ = std::make_unique<QueryExecutor>(*manager_, ExecutorOptions{.gate = gate_});
  }
  static QueryCall call(PrincipalPtr who = Principal::anonymous()) {
    QueryCall made{.database = "customer_db", .sql = "SELECT", .principal = std::move(who)};
    made.origin = {.front_end = FrontEnd::rest, .request_id = "r-1", .trace_id = {}, .tool = {}};
    return made;
  }
  // To the end of its rows.
  Result<std::int64_t> ask(QueryCall question) {
    std::promise<Result<std::int64_t>> answered;
    executor_->query(std::move(question),
                     [&](Result<ResultStream> stream) { answered.set_value(count(std::move(stream))); });
    return answered.get_future().get();
  }
  static Result<std::int64_t> count(Result<ResultStream> stream) {
    if (!stream) return pass_error(stream);
    std::int64_t rows = 0;
    while (true) {
      auto batch = stream->next();
      if (!batch) return pass_error(batch);
      if (!*batch) return rows;
      rows += (*batch)->num_rows();
    }
  }
  std::vector<boost::json::object> lines() {
    EXPECT_TRUE(gate_->audit()->flush(10s));
    std::ifstream file(path_);
    std::vector<boost::json::object> all;
    for (std::string line; std::getline(file, line);)
      all.push_back(boost::json::parse(line).as_object());
    return all;
  }
  boost::json::object only_line() {
    auto all = lines();
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? boost::json::object() : all.front();
  }

  penstock::test::TemporaryFolder log_folder_;
  std::filesystem::path path_ = log_folder_.path() / "audit.jsonl";
  std::shared_ptr<QueryGate> gate_;
  std::unique_ptr<QueryExecutor> executor_;
};

PrincipalPtr limited(std::optional<std::int64_t> max_concurrent,
                     std::optional<std::int64_t> per_minute = {}) {
  auto made = std::make_shared<Principal>();
  made->name = "agent";
  made->subject = "ada";
  made->limits.max_concurrent = max_concurrent;
  made->limits.requests_per_minute = per_minute;
  return made;
}

TEST_F(QueryGateTest, LogsAQueryThatWasAnswered) {
  start();
  auto who = std::make_shared<Principal>();
  who->name = "agent";
  EXPECT_EQ(ask(call(who)), 5);
  const auto line = only_line();
  EXPECT_EQ(line.at("event"), "query");
  EXPECT_EQ(line.at("request_id"), "r-1");
  EXPECT_EQ(line.at("principal"), "agent");
  EXPECT_EQ(line.at("front_end"), "rest");
  EXPECT_EQ(line.at("database"), "customer_db");
  EXPECT_EQ(line.at("datasource"), "bank");
  EXPECT_NE(line.at("node"), "");
  EXPECT_EQ(line.at("verdict"), "allowed");
  EXPECT_EQ(line.at("rows"), 5);
  EXPECT_GT(line.at("bytes").as_int64(), 0);
  EXPECT_EQ(line.at("fingerprint").as_string().size(), 16U);
  EXPECT_EQ(line.at("sha256").as_string().size(), 64U);
  EXPECT_FALSE(line.contains("statement"));
  EXPECT_FALSE(line.contains("params"));
}

TEST_F(QueryGateTest, LogsStatementAndParametersWhenAskedTo) {
  start({.statements = true, .params = true});
  QueryCall question = call();
  question.params = {7, "x"};
  EXPECT_EQ(ask(std::move(question)), 5);
  const auto line = only_line();
  EXPECT_EQ(line.at("statement"), "SELECT");
  EXPECT_EQ(line.at("params"), boost::json::parse(R"([7,"x"])"));
}

TEST_F(QueryGateTest, LogsWhatFailsWhereverItFails) {
  start();
  script_->execute = [](const Execution&) -> Result<std::vector<RecordBatch>> {
    auto error = fail(ErrorCode::constraint, "not so").error();
    error.sqlstate = "23505";
    return std::unexpected(std::move(error));
  };
  EXPECT_FALSE(ask(call()));
  QueryCall nowhere = call();
  nowhere.database = "nowhere";
  EXPECT_FALSE(ask(std::move(nowhere)));
  script_->analyze = [](const AnalysisRequest&) -> Result<Analysis> {
    return fail(ErrorCode::read_only, "it may write");
  };
  QueryCall write = call();
  write.sql = "DELETE";
  EXPECT_FALSE(ask(std::move(write)));
  executor_->stop();
  EXPECT_FALSE(ask(call()));
  const auto all = lines();
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(all[0].at("code"), "constraint");
  EXPECT_EQ(all[0].at("sqlstate"), "23505");
  EXPECT_EQ(all[0].at("verdict"), "failed");
  EXPECT_EQ(all[1].at("code"), "not_found");
  EXPECT_EQ(all[1].at("datasource"), "");
  EXPECT_EQ(all[2].at("code"), "read_only");
  EXPECT_EQ(all[2].at("verdict"), "refused");
  EXPECT_EQ(all[2].at("datasource"), "bank");
  EXPECT_EQ(all[3].at("code"), "unavailable");
}

TEST_F(QueryGateTest, LogsACallerWhoGoesBeforeTheEndAsOne) {
  start();
  std::promise<void> dropped;
  executor_->query(call(), [&](Result<ResultStream> stream) {
    EXPECT_TRUE(stream);
    {
      const auto gone = std::move(stream);
    }
    dropped.set_value();
  });
  dropped.get_future().wait();
  const auto line = only_line();
  EXPECT_EQ(line.at("verdict"), "cancelled");
  EXPECT_EQ(line.at("rows"), 0);
}

TEST_F(QueryGateTest, LogsAnExplanationThatIsRefused) {
  start();
  std::promise<Result<Plan>> answered;
  explain(*manager_, *executor_, false, {.query = call(), .analyze = true},
          [&](Result<Plan> plan) { answered.set_value(std::move(plan)); });
  EXPECT_FALSE(answered.get_future().get());
  EXPECT_EQ(only_line().at("code"), "forbidden");
}

TEST_F(QueryGateTest, LogsWhoIsNotKnown) {
  start();
  gate_->refused("r-9", FrontEnd::mcp, "192.0.2.1", fail(ErrorCode::unauthenticated, "no such key").error());
  const auto line = only_line();
  EXPECT_EQ(line.at("event"), "authentication");
  EXPECT_EQ(line.at("front_end"), "mcp");
  EXPECT_EQ(line.at("peer"), "192.0.2.1");
  EXPECT_EQ(line.at("reason"), "no such key");
}

TEST_F(QueryGateTest, RefusesQueriesThatItCannotLog) {
  start({.file = {.path = "/dev/full"}, .retry = 1h});
  // The first one's line is what shows that the disk is full.
  EXPECT_EQ(ask(call()), 5);
  EXPECT_FALSE(gate_->audit()->flush(10s));
  int ran = 0;
  script_->execute = [&](const Execution&) {
    ++ran;
    return Result<std::vector<RecordBatch>>(std::vector<RecordBatch>{});
  };
  const auto refused = ask(call());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(refused.error().retryable);
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(gate_->audit()->statistics().refused, 1U);
}

TEST_F(QueryGateTest, WithholdsAnAnswerWhenItsLineCannotBeWrittenAnyMore) {
  start({.file = {.path = "/dev/full"}, .retry = 1h});
  script_->execute = [&](const Execution&) {
    gate_->refused("r", FrontEnd::rest, "", fail(ErrorCode::unauthenticated, "no").error());
    EXPECT_FALSE(gate_->audit()->flush(10s)) << "full, while the query runs";
    return Result<std::vector<RecordBatch>>({numbers(0, 5)});
  };
  const auto answer = ask(call());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
}

TEST_F(QueryGateTest, GoesOnWithoutTheLogWhereItIsToldTo) {
  start({.file = {.path = "/dev/full"}, .on_failure = AuditOptions::OnFailure::go_on, .retry = 1h});
  EXPECT_EQ(ask(call()), 5);
  EXPECT_FALSE(gate_->audit()->flush(10s));
  EXPECT_EQ(ask(call()), 5);
}

TEST_F(QueryGateTest, HasSoManyQueriesOfAPrincipalAtATime) {
  start();
  std::promise<ResultStream> first;
  executor_->query(call(limited(1)),
                   [&](Result<ResultStream> stream) { first.set_value(std::move(*stream)); });
  auto running = std::make_unique<ResultStream>(first.get_future().get());
  const auto refused = ask(call(limited(1)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_EQ(refused.error().retry_after, 1s);
  EXPECT_EQ(ask(call()), 5) << "others do not mind";
  running.reset();
  EXPECT_EQ(ask(call(limited(1))), 5);
  EXPECT_EQ(gate_->statistics().by_max_concurrent, 1U);
  const auto all = lines();
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(all[0].at("verdict"), "refused");
  EXPECT_EQ(all[0].at("subject"), "ada");
}

TEST_F(QueryGateTest, AFailedQueryGivesItsPlaceBack) {
  begin(std::make_shared<QueryGate>());
  script_->execute = [](const Execution&) -> Result<std::vector<RecordBatch>> {
    return fail(ErrorCode::syntax_error, "no");
  };
  for (int i = 0; i < 3; ++i) {
    QueryCall question = call(limited(1));
    if (i == 1) question.database = "nowhere";
    EXPECT_NE(ask(std::move(question)).error().code, ErrorCode::overloaded);
  }
}

TEST_F(QueryGateTest, CountsTheRequestsOfAPrincipal) {
  QueryGate gate;
  const auto who = limited({}, 2);
  EXPECT_TRUE(gate.request(*who, FrontEnd::rest, "r-1"));
  EXPECT_TRUE(gate.request(*who, FrontEnd::rest, "r-1"));
  const auto refused = gate.request(*who, FrontEnd::rest, "r-1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_GT(refused.error().retry_after, 20s);
  EXPECT_TRUE(gate.request(*Principal::anonymous(), FrontEnd::rest, "r-1"));
  auto other = std::make_shared<Principal>(*who);
  other->subject = "eve";
  EXPECT_TRUE(gate.request(*other, FrontEnd::rest, "r-1")) << "who shares the name is somebody else";
  EXPECT_EQ(gate.statistics().by_requests_per_minute, 1U);
}

TEST_F(QueryGateTest, LogsTheFirstOfTheRequestsThatAreTooMany) {
  start();
  const auto who = limited({}, 2);
  for (int i = 0; i < 10; ++i)
    static_cast<void>(gate_->request(*who, FrontEnd::mcp, "r-1"));
  const auto line = only_line();
  EXPECT_EQ(line.at("principal").as_string(), who->name);
  EXPECT_EQ(line.at("front_end"), "mcp");
  EXPECT_EQ(line.at("request_id"), "r-1");
  EXPECT_EQ(line.at("verdict"), "refused");
  EXPECT_EQ(line.at("code"), "overloaded");
}

}  // namespace
}  // namespace penstock::server
