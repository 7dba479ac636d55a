// What a connection may take, and what becomes of it then.

#include <poll.h>

#include "server/http_connection.hpp"
#include "server/http_loop.hpp"

namespace penstock::server {

namespace {

using namespace std::chrono_literals;

/// A client that sends no more may still read, and then gets what is answered at once; or it may be gone.
/// Nothing tells which, so a query runs on for this long and not longer.
constexpr auto kHalfClosedGrace = 200ms;
/// For a client to take the last answer before the connection is closed under it.
constexpr auto kLingerTime = 2s;
constexpr auto kLingerTimeWhileDraining = 500ms;
/// For a request that is on its way to a server that is being stopped.
constexpr auto kIdleGraceWhileDraining = 100ms;

}  // namespace

void HttpConnection::drain() {
  is_draining_ = true;
  if (is_idle()) since_ = Clock::now();
}

void HttpConnection::check_time(Clock::time_point now) {
  const HttpOptions& options = loop_.service().options;
  if (lingers_) {
    if (now - since_ > (is_draining_ ? kLingerTimeWhileDraining : kLingerTime)) close();
    return;
  }
  if (is_blocked_ && now - progress_ > options.write_timeout) return close();
  if (is_idle()) {
    auto allowed = had_request_ ? options.idle_timeout : options.header_timeout;
    if (is_draining_) allowed = kIdleGraceWhileDraining;
    if (now - since_ > allowed) {
      transport_.end_writing();
      close();
    }
    return;
  }
  if (incoming_) check_incoming(now);
  if (!first_) return;
  const bool ended_long_ago = input_has_ended_ && now - input_ended_ > kHalfClosedGrace;
  if (ended_long_ago || (!awaits_readable_ && !input_has_ended_ && has_vanished())) cancel();
}

void HttpConnection::check_incoming(Clock::time_point now) {
  const HttpOptions& options = loop_.service().options;
  const auto allowed =
      reader_.in_body() ? options.header_timeout + options.body_timeout : options.header_timeout;
  if (now - incoming_->started <= allowed) return;
  refuse_incoming(408, ErrorCode::timeout, "the request took too long to arrive");
}

/// Of a connection that is not read from, as enough was read ahead.
bool HttpConnection::has_vanished() const noexcept {
  pollfd asked{.fd = transport_.socket(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&asked, 1, 0) == 1 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace penstock::server
