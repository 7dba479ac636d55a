#include "server/audit/audit_log.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temporary_folder.hpp"

namespace penstock::server {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr auto kPatience = 10s;
constexpr AuditTime kStart{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<boost::json::object> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<boost::json::object> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(boost::json::parse(line).as_object());
  return lines;
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

AuditQuery query(std::string_view request_id) {
  AuditQuery made;
  made.time = kStart;
  made.request_id = request_id;
  made.front_end = "rest";
  return made;
}

std::string line(std::string_view request_id) {
  std::string made;
  append_line(made, query(request_id));
  return made;
}

template <typename Fact>
bool comes_true(const Fact& fact) {
  const auto give_up_at = std::chrono::steady_clock::now() + kPatience;
  while (!fact()) {
    if (std::chrono::steady_clock::now() > give_up_at) return false;
    std::this_thread::yield();
  }
  return true;
}

class AuditFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] AuditFileOptions options(std::int64_t max_bytes = 1 << 20) const {
    return {.path = path_, .max_bytes = max_bytes, .max_age = 1h, .keep = 2};
  }
  static void write(AuditFile& file, std::string_view lines, AuditTime now = kStart) {
    const auto written = file.write(lines, now);
    ASSERT_TRUE(written) << written.error().message;
  }

  penstock::test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "audit.jsonl";
};

TEST_F(AuditFileTest, IsForItsUserAloneAndGoesOnWhereItEnded) {
  for (const char* name : {"a", "b"}) {
    AuditFile file(options());
    write(file, line(name));
  }
  EXPECT_EQ(text_of(path_), line("a") + line("b"));
  struct stat about{};
  ASSERT_EQ(::stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST_F(AuditFileTest, BeginsAnotherWhenItIsLarge) {
  AuditFile file(options(2 * static_cast<std::int64_t>(line("a").size())));
  for (const char* name : {"a", "b", "c"})
    write(file, line(name), kStart + 1us);
  EXPECT_THAT(files_in(folder_.path()), ElementsAre("audit-20260301T000000.000001Z.jsonl", "audit.jsonl"));
  EXPECT_EQ(text_of(path_), line("c"));
  EXPECT_EQ(text_of(folder_.path() / "audit-20260301T000000.000001Z.jsonl"), line("a") + line("b"));
}

TEST_F(AuditFileTest, BeginsAnotherWhenItIsOldAlsoAfterAStart) {
  {
    AuditFile file(options());
    write(file, line("a"));
    write(file, line("b"), kStart + 59min);
    EXPECT_THAT(files_in(folder_.path()), SizeIs(1));
  }
  AuditFile file(options());
  write(file, line("c"), kStart + 60min);
  EXPECT_THAT(files_in(folder_.path()), SizeIs(2)) << "the first line says how old it is";
  EXPECT_EQ(text_of(path_), line("c"));
}

TEST_F(AuditFileTest, KeepsSoManyOfThoseThatEndedAndNobodyElses) {
  std::ofstream(folder_.path() / "audit-notes.jsonl") << "mine";
  AuditFile file(options(1));
  for (int i = 0; i < 6; ++i)
    write(file, line("a"), kStart + i * 1s);
  EXPECT_THAT(files_in(folder_.path()),
              ElementsAre("audit-20260301T000004.000000Z.jsonl", "audit-20260301T000005.000000Z.jsonl",
                          "audit-notes.jsonl", "audit.jsonl"));
}

TEST_F(AuditFileTest, NoticesThatItWasRenamed) {
  AuditFile file(options());
  write(file, line("a"));
  std::filesystem::rename(path_, folder_.path() / "audit.jsonl.1");
  write(file, line("b"));
  EXPECT_EQ(text_of(path_), line("b"));
  EXPECT_EQ(text_of(folder_.path() / "audit.jsonl.1"), line("a"));
}

TEST_F(AuditFileTest, SeveralProcessesWriteToOnePath) {
  // Each has its own open file, as processes do.
  AuditFile one(options(1));
  AuditFile other(options(1));
  for (int i = 0; i < 4; ++i)
    write(i % 2 == 0 ? one : other, line(std::to_string(i)), kStart + i * 1s);
  EXPECT_EQ(text_of(path_), line("3"));
  EXPECT_EQ(text_of(folder_.path() / "audit-20260301T000003.000000Z.jsonl"), line("2"));
}

TEST_F(AuditFileTest, ALineThatWasTornIsCutOffAndTold) {
  const std::string torn = line("b").substr(0, 50);
  std::ofstream(path_) << line("a") << torn;
  AuditFile file(options());
  ASSERT_TRUE(file.open(kStart));
  write(file, line("c"));
  const auto lines = lines_of(path_);
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0].at("request_id"), "a");
  EXPECT_EQ(lines[1].at("event"), "line_torn");
  EXPECT_EQ(lines[1].at("torn").as_string(), torn);
  EXPECT_EQ(lines[2].at("request_id"), "c");
}

