#include "server/random_token.hpp"

#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace penstock::server {
namespace {

// Beyond what the kernel is asked for at once, and on two threads.
TEST(RandomNumber, IsAnotherEachTime) {
  std::set<std::uint64_t> drawn;
  const auto draw = [&] {
    for (int i = 0; i < 1'000; ++i)
      drawn.insert(random_number());
  };
  draw();
  std::thread(draw).join();
  EXPECT_EQ(drawn.size(), 2'000U);
}

}  // namespace
}  // namespace penstock::server
