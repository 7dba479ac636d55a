// What every suite's tests start from: one engine, a site of it, and a table of three people in it.
#pragma once

#include <chrono>
#include <concepts>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "penstock/manager.hpp"

#include "conformance/engine.hpp"
#include "conformance/site.hpp"

namespace penstock::conformance {

/// Waits for a fact; false when it did not come true in time.
[[nodiscard]] bool wait_until(const std::predicate auto& fact,
                              std::chrono::milliseconds patience = std::chrono::seconds(10)) {
  const Deadline deadline = Deadline::after(patience);
  while (!fact()) {
    if (deadline.expired()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// ("p1", "Ada", "London"), ("p2", "Grace", "New York") and ("p3", "Edsger", null), all text; `id` is the
/// primary key where there are such.
[[nodiscard]] TableSpec people(const Engine& engine, std::string name = "people");
/// A table of text columns and these rows, without keys.
[[nodiscard]] TableSpec text_table(std::string name, const std::vector<std::string>& columns,
                                   std::vector<std::vector<Value>> rows);

/// Every value of a result as text, row by row: "p1|Ada|London".
[[nodiscard]] std::vector<std::string> lines(const Rows& rows);

/// What the tests of one engine share. Tests with further parameters derive it beside TestWithParam.
class EngineFixture {
 protected:
  explicit EngineFixture(const Engine& engine);

  [[nodiscard]] const Engine& engine() const noexcept { return *engine_; }
  [[nodiscard]] const Language& language() const noexcept { return *engine_->language; }
  [[nodiscard]] const Quirks& quirks() const noexcept { return engine_->quirks; }
  /// Null when the engine has the feature.
  [[nodiscard]] const Exclusion* exclusion(Feature feature) const;
  [[nodiscard]] bool has(Feature feature) const { return exclusion(feature) == nullptr; }

  [[nodiscard]] Site& site() noexcept { return site_; }
  [[nodiscard]] Deployment& here() noexcept { return site_.here(); }
  [[nodiscard]] DataSourceManager& manager() { return site_.manager(); }
  [[nodiscard]] QueryResult query(std::string_view sql, const Params& params = {},
                                  const QueryOptions& options = {},
                                  std::string_view database = "customer_db");
  /// The lines of `people`, asked for as any client would: the sign that all is well.
  [[nodiscard]] std::vector<std::string> people_lines();
  /// Of the datasource `here`.
  [[nodiscard]] PoolStatistics pool();
  void configure(const SiteOptions& options) { site_.configure(options); }

  static const std::vector<std::string> kPeople;

 private:
  const Engine* engine_;
  Site site_;
};

/// A test of every engine.
class ConformanceTest : public testing::TestWithParam<EngineRef>, protected EngineFixture {
 protected:
  ConformanceTest() : EngineFixture(*GetParam()) {}
};

/// Names a test by its engine.
struct EngineName {
  std::string operator()(const testing::TestParamInfo<EngineRef>& info) const { return info.param->name; }
};

/// Gathers all of a stream; the error that ended it, if one did.
struct Drained {
  std::int64_t rows = 0;
  std::int64_t batches = 0;
  std::optional<Error> error;
};
[[nodiscard]] Drained drain(ResultStream& stream);

}  // namespace penstock::conformance

/// Skips the test for an engine that lacks the feature, saying where that is written.
#define PENSTOCK_NEEDS(feature)                                               \
  if (const auto* lacking = exclusion(feature); lacking != nullptr) {         \
    GTEST_SKIP() << lacking->reason << " (" << lacking->documentation << ")"; \
  }                                                                           \
  static_assert(true)

/// All engines run the suite.
#define PENSTOCK_CONFORMANCE_SUITE(suite) \
  INSTANTIATE_TEST_SUITE_P(Engines, suite, testing::ValuesIn(engine_refs()), EngineName())
