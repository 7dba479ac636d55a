#include "core/run_mark.hpp"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(RunMark, CancelsTheRunThatIsUnderWay) {
  RunMark mark;
  EXPECT_EQ(mark.running(), 0U);
  EXPECT_FALSE(mark.is_cancelled());
  mark.begin();
  EXPECT_FALSE(mark.is_cancelled());
  mark.cancel(mark.running());
  EXPECT_TRUE(mark.is_cancelled());
  mark.end();
  EXPECT_FALSE(mark.is_cancelled());
}

TEST(RunMark, ACancelBetweenRunsIsForNone) {
  RunMark mark;
  mark.cancel(mark.running());
  mark.begin();
  EXPECT_FALSE(mark.is_cancelled());
}

TEST(RunMark, ALateCancelReachesNoLaterRun) {
  RunMark mark;
  mark.begin();
  const auto first = mark.running();
  mark.end();
  mark.begin();
  mark.cancel(first);
  EXPECT_FALSE(mark.is_cancelled());
}

TEST(RunMark, ALateCancelDoesNotHideANewerOne) {
  RunMark mark;
  mark.begin();
  const auto first = mark.running();
  mark.end();
  mark.begin();
  mark.cancel(mark.running());
  mark.cancel(first);  // saw its run before the other began, and comes after
  EXPECT_TRUE(mark.is_cancelled());
}

}  // namespace
}  // namespace penstock