TEST_F(AuditFileTest, WhatIsNotItsOwnIsNotCutOff) {
  std::ofstream(path_) << "somebody's only copy";
  AuditFile file(options());
  ASSERT_TRUE(file.open(kStart));
  write(file, line("a"));
  EXPECT_EQ(text_of(path_), "somebody's only copy\n" + line("a"));
}

TEST_F(AuditFileTest, SaysWhyItCannotBeOpened) {
  AuditFile file({.path = folder_.path() / "nowhere" / "audit.jsonl"});
  const auto opened = file.open(kStart);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(opened.error().message.contains("nowhere/audit.jsonl")) << opened.error().message;
}

TEST_F(AuditFileTest, WritesAllLinesOrNone) {
  AuditFile file(options());
  write(file, line("a"));
  // A disk with room for a line and a half.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = line("a").size() * 5 / 2;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = file.write(line("b") + line("c"), kStart);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, ignored);
  EXPECT_FALSE(written);
  EXPECT_EQ(text_of(path_), line("a"));
  write(file, line("b") + line("c"));
  EXPECT_THAT(lines_of(path_), SizeIs(3)) << "and it recovers";
}

class AuditLogTest : public AuditFileTest {
 protected:
  void open(AuditOptions options = {}) {
    if (options.file.path.empty()) options.file = this->options();
    options.gather = 0ms;
    options.retry = 1ms;
    auto opened = AuditLog::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
  }
  /// A folder where the file cannot be made, until it is back.
  void take_away() {
    std::filesystem::rename(path_, folder_.path() / "before.jsonl");
    std::filesystem::create_directory(path_);
    log_->reopen();
    ASSERT_TRUE(comes_true([this] { return log_->statistics().failing; }));
  }
  void bring_back() {
    std::filesystem::remove(path_);
    ASSERT_TRUE(comes_true([this] { return !log_->statistics().failing; }));
  }

  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditLogTest, WritesEachLineOnceFromManyThreads) {
  open();
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([this, thread] {
        for (int i = 0; i < kLines; ++i)
          log_->add(query(std::to_string(thread * kLines + i)));
      });
    }
  }
  ASSERT_TRUE(log_->flush(kPatience));
  std::vector<bool> seen(kThreads * kLines);
  for (const auto& one : lines_of(path_))
    seen.at(std::stoul(std::string(one.at("request_id").as_string()))) = true;
  EXPECT_THAT(seen, ::testing::Each(true));
  EXPECT_EQ(log_->statistics().written, seen.size());
  EXPECT_EQ(log_->statistics().waiting_bytes, 0U);
}

TEST_F(AuditLogTest, WritesWhatWaitsBeforeItGoes) {
  open();
  log_->add(query("last"));
  log_.reset();
  EXPECT_EQ(text_of(path_), line("last"));
}

TEST_F(AuditLogTest, DoesNotBeginWithoutItsFile) {
  const auto opened = AuditLog::open({.file = {.path = folder_.path() / "nowhere" / "audit.jsonl"}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::unavailable);
}

TEST_F(AuditLogTest, RefusesQueriesWhileItCannotBeWrittenAndLosesNothing) {
  open();
  log_->add(query("before"));
  ASSERT_TRUE(log_->flush(kPatience));
  EXPECT_FALSE(log_->refuses());
  take_away();
  const auto refused = log_->refuses();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, ErrorCode::unavailable);
  EXPECT_TRUE(refused->retryable);
  EXPECT_FALSE(refused->message.contains(path_.string())) << "where it lies is nobody's business";
  log_->add(query("was running"));
  bring_back();
  ASSERT_TRUE(log_->flush(kPatience));
  EXPECT_FALSE(log_->refuses());
  const auto lines = lines_of(path_);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].at("request_id"), "was running");
  EXPECT_EQ(lines[1].at("event"), "queries_refused");
  EXPECT_EQ(lines[1].at("records"), 1);
  EXPECT_EQ(log_->statistics().lost, 0U);
  EXPECT_EQ(log_->statistics().refused, 1U);
}

