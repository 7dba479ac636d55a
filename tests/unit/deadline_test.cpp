#include <gtest/gtest.h>

#include "penstock/query.hpp"

namespace penstock {
namespace {

using namespace std::chrono_literals;

constexpr Deadline::Clock::time_point kFrom{1'000h};

TEST(Deadline, IsSoLongAfterAPointInTime) {
  EXPECT_EQ(Deadline::after(20ms, kFrom), Deadline::at(kFrom + 20ms));
  EXPECT_EQ(Deadline::after(7ns, kFrom), Deadline::at(kFrom + 7ns));
}

TEST(Deadline, IsNeverWhenItsTimeIsBeyondTheClock) {
  EXPECT_TRUE(Deadline::after(std::chrono::milliseconds::max()).is_never());
  EXPECT_TRUE(Deadline::after(std::chrono::nanoseconds::max()).is_never());
  EXPECT_TRUE(Deadline::after(std::chrono::hours(24) * 200'000'000).is_never());
  EXPECT_TRUE(Deadline::after(std::chrono::milliseconds::max(), kFrom).is_never());
}

TEST(Deadline, HasPassedAtOnceWhenItsTimeIsNegative) {
  EXPECT_EQ(Deadline::after(std::chrono::milliseconds::min(), kFrom), Deadline::at(kFrom));
  EXPECT_TRUE(Deadline::after(-1ns).expired());
  EXPECT_TRUE(Deadline::after(0s).expired());
}

}  // namespace
}  // namespace penstock
