#include "server/http_output.hpp"

#include <algorithm>
#include <utility>

namespace penstock::server {

namespace {

/// Adds what is left of a piece once `skip` bytes of it are through.
void add_piece(HttpGather& into, std::string_view piece, std::size_t& skip) noexcept {
  if (skip >= piece.size()) {
    skip -= piece.size();
    return;
  }
  if (into.full()) return;
  // sendmsg() reads only, and its interface has no const.
  into.pieces[into.count++] = {const_cast<char*>(piece.data()) + skip, piece.size() - skip};
  into.bytes += piece.size() - skip;
  skip = 0;
}

}  // namespace

HttpOutput::Stream& HttpOutput::stream() {
  if (!stream_) stream_ = std::make_unique<Stream>();
  return *stream_;
}

void HttpOutput::add(std::string bytes, bool framed, std::move_only_function<void(bool)> written) {
  Stream& to = stream();
  Chunk& chunk = to.chunks.emplace_back();
  if (framed && !bytes.empty()) {
    const auto end = fmt::format_to(chunk.frame.data(), "{}{:x}\r\n", to.any ? "\r\n" : "", bytes.size());
    chunk.frame_size = static_cast<std::uint8_t>(end - chunk.frame.data());
    to.any = true;
  }
  chunk.bytes = std::move(bytes);
  chunk.written = std::move(written);
  to.bytes += chunk.size();
  call_written_of_empty();
}

void HttpOutput::end(bool framed) {
  has_ended_ = true;
  if (!framed) return;
  Stream& to = stream();
  Chunk& chunk = to.chunks.emplace_back();
  const std::string_view last = to.any ? std::string_view("\r\n0\r\n\r\n") : std::string_view("0\r\n\r\n");
  std::ranges::copy(last, chunk.frame.begin());
  chunk.frame_size = static_cast<std::uint8_t>(last.size());
  to.bytes += chunk.size();
}

void HttpOutput::gather(HttpGather& into) const noexcept {
  std::size_t skip = sent_;
  add_piece(into, interim_, skip);
  if (!is_open_) return;
  add_piece(into, {head.data(), head.size()}, skip);
  add_piece(into, head_end_, skip);
  add_piece(into, body, skip);
  if (!stream_) return;
  for (const Chunk& chunk : stream_->chunks) {
    if (into.full()) return;
    add_piece(into, {chunk.frame.data(), chunk.frame_size}, skip);
    add_piece(into, chunk.bytes, skip);
  }
}

void HttpOutput::advance(std::size_t bytes) {
  sent_ += bytes;
  call_written_of_empty();
}

/// Calls `written` of every chunk at the front that has nothing left to send.
void HttpOutput::call_written_of_empty() {
  if (!stream_ || !is_open_) return;
  const std::size_t fixed = fixed_size();
  while (!stream_->chunks.empty() && sent_ >= fixed && sent_ - fixed >= stream_->chunks.front().size()) {
    Chunk chunk = std::move(stream_->chunks.front());
    stream_->chunks.pop_front();
    sent_ -= chunk.size();
    stream_->bytes -= chunk.size();
    if (chunk.written) chunk.written(true);
  }
}

void HttpOutput::drop() noexcept {
  if (!stream_) return;
  const auto dropped = std::move(stream_);
  has_ended_ = true;
  sent_ = 0;
  is_open_ = false;
  interim_ = {};
  for (Chunk& chunk : dropped->chunks) {
    if (chunk.written) chunk.written(false);
  }
}

}  // namespace penstock::server
