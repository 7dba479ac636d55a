#include "server/busy_look.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace penstock::server {
namespace {

using namespace std::chrono_literals;

TEST(BusyLook, SleepsOnceWhereSomebodyRanOnTheCore) {
  BusyLook look;
  EXPECT_FALSE(look.sleeps_at_once());
  look.served(2);
  look.let_others_run(25us);
  EXPECT_TRUE(look.sleeps_at_once());
  EXPECT_FALSE(look.sleeps_at_once());
}

TEST(BusyLook, LooksOnWhereItIsAlone) {
  BusyLook look;
  look.served(8);
  look.let_others_run(BusyLook::kAloneFor);
  EXPECT_FALSE(look.sleeps_at_once());
  look.let_others_run(25us);
  look.let_others_run(1us);  // the last time counts
  EXPECT_FALSE(look.sleeps_at_once());
}

TEST(BusyLook, LooksOnForASingleClient) {
  BusyLook look;
  look.let_others_run(25us);
  EXPECT_FALSE(look.sleeps_at_once());
  look.served(4);
  look.served(1);
  look.let_others_run(25us);
  EXPECT_FALSE(look.sleeps_at_once());
}

TEST(BusyLook, ATurnThatServesNobodyChangesNothing) {
  BusyLook look;
  look.served(4);
  look.served(0);
  look.let_others_run(25us);
  EXPECT_TRUE(look.sleeps_at_once());
}

TEST(BusyLook, LooksSeveralTimesForASingleClientThatIsAlone) {
  BusyLook look;
  EXPECT_EQ(look.looks(), 1);  // who else is there is not known yet
  look.let_others_run(BusyLook::kAloneFor);
  EXPECT_EQ(look.looks(), BusyLook::kLooksAlone);
  look.served(1);
  EXPECT_EQ(look.looks(), BusyLook::kLooksAlone);
  look.let_others_run(25us);
  EXPECT_EQ(look.looks(), 1);
  look.let_others_run(1us);
  look.served(2);
  EXPECT_EQ(look.looks(), 1);
}

}  // namespace
}  // namespace penstock::server
