#include "server/mcp_event_stream.hpp"

#include <utility>

namespace penstock::server {
namespace {

/// What may wait for a slow client before progress and log lines are left out.
constexpr std::size_t kMaxWaiting = std::size_t{256} << 10;
constexpr std::size_t kMaxKept = 256;
constexpr std::size_t kMaxKeptBytes = std::size_t{4} << 20;
/// How soon a client should come back, in milliseconds.
constexpr std::string_view kRetry = "retry: 500\n";

}  // namespace

std::string McpEventStream::event_of(std::string_view message, std::uint64_t number) const {
  std::string event;
  event.reserve(message.size() + name_.size() + 48);
  if (resumable()) {
    event += "id: " + name_ + '-' + std::to_string(number);
    event += '\n';
  }
  event += "event: message\ndata: ";
  const std::size_t begin = event.size();
  event += message;
  // JSON text has line ends only where any space would do.
  for (std::size_t at = begin; at < event.size(); ++at)
    if (event[at] == '\n' || event[at] == '\r') event[at] = ' ';
  event += "\n\n";
  return event;
}

void McpEventStream::open(std::shared_ptr<Exchange> exchange, std::vector<HttpHeader> headers,
                          const std::function<std::string()>& first) {
  std::shared_ptr<Exchange> old;
  headers.emplace_back("Cache-Control", "no-store");
  headers.emplace_back("X-Accel-Buffering", "no");
  exchange->begin(
      {.status = 200, .content_type = "text/event-stream", .headers = std::move(headers), .body = {}});
  {
    const std::scoped_lock lock(mutex_);
    old = std::exchange(exchange_, std::move(exchange));
    // Somebody may be about to write there: written() ends it then.
    if (writing_) old = nullptr;
    waiting_ = first();
    writing_ = false;
    ending_ = finished_;
  }
  if (old) old->end();
  pump();
}

void McpEventStream::attach(std::shared_ptr<Exchange> exchange, std::vector<HttpHeader> headers,
                            bool primed) {
  open(std::move(exchange), std::move(headers), [&] {
    if (!primed || !resumable()) return std::string();
    std::string first = "id: " + name_ + "-" + std::to_string(next_number_++) + "\n";
    first += kRetry;
    return first += "data:\n\n";
  });
}

void McpEventStream::resume(std::shared_ptr<Exchange> exchange, std::vector<HttpHeader> headers,
                            std::uint64_t after) {
  open(std::move(exchange), std::move(headers), [&] {
    std::string first;
    for (const Kept& kept : kept_)
      if (kept.number > after) first += kept.event;
    return first;
  });
}

void McpEventStream::keep(std::uint64_t number, const std::string& event) {
  if (!resumable()) return;
  kept_.push_back({number, event});
  kept_bytes_ += event.size();
  while (kept_.size() > 1 && (kept_.size() > kMaxKept || kept_bytes_ > kMaxKeptBytes)) {
    kept_bytes_ -= kept_.front().event.size();
    kept_.pop_front();
  }
}

void McpEventStream::send(std::string_view message, bool droppable) {
  {
    const std::scoped_lock lock(mutex_);
    if (finished_ || (droppable && waiting_.size() + message.size() > kMaxWaiting)) return;
    const std::uint64_t number = next_number_++;
    const std::string event = event_of(message, number);
    keep(number, event);
    if (exchange_ && !ending_) waiting_ += event;
  }
  pump();
}

void McpEventStream::keep_alive() {
  {
    const std::scoped_lock lock(mutex_);
    if (!exchange_ || ending_ || !waiting_.empty() || writing_) return;
    waiting_ = ":\n\n";
  }
  pump();
}

void McpEventStream::detach() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  pump();
}

void McpEventStream::finish() {
  {
    const std::scoped_lock lock(mutex_);
    finished_ = ending_ = true;
  }
  pump();
}

bool McpEventStream::finished() const {
  const std::scoped_lock lock(mutex_);
  return finished_;
}

void McpEventStream::pump() {
  std::shared_ptr<Exchange> exchange;
  std::string bytes;
  {
    const std::scoped_lock lock(mutex_);
    if (writing_ || !exchange_) return;
    exchange = exchange_;
    if (waiting_.empty()) {
      if (!ending_) return;
      exchange_ = nullptr;
    } else {
      bytes.swap(waiting_);
      writing_ = true;
    }
  }
  if (bytes.empty()) return exchange->end();
  Exchange* raw = exchange.get();
  raw->write(std::move(bytes), [self = shared_from_this(), exchange = std::move(exchange)](bool more) {
    self->written(exchange, more);
  });
}

void McpEventStream::written(const std::shared_ptr<Exchange>& by, bool more) {
  bool is_replaced = false;
  {
    const std::scoped_lock lock(mutex_);
    is_replaced = exchange_ != by;
    if (!is_replaced) {
      writing_ = false;
      if (!more) {
        exchange_ = nullptr;
        waiting_.clear();
      }
    }
  }
  if (is_replaced) return by->end();
  if (more) return pump();
  if (on_lost_) on_lost_();
}

}  // namespace penstock::server
