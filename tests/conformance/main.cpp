// Runs the suite, for all engines or for one (--engine=NAME), and holds each engine to the number of tests
// that must have been executed, so that a change which quietly skips tests does not pass. A run narrowed by
// --gtest_filter is not held to it. With --write-support-table=PAGE it writes the page's tables of what each
// type can do.
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "conformance/engine.hpp"
#include "conformance/support_table.hpp"

namespace penstock::conformance {
namespace {

class ExecutedTests : public testing::EmptyTestEventListener {
 public:
  void OnTestEnd(const testing::TestInfo& test) override {
    const testing::TestResult& result = *test.result();
    if (result.Skipped()) return;
    for (int i = 0; i < result.test_property_count(); ++i) {
      const testing::TestProperty& property = result.GetTestProperty(i);
      if (std::string_view(property.key()) == "engine") ++counts_[property.value()];
    }
  }

  // Whether the engine ran as many tests as its quirks promise; says how many it ran.
  bool check(const Engine& engine) const {
    const auto found = counts_.find(engine.name);
    const int executed = found == counts_.end() ? 0 : found->second;
    const int minimum = engine.quirks.minimum_executed;
    std::cout << engine.name << ": " << executed << " tests executed, at least " << minimum << " asked for\n";
    if (executed >= minimum) return true;
    std::cout << engine.name
              << ": FAILED, as tests were skipped or are gone; if that is right, lower minimum_executed in "
              << "tests/conformance/" << engine.name << "_quirks.cpp in the same change\n";
    return false;
  }

 private:
  std::map<std::string, int, std::less<>> counts_;
};

/// Ends the program in the middle of a test that hangs, and names it: what runs this from outside can tell no
/// test from another, and has less patience than a hundred of them together.
class HangWatch : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo& test) override { change(name_of(test)); }
  void OnTestEnd(const testing::TestInfo& /*test*/) override { change({}); }

 private:
  static constexpr std::chrono::minutes kPatience{5};

  static std::string name_of(const testing::TestInfo& test) {
    return std::string(test.test_suite_name()) + "." + test.name();
  }

  void change(std::string running) {
    {
      const std::scoped_lock lock(mutex_);
      running_ = std::move(running);
      ++changes_;
    }
    changed_.notify_one();
  }

  void watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      const auto next = [this, seen = changes_] { return changes_ != seen; };
      if (changed_.wait_for(lock, stop, kPatience, next) || running_.empty() || stop.stop_requested())
        continue;
      std::cout << "FAILED: " << running_ << " hangs" << std::endl;
      std::abort();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string running_;
  std::size_t changes_ = 0;
  std::jthread watcher_{[this](const std::stop_token& stop) { watch(stop); }};
};

int run(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  constexpr std::string_view kEngine = "--engine=";
  constexpr std::string_view kTable = "--write-support-table=";
  std::string only;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kTable)) return write_support_table(argument.substr(kTable.size())) ? 0 : 1;
    if (argument.starts_with(kEngine)) only = argument.substr(kEngine.size());
  }
  const bool whole = testing::GTEST_FLAG(filter) == "*";
  if (!only.empty() && whole) testing::GTEST_FLAG(filter) = "*/" + only + ":*/" + only + "__*";

  auto* executed = new ExecutedTests;  // owned by GoogleTest
  testing::UnitTest::GetInstance()->listeners().Append(executed);
  testing::UnitTest::GetInstance()->listeners().Append(new HangWatch);
  int status = RUN_ALL_TESTS();
  bool known = only.empty();
  for (const Engine& engine : engines()) {
    if (!only.empty() && engine.name != only) continue;
    known = true;
    if (!engine.missing.empty() && std::getenv("CI") == nullptr) {  // NOLINT(concurrency-mt-unsafe)
      std::cout << engine.name << ": no test was run, as there is " << engine.missing << "\n";
      constexpr int kSkipped = 77;  // as CMakeLists.txt says to ctest
      if (!only.empty()) return kSkipped;
      continue;
    }
    if (whole && !testing::GTEST_FLAG(list_tests) && !executed->check(engine)) status = 1;
  }
  if (!known) std::cout << "there is no engine '" << only << "'\n";
  return known ? status : 2;
}

}  // namespace
}  // namespace penstock::conformance

int main(int argc, char** argv) {
  return penstock::conformance::run(argc, argv);
}