TEST_F(AuditLogTest, GoesOnWithoutLinesWhereItIsToldToAndSaysHowMany) {
  const std::size_t two = 2 * line("a").size();
  open({.on_failure = AuditOptions::OnFailure::go_on, .max_waiting_bytes = two});
  log_->add(query("0"));
  ASSERT_TRUE(log_->flush(kPatience));
  take_away();
  EXPECT_FALSE(log_->refuses());
  for (const char* name : {"1", "2", "3", "4", "5"})
    log_->add(query(name));
  EXPECT_EQ(log_->statistics().lost, 3U);
  bring_back();
  ASSERT_TRUE(comes_true([&] { return log_->flush(kPatience) && lines_of(path_).size() == 3; }));
  const auto lines = lines_of(path_);
  int noticed = 0;
  for (const auto& one : lines) {
    if (one.at("event") != "records_lost") continue;
    ++noticed;
    EXPECT_EQ(one.at("records"), 3);
    EXPECT_EQ(one.at("since"), "2026-03-01T00:00:00.000000Z");
  }
  EXPECT_EQ(noticed, 1);
  EXPECT_FALSE(log_->refuses());
}

TEST_F(AuditLogTest, AFullDiskIsAFailureLikeAnyOther) {
  open({.file = {.path = "/dev/full"}});
  EXPECT_FALSE(log_->refuses());
  log_->add(query("a"));
  EXPECT_FALSE(log_->flush(kPatience));
  EXPECT_TRUE(log_->statistics().failing);
  EXPECT_TRUE(log_->refuses());
  EXPECT_EQ(log_->statistics().written, 0U);
}

TEST_F(AuditLogTest, RefusesRatherThanLetTheQueueGrow) {
  // Nobody writes: the file is locked by somebody who does not let go.
  open({.max_waiting_bytes = 3 * line("a").size()});
  const int descriptor = ::open(path_.c_str(), O_RDWR);
  ASSERT_EQ(::flock(descriptor, LOCK_EX), 0);
  log_->add(query("a"));
  for (const char* name : {"b", "c", "d"})
    log_->add(query(name));
  EXPECT_TRUE(log_->refuses());
  ::close(descriptor);
  ASSERT_TRUE(comes_true([this] { return !log_->refuses(); }));
  ASSERT_TRUE(log_->flush(kPatience));
  EXPECT_EQ(log_->statistics().lost, 0U);
}

TEST_F(AuditLogTest, WhatIsTurnedAwayFillsNoMemoryAndStopsNobody) {
  for (const auto on_failure : {AuditOptions::OnFailure::stop, AuditOptions::OnFailure::go_on}) {
    // Nobody writes: the file is locked by somebody who does not let go.
    open({.on_failure = on_failure, .max_waiting_bytes = 4'000});
    const int descriptor = ::open(path_.c_str(), O_RDWR);
    ASSERT_EQ(::flock(descriptor, LOCK_EX), 0);
    for (int i = 0; i < 10'000; ++i)
      log_->add(AuditRefusal{.time = kStart, .front_end = "rest", .reason = "no"}, AuditWeight::knocking);
    EXPECT_LE(log_->statistics().waiting_bytes, 2'000U);
    EXPECT_GT(log_->statistics().lost, 9'900U);
    EXPECT_FALSE(log_->refuses()) << "those who are known are served";
    log_->add(query("of somebody who is known"));
    ::close(descriptor);
    ASSERT_TRUE(
        comes_true([&] { return log_->flush(kPatience) && text_of(path_).contains("records_lost"); }));
    EXPECT_TRUE(text_of(path_).contains("of somebody who is known"));
    log_.reset();
    std::filesystem::remove(path_);
  }
}

}  // namespace
}  // namespace penstock::server
