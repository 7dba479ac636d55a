#include "manager/known_statement.hpp"

#include <gtest/gtest.h>

namespace penstock {
namespace {

using namespace std::chrono_literals;

TEST(Quickness, IsInstantFromARunThatWasUntilOneTakesMuchLonger) {
  Quickness quickness;
  EXPECT_FALSE(quickness.is_instant()) << "nothing is known";
  quickness.ran_with_others(201us, 4);
  EXPECT_FALSE(quickness.is_instant());
  quickness.ran_with_others(200us, 4);
  EXPECT_TRUE(quickness.is_instant());
  quickness.ran_with_others(800us, 4);
  EXPECT_TRUE(quickness.is_instant()) << "a busy machine can do that";
  quickness.ran_with_others(801us, 4);
  EXPECT_FALSE(quickness.is_instant());
  quickness.ran_with_others(600us, 4);
  EXPECT_FALSE(quickness.is_instant()) << "it has to show itself anew";
}

}  // namespace
}  // namespace penstock
