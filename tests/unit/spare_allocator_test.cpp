#include "core/spare_allocator.hpp"

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace penstock {
namespace {

struct Large {
  std::array<char, 3'000> bytes;  // NOLINT: left as it is
};

std::shared_ptr<Large> make() {
  return std::allocate_shared<Large>(SpareAllocator<Large>());
}

TEST(SpareAllocatorTest, TakesAgainWhatWasGivenBack) {
  if (kMostSpareBlocks == 0) return;
  const void* const first = make().get();
  const auto again = make();
  EXPECT_EQ(again.get(), first);
  EXPECT_NE(make().get(), first) << "it is in use";
}

TEST(SpareAllocatorTest, GivesEachObjectMemoryOfItsOwn) {
  for (int round = 0; round < 2; ++round) {
    std::vector<std::shared_ptr<Large>> all;
    for (char i = 0; i < 100; ++i) {
      all.push_back(make());
      all.back()->bytes.fill(i);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i]->bytes.front(), static_cast<char>(i));
      EXPECT_EQ(all[i]->bytes.back(), static_cast<char>(i));
    }
  }
}

// The sanitizers watch: nothing is freed twice, and nothing is left.
TEST(SpareAllocatorTest, LetsObjectsEndOnAnotherThread) {
  std::vector<std::shared_ptr<Large>> all;
  std::thread([&] {
    for (int i = 0; i < 10; ++i)
      all.push_back(make());
    make();
  }).join();
  std::thread([&] { all.clear(); }).join();
  EXPECT_NE(make(), nullptr);
}

TEST(SpareAllocatorTest, TakesWhatGoesAsAThreadEnds) {
  struct Last {
    std::shared_ptr<Large> held;
  };
  std::thread([] {
    static thread_local Last last;  // goes after the spare blocks, which came later
    last.held = nullptr;
    last.held = make();
  }).join();
}

}  // namespace
}  // namespace penstock
