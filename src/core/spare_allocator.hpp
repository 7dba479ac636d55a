// Memory of larger objects that come and go with every request.
#pragma once

#include <cstddef>
#include <new>

namespace penstock {

/// Blocks of one size that a thread keeps. None where the address sanitizer is to see what is used after its
/// end.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr std::size_t kMostSpareBlocks = 0;
#elif defined(__has_feature)
inline constexpr std::size_t kMostSpareBlocks = __has_feature(address_sanitizer) ? 0 : 64;
#else
inline constexpr std::size_t kMostSpareBlocks = 64;
#endif

/// Blocks of one size that this thread gave back, for whatever of that size it needs next. malloc() puts all
/// of its small blocks in order each time it is asked for one of a kilobyte or more, which the small ones pay
/// for.
template <std::size_t kSize, std::size_t kMost = kMostSpareBlocks>
class SpareBlocks {
 public:
  [[nodiscard]] static void* take() {
    Spares& spares = of_thread();
    if (spares.first == nullptr) return ::operator new(kSize);
    Block* const block = spares.first;
    spares.first = block->next;
    --spares.count;
    return block;
  }
  static void give_back(void* memory) noexcept {
    Spares& spares = of_thread();
    if (spares.count >= spares.most) return ::operator delete(memory);
    spares.first = ::new (memory) Block{spares.first};
    ++spares.count;
  }

 private:
  struct Block {
    Block* next;
  };
  static_assert(kSize >= sizeof(Block));

  struct Spares {
    Block* first = nullptr;
    std::size_t count = 0;
    std::size_t most = kMost;
  };
  // Apart from what it empties, which others may still use as the thread ends.
  struct Emptier {
    Spares* spares;
    ~Emptier() {
      spares->most = 0;
      for (Block* block = spares->first; block != nullptr;) {
        Block* const next = block->next;
        ::operator delete(block);
        block = next;
      }
      *spares = {.first = nullptr, .count = 0, .most = 0};
    }
  };

  static Spares& of_thread() noexcept {
    constinit static thread_local Spares spares;
    static thread_local const Emptier emptier{&spares};
    static_cast<void>(emptier);
    return spares;
  }
};

/// For std::allocate_shared(). An object may end on another thread than it began on.
template <typename T>
struct SpareAllocator {
  using value_type = T;

  SpareAllocator() = default;
  template <typename Other>
  SpareAllocator(const SpareAllocator<Other>& /*other*/) noexcept {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] T* allocate(std::size_t count) {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    void* memory = count == 1 ? SpareBlocks<sizeof(T)>::take() : ::operator new(count * sizeof(T));
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    count == 1 ? SpareBlocks<sizeof(T)>::give_back(memory) : ::operator delete(memory);
  }
  friend bool operator==(const SpareAllocator& /*left*/, const SpareAllocator& /*right*/) noexcept {
    return true;
  }
};

}  // namespace penstock
