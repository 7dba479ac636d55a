// The bytes of one answer, on their way to the socket.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <sys/uio.h>

#include "server/http_response_head.hpp"

namespace penstock::server {

/// What one write takes together: pieces of several answers, none of them copied.
struct HttpGather {
  std::array<iovec, 64> pieces;
  std::size_t count = 0;
  std::size_t bytes = 0;
  [[nodiscard]] bool full() const noexcept { return count == pieces.size() || bytes >= kEnough; }
  static constexpr std::size_t kEnough = std::size_t{256} * 1024;
};

/// Filled by whoever answers (`head`, `body`), then handed to the event loop, whose everything else is.
class HttpOutput {
 public:
  HttpHeadBuffer head;
  std::string body;

  /// Something that goes out before the head; a literal.
  void set_interim(std::string_view text) noexcept { interim_ = text; }
  /// The head and the body may go out, with this behind the head; a literal.
  void open(std::string_view head_end) noexcept {
    head_end_ = head_end;
    is_open_ = true;
  }
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }

  /// More content. `written` is called when all of it has been taken, or with false by drop().
  void add(std::string bytes, bool framed, std::move_only_function<void(bool)> written);
  /// No more comes.
  void end(bool framed);
  [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }

  [[nodiscard]] std::size_t unsent() const noexcept { return total_size() - sent_; }
  void gather(HttpGather& into) const noexcept;
  /// So many bytes of what gather() gave have been taken. Calls `written` of the pieces that are through.
  void advance(std::size_t bytes);
  /// Nothing more will be taken.
  void drop() noexcept;

 private:
  struct Chunk {
    std::array<char, 24> frame;
    std::uint8_t frame_size = 0;
    std::string bytes;
    std::move_only_function<void(bool)> written;
    [[nodiscard]] std::size_t size() const noexcept { return frame_size + bytes.size(); }
  };
  /// Of a streamed answer alone, so that the others need not pay for it.
  struct Stream {
    std::deque<Chunk> chunks;
    std::size_t bytes = 0;
    bool any = false;  ///< a chunk came before
  };

  [[nodiscard]] std::size_t fixed_size() const noexcept {
    return interim_.size() + (is_open_ ? head.size() + head_end_.size() + body.size() : 0);
  }
  [[nodiscard]] std::size_t total_size() const noexcept {
    return fixed_size() + (stream_ ? stream_->bytes : 0);
  }
  Stream& stream();
  void call_written_of_empty();

  std::string_view interim_;
  std::string_view head_end_;
  bool is_open_ = false;
  bool has_ended_ = false;
  std::size_t sent_ = 0;  ///< of all that is here; what is through of the stream is taken off
  std::unique_ptr<Stream> stream_;
};

}  // namespace penstock::server
