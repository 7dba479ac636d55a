#include "formats/output_buffer.hpp"

#include <algorithm>
#include <utility>

#include "core/spare_allocator.hpp"

namespace penstock {

OutputBuffer::MemoryPtr OutputBuffer::new_memory(std::size_t capacity) {
  void* memory = capacity == kFirstCapacity ? SpareBlocks<kFirstCapacity>::take() : ::operator new(capacity);
  return {static_cast<char*>(memory), Memory{capacity}};
}

void OutputBuffer::Memory::operator()(char* memory) const noexcept {
  capacity == kFirstCapacity ? SpareBlocks<kFirstCapacity>::give_back(memory) : ::operator delete(memory);
}

void OutputBuffer::make_room(std::size_t count) {
  const auto used = static_cast<std::size_t>(cursor_ - memory_.get());
  const std::size_t before = memory_.get_deleter().capacity;
  if (before == kCapacity) {
    drain();
    return;
  }
  const std::size_t wanted = std::max({kFirstCapacity, before * 4, used + count});
  const std::size_t capacity = std::min(wanted, kCapacity);
  auto memory = new_memory(capacity);
  if (used != 0) std::memcpy(memory.get(), memory_.get(), used);
  memory_ = std::move(memory);
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
