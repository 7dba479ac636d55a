#include "server/mcp_post_outlet.hpp"

#include <utility>

#include "core/ascii_case.hpp"
#include "server/retry_after.hpp"

namespace penstock::server {
namespace {

/// What the protocol asks clients to send, as most of them write it.
constexpr std::string_view kCustomary = "application/json, text/event-stream";

/// Whether one of the media ranges fits the type. A quality of zero is not looked at: who does not want a
/// type leaves it out.
bool takes(std::string_view accept, std::string_view type) {
  while (!accept.empty()) {
    std::string_view range = accept.substr(0, accept.find(','));
    accept.remove_prefix(range.size() + (range.size() < accept.size() ? 1 : 0));
    range = range.substr(0, range.find(';'));
    while (!range.empty() && (range.front() == ' ' || range.front() == '\t'))
      range.remove_prefix(1);
    while (!range.empty() && (range.back() == ' ' || range.back() == '\t'))
      range.remove_suffix(1);
    const std::string_view family = type.substr(0, type.find('/') + 1);
    if (range == "*/*" || equal_ignoring_case(range, type) ||
        (range.size() == family.size() + 1 && range.ends_with('*') &&
         equal_ignoring_case(range.substr(0, family.size()), family)))
      return true;
  }
  return false;
}

}  // namespace

McpAccepts McpAccepts::read(std::string_view accept) {
  if (accept.empty()) return {.json = true, .events = false};
  if (accept == kCustomary) return {.json = true, .events = true};
  return {.json = takes(accept, "application/json"), .events = takes(accept, "text/event-stream")};
}

std::shared_ptr<McpEventStream> McpPostOutlet::stream() {
  std::shared_ptr<McpEventStream> fresh;
  {
    const std::scoped_lock lock(mutex_);
    if (stream_ || answered_) return stream_;
    fresh = std::make_shared<McpEventStream>();
    begin(fresh, false);
  }
  if (watch_) watch_(fresh);
  return fresh;
}

void McpPostOutlet::begin(const std::shared_ptr<McpEventStream>& fresh, bool primed) {
  fresh->attach(exchange_, std::move(headers_), primed);
  stream_ = fresh;
}

bool McpPostOutlet::keep() {
  if (!accepts_.events || !make_kept_) return false;
  auto kept = make_kept_();
  if (!kept) return false;
  bool begun = false;
  {
    const std::scoped_lock lock(mutex_);
    begun = !stream_ && !answered_;
    if (begun) begin(kept, primed_);
  }
  if (!begun) {
    kept->finish();  // else it would count among the session's
    return false;
  }
  if (watch_) watch_(kept);
  return true;
}

void McpPostOutlet::close_stream() {
  std::shared_ptr<McpEventStream> kept;
  {
    const std::scoped_lock lock(mutex_);
    kept = stream_;
  }
  if (kept && kept->resumable()) kept->detach();
}

void McpPostOutlet::send(std::string message, bool droppable) {
  // A client that takes JSON alone gets the answer and nothing else.
  if (!accepts_.events) return;
  if (const auto begun = stream()) begun->send(message, droppable);
}

void McpPostOutlet::come_again_after(std::chrono::milliseconds wait) {
  headers_.push_back(retry_after(wait));
}

void McpPostOutlet::answer(std::string message, int http_status) {
  std::shared_ptr<McpEventStream> begun;
  if (!accepts_.json && !message.empty() && http_status == 200) begun = stream();
  {
    const std::scoped_lock lock(mutex_);
    if (!begun) begun = stream_;
    answered_ = true;
  }
  if (begun) {
    if (!message.empty()) begun->send(message, false);
    return begun->finish();
  }
  HttpResponse response;
  response.status = http_status;
  response.headers = std::move(headers_);
  if (!message.empty()) response.content_type = "application/json";
  response.body = std::move(message);
  exchange_->respond(std::move(response));
}

}  // namespace penstock::server
