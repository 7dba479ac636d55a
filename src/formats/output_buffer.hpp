// Gathers a writer's bytes into pieces worth a call of the sink.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include "penstock/error.hpp"
#include "penstock/format.hpp"

namespace penstock {

/// Bytes on their way to a sink. Holds at most kCapacity of them, however much is written. A failure of the
/// sink is remembered: what is written after it goes nowhere, and flush() reports it. One thread at a time.
class OutputBuffer {
 public:
  static constexpr std::size_t kCapacity = 96 << 10;
  static constexpr std::size_t kMaxReserve = 32 << 10;

  explicit OutputBuffer(ByteSink& sink) : sink_(&sink) {}
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;
  ~OutputBuffer() = default;

  /// Room for `count` bytes, at most kMaxReserve. Write there, then commit() the end of what was written.
  [[nodiscard]] char* reserve(std::size_t count) {
    if (count > static_cast<std::size_t>(limit_ - cursor_)) [[unlikely]]
      make_room(count);
    return cursor_;
  }
  void commit(char* end) noexcept { cursor_ = end; }

  void append(std::string_view bytes) {
    if (bytes.size() > kMaxReserve) [[unlikely]] {
      append_large(bytes);
      return;
    }
    char* at = reserve(bytes.size());
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    commit(at + bytes.size());
  }
  void append(char byte) {
    char* at = reserve(1);
    *at = byte;
    commit(at + 1);
  }

  /// Whether the sink failed, so that further work is in vain.
  [[nodiscard]] bool failed() const noexcept { return !status_.has_value(); }
  /// Nothing, or the failure of the sink.
  [[nodiscard]] const Result<void>& status() const noexcept { return status_; }
  /// Hands everything to the sink.
  [[nodiscard]] Result<void> flush();

 private:
  void make_room(std::size_t count);
  void append_large(std::string_view bytes);
  void drain();

  /// Most results are small: a point query should not pay for the memory of a large one.
  static constexpr std::size_t kFirstCapacity = 4 << 10;
  struct Memory {
    std::size_t capacity;                          ///< 0 of what holds none
    void operator()(char* memory) const noexcept;  ///< frees it
  };
  using MemoryPtr = std::unique_ptr<char[], Memory>;
  [[nodiscard]] static MemoryPtr new_memory(std::size_t capacity);

  ByteSink* sink_;
  MemoryPtr memory_;
  char* cursor_ = nullptr;
  char* limit_ = nullptr;
  Result<void> status_;
};

/// A sink that is a string.
class StringSink final : public ByteSink {
 public:
  explicit StringSink(std::string& text) : text_(&text) {}
  [[nodiscard]] Result<void> write(std::string_view bytes) override {
    text_->append(bytes);
    return {};
  }

 private:
  std::string* text_;
};

}  // namespace penstock
