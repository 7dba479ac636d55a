#include "server/admission.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace penstock::server {
namespace {

using namespace std::chrono_literals;
using Time = Admission::Time;

constexpr Time kStart = Time(1h);

TEST(Admission, LetsAMinutesRequestsInAtOnceAndThenOneInEachPartOfAMinute) {
  struct Step {
    std::chrono::milliseconds at;
    int requests;
    int let_in;
    std::chrono::milliseconds retry_after;  // of the last one
  };
  // Six a minute: one more every ten seconds.
  const std::vector<Step> steps{
      {0ms, 8, 6, 10s},                         // a full bucket
      {9'999ms, 1, 0, 1ms},                     // not yet
      {10s, 2, 1, 10s},                         // one more
      {35s, 5, 2, 5s},                          // two of them in 25 s; the third half done
      {40s, 1, 1, 0ms},     {300s, 9, 6, 10s},  // full again, and no fuller
  };
  Admission admission;
  for (const Step& step : steps) {
    int let_in = 0;
    std::chrono::milliseconds retry_after{0};
    for (int i = 0; i < step.requests; ++i) {
      const auto refusal = admission.request("agent", 6, kStart + step.at);
      let_in += refusal ? 0 : 1;
      retry_after = refusal ? refusal->retry_after : 0ms;
      if (refusal) {
        EXPECT_EQ(refusal->limit, AdmissionRefusal::Limit::requests_per_minute);
        EXPECT_EQ(refusal->allowed, 6);
      }
    }
    EXPECT_EQ(let_in, step.let_in) << "at " << step.at.count();
    EXPECT_EQ(retry_after, step.retry_after) << "at " << step.at.count();
  }
}

TEST(Admission, WhoComesWhenToldIsLetIn) {
  Admission admission;
  Time now = kStart;
  for (const std::int64_t per_minute : {1, 7, 600, 100'000}) {
    const std::string who = std::to_string(per_minute);
    std::int64_t let_in = 0;
    auto refusal = admission.request(who, per_minute, now);
    for (; !refusal; refusal = admission.request(who, per_minute, now))
      ++let_in;
    EXPECT_EQ(let_in, per_minute);
    now += refusal->retry_after;
    EXPECT_FALSE(admission.request(who, per_minute, now)) << per_minute;
  }
}

TEST(Admission, CountsEachPrincipalByItself) {
  Admission admission;
  EXPECT_FALSE(admission.request("a", 1, kStart));
  EXPECT_TRUE(admission.request("a", 1, kStart));
  EXPECT_FALSE(admission.request("b", 1, kStart));
}

TEST(Admission, HasSoManyQueriesOfAPrincipalUnderWay) {
  Admission admission;
  EXPECT_FALSE(admission.query("a", 2, kStart));
  EXPECT_FALSE(admission.query("a", 2, kStart));
  const auto refusal = admission.query("a", 2, kStart);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, AdmissionRefusal::Limit::max_concurrent);
  EXPECT_EQ(refusal->retry_after, 1s);
  EXPECT_FALSE(admission.query("b", 2, kStart));
  admission.query_ended("a");
  EXPECT_FALSE(admission.query("a", 2, kStart));
  EXPECT_TRUE(admission.query("a", 2, kStart));
  // A reload may have lowered it meanwhile.
  admission.query_ended("a");
  EXPECT_TRUE(admission.query("a", 1, kStart));
}

TEST(Admission, ForgetsThoseWhoUseNothing) {
  Admission admission;
  EXPECT_FALSE(admission.query("runs", 1, kStart));
  for (int i = 0; i < 10'000; ++i)
    EXPECT_FALSE(admission.request(std::to_string(i), 60, kStart + i * 1s));
  EXPECT_LT(admission.size(), 2'000U);
  EXPECT_TRUE(admission.query("runs", 1, kStart + 24h)) << "it still runs";
}

}  // namespace
}  // namespace penstock::server
