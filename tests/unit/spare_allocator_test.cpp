#include "core/spare_allocator.hpp"

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr std::size_t kSize = 3'000;
// Under the address sanitizer too: here it watches the blocks themselves, and that none is left.
using Blocks = SpareBlocks<kSize, 2>;

TEST(SpareBlocksTest, TakesAgainWhatWasGivenBackLastFirst) {
  std::thread([] {
    void* const first = Blocks::take();
    void* const second = Blocks::take();
    Blocks::give_back(first);
    Blocks::give_back(second);
    EXPECT_EQ(Blocks::take(), second);
    EXPECT_EQ(Blocks::take(), first);
    void* const third = Blocks::take();
    EXPECT_NE(third, first);
    EXPECT_NE(third, second);
    for (void* block : {first, second, third})
      Blocks::give_back(block);
  }).join();
}

TEST(SpareBlocksTest, KeepsAsManyAsItMay) {
  std::thread([] {
    std::array<void*, 3> blocks{};
    for (void*& block : blocks)
      block = Blocks::take();
    for (void* block : blocks)
      Blocks::give_back(block);
    EXPECT_EQ(Blocks::take(), blocks[1]) << "the third found no place";
    EXPECT_EQ(Blocks::take(), blocks[0]);
    Blocks::give_back(blocks[0]);
    Blocks::give_back(blocks[1]);
  }).join();
}

TEST(SpareBlocksTest, TakesWhatGoesAsAThreadEnds) {
  struct Last {
    void* block = nullptr;
    ~Last() {
      if (block != nullptr) Blocks::give_back(block);
    }
  };
  std::thread([] {
    static thread_local Last last;  // goes after the spare blocks, which come later
    last.block = nullptr;
    last.block = Blocks::take();
    Blocks::give_back(Blocks::take());
  }).join();
}

TEST(SpareAllocatorTest, LetsObjectsEndOnAnotherThread) {
  struct Large {
    std::array<char, kSize> bytes;  // NOLINT: left as it is
  };
  std::vector<std::shared_ptr<Large>> all;
  std::thread([&] {
    for (char i = 0; i < 100; ++i) {
      all.push_back(std::allocate_shared<Large>(SpareAllocator<Large>()));
      all.back()->bytes.fill(i);
    }
  }).join();
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[i]->bytes.back(), static_cast<char>(i));
  std::thread([&] { all.clear(); }).join();
}

}  // namespace
}  // namespace penstock
