#include "formats/output_buffer.hpp"

#include <algorithm>
#include <utility>

namespace penstock {

namespace {

// Most results are small: a point query should not pay for the memory of a large one.
constexpr std::size_t kFirstCapacity = 4 << 10;

// The first memory of a buffer that is gone, for the next of the thread: malloc keeps no such block at hand.
thread_local std::unique_ptr<char[]> spare;

std::unique_ptr<char[]> new_memory(std::size_t capacity) {
  if (capacity == kFirstCapacity && spare != nullptr) return std::exchange(spare, nullptr);
  return std::make_unique_for_overwrite<char[]>(capacity);
}

}  // namespace

OutputBuffer::~OutputBuffer() {
  if (capacity_ == kFirstCapacity) spare = std::move(memory_);
}

void OutputBuffer::make_room(std::size_t count) {
  const auto used = static_cast<std::size_t>(cursor_ - memory_.get());
  if (capacity_ == kCapacity) {
    drain();
    return;
  }
  const std::size_t wanted = std::max({kFirstCapacity, capacity_ * 4, used + count});
  const std::size_t capacity = std::min(wanted, kCapacity);
  auto memory = new_memory(capacity);
  if (used != 0) std::memcpy(memory.get(), memory_.get(), used);
  memory_ = std::move(memory);
  capacity_ = capacity;
  cursor_ = memory_.get() + used;
  limit_ = memory_.get() + capacity;
  if (count > capacity - used) drain();
}

void OutputBuffer::append_large(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kMaxReserve);
    append(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
}

void OutputBuffer::drain() {
  const auto used = static_cast<std::size_t>(cursor_ - memory_.get());
  cursor_ = memory_.get();
  if (used != 0 && status_) status_ = sink_->write({memory_.get(), used});
}

Result<void> OutputBuffer::flush() {
  drain();
  return status_;
}

}  // namespace penstock
