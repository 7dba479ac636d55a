#include "server/http_connection.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>

#include "core/spare_allocator.hpp"
#include "server/http_loop.hpp"
#include "server/log.hpp"

namespace penstock::server {

namespace {

/// Reads in a row before others have their turn.
constexpr int kReadRounds = 4;
/// So much is read ahead of requests that wait for room; then the client waits.
constexpr std::size_t kMaxPendingBytes = std::size_t{64} * 1024;
/// Requests that hold so much already are answered before another is read.
constexpr std::size_t kMaxRowBytes = std::size_t{64} * 1024;

HttpLimits limits_of(const HttpOptions& options) noexcept {
  return {.target_bytes = options.max_target_bytes,
          .header_bytes = std::min(options.max_header_bytes, HttpRequest::kMaxHeadBytes),
          .body_bytes = options.max_body_bytes};
}

/// `name`: getsockname() or getpeername().
template <typename Name>
std::string address_of(int socket, Name name) {
  boost::asio::ip::tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (name(socket, endpoint.data(), &size) != 0) return {};
  endpoint.resize(size);
  const boost::asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

}  // namespace

HttpConnection::HttpConnection(HttpLoop& loop, config::Descriptor socket, TlsSession session)
    : loop_(loop),
      socket_(std::move(socket)),
      transport_(socket_.get(), std::move(session)),
      reader_(limits_of(loop.service().options)),
      since_(Clock::now()),
      progress_(since_) {}

bool HttpConnection::wants_input() const noexcept {
  return !is_closed_ && !input_has_ended_ && pending_.size() < kMaxPendingBytes;
}

void HttpConnection::start() {
  if (loop_.context().sockets().watch(socket_.get(), *this)) return read();
  log(LogLevel::error, "watch_failed", {{"error", std::generic_category().message(errno)}});
  ++loop_.service().refused;
  close();
}

void HttpConnection::ready(std::uint32_t events) {
  const auto self = shared_from_this();
  const bool has_failed = (events & (EPOLLHUP | EPOLLERR)) != 0;
  const bool is_writable = has_failed || (events & EPOLLOUT) != 0;
  const bool is_readable = has_failed || (events & (EPOLLIN | EPOLLRDHUP)) != 0;
  // The end of what a client sends may have come with the last of it, and is told once.
  if (has_failed || (events & EPOLLRDHUP) != 0) ends_ = true;
  if (is_writable && std::exchange(awaits_writable_, false)) {
    is_blocked_ = false;
    if (transport_.is_tls()) read();
    flush();
  }
  if (is_readable && !is_closed_ && std::exchange(awaits_readable_, false)) {
    // What TLS has to write may have waited for this.
    if (transport_.is_tls() && std::exchange(is_blocked_, false)) answered();
    read();
  }
  loop_.settle();
}

void HttpConnection::read() {
  using Kind = TransportResult::Kind;
  for (int round = 0; round < kReadRounds; ++round) {
    // Not awaited and not wanted: flush() comes back to it.
    if (awaits_readable_ || !wants_input()) return;
    const std::span<char> into = loop_.scratch();
    const TransportResult result = transport_.read(into);
    switch (result.kind) {
      case Kind::bytes:
        if (!takes_no_more_) take({into.data(), result.bytes});
        if (transport_.is_tls() || result.bytes == into.size() || ends_) continue;
        awaits_readable_ = true;  // it was all that there is
        return;
      case Kind::wait_readable:
        awaits_readable_ = true;
        return;
      case Kind::wait_writable:
        awaits_writable_ = true;
        return;
      case Kind::end:
        return end_of_input();
      case Kind::failed:
        return close();
    }
  }
  loop_.context().defer([self = shared_from_this()] {
    self->read();
    self->loop_.settle();
  });
}

void HttpConnection::take(std::string_view input) {
  if (pending_.empty()) {
    parse(input);
    pending_.assign(input);
    return;
  }
  pending_.append(input);
  std::string waiting = std::exchange(pending_, {});
  std::string_view rest = waiting;
  parse(rest);
  if (!rest.empty()) pending_ = waiting.substr(waiting.size() - rest.size());
}

bool HttpConnection::has_room() const noexcept {
  return incoming_ || (row_size_ < loop_.service().options.max_pipelined && row_bytes_ < kMaxRowBytes);
}

void HttpConnection::parse(std::string_view& input) {
  while (!input.empty() && !takes_no_more_ && !is_closed_ && has_room()) {
    if (!incoming_) {
      incoming_ = std::allocate_shared<HttpExchange>(SpareAllocator<HttpExchange>(), *this, loop_.inbox(),
                                                     loop_.service().options.gzip);
      incoming_->started = Clock::now();
      had_request_ = true;
    }
    const auto step = reader_.take(input, incoming_->request());
    // Whoever sends the body already does not wait to be told to.
    if (step != HttpRequestReader::Step::continue_due || input.empty()) take_step(step);
  }
  if (takes_no_more_) input = {};
  dispatch();
}

void HttpConnection::take_step(HttpRequestReader::Step step) {
  switch (step) {
    case HttpRequestReader::Step::more:
      if (reader_.is_between()) incoming_.reset();  // nothing but an empty line
      return;
    case HttpRequestReader::Step::continue_due:
      link(incoming_);
      incoming_->output().set_interim("HTTP/1.1 100 Continue\r\n\r\n");
      loop_.touch(*this);
      return;
    case HttpRequestReader::Step::complete: {
      const auto exchange = std::exchange(incoming_, nullptr);
      exchange->received();
      row_bytes_ += exchange->row_bytes = exchange->request().size();
      if (!exchange->request().keep_alive()) takes_no_more_ = true;
      link(exchange);
      return;
    }
    case HttpRequestReader::Step::failed: {
      const HttpFailure failure = reader_.failure();
      refuse_incoming(failure.status, failure.code, failure.message);
      return;
    }
  }
}

void HttpConnection::refuse_incoming(int status, ErrorCode code, std::string_view message) {
  const auto exchange = std::exchange(incoming_, nullptr);
  takes_no_more_ = true;
  pending_.clear();
  exchange->refuse_for_good(status, code, message);
  link(exchange);
}

void HttpConnection::link(const std::shared_ptr<HttpExchange>& exchange) {
  if (std::exchange(exchange->is_linked, true)) return;
  if (last_ == nullptr)
    first_ = exchange;
  else
    last_->next = exchange;
  last_ = exchange.get();
  ++row_size_;
  if (undispatched_ == nullptr) undispatched_ = last_;
}

void HttpConnection::end_of_input() {
  input_has_ended_ = true;
  input_ended_ = Clock::now();
  if (lingers_) return close();
  if (incoming_ && incoming_->is_linked) {
    refuse_incoming(400, ErrorCode::invalid_argument, "the request ends before its body does");
  } else {
    incoming_.reset();
  }
  if (!first_ && pending_.empty()) close();
}

// ---- Dispatching

void HttpConnection::dispatch() {
  while (undispatched_ != nullptr && undispatched_->is_complete && !is_closed_) {
    HttpExchange& exchange = *undispatched_;
    if (!exchange.is_dispatched && !may_run(exchange)) return;
    undispatched_ = exchange.next.get();
    if (!std::exchange(exchange.is_dispatched, true)) run(exchange);
  }
}

/// Requests that change nothing run beside each other; any other one when it is alone (RFC 9112, 9.3.2).
bool HttpConnection::may_run(const HttpExchange& exchange) const noexcept {
  for (HttpExchange* earlier = first_.get(); earlier != &exchange; earlier = earlier->next.get()) {
    if (!exchange.is_safe() || !earlier->is_safe()) return false;
  }
  return true;
}

void HttpConnection::run(HttpExchange& exchange) {
  if (!is_admitted(exchange)) return;
  try {
    loop_.service().handler(exchange.handle());
  } catch (const std::exception& error) {
    // Its handle is gone with it, which answers.
    log(LogLevel::error, "handler_threw", {{"request_id", exchange.request_id()}, {"error", error.what()}});
  }
}

bool HttpConnection::is_admitted(HttpExchange& exchange) {
  const HttpAccess& access = loop_.service().access;
  const std::string_view host = exchange.request().host();
  if (host.empty() || host != admitted_host_) {
    if (!access.allows_host(host, {}) && !access.allows_host(host, local_address())) {
      exchange.refuse(
          421, ErrorCode::forbidden,
          "the request is addressed to another host; if it is a name of this server, add it to the "
          "allowed hosts of its configuration");
      return false;
    }
    admitted_host_ = host;
  }
  const std::size_t origins = exchange.header_count("origin");
  if (origins == 0) return true;
  const std::string_view origin = exchange.header("origin");
  if (origins == 1 && (access.allows_origin(origin, {}) || access.allows_origin(origin, local_address())))
    return true;
  exchange.refuse(
      403, ErrorCode::forbidden,
      "pages of this origin may not use this server; if they should, add the origin to the allowed "
      "origins of its configuration");
  return false;
}

std::string HttpConnection::local_address() const {
  return address_of(socket_.get(), ::getsockname);
}

const std::string& HttpConnection::peer_address() {
  if (peer_address_.empty()) peer_address_ = address_of(socket_.get(), ::getpeername);
  return peer_address_;
}

// ---- Writing

void HttpConnection::answered() {
  loop_.touch(*this);
}

void HttpConnection::flush() {
  using Kind = TransportResult::Kind;
  while (!is_blocked_ && !is_closed_ && !lingers_) {
    HttpGather pieces;
    if (!gather(pieces)) break;
    const TransportResult result = transport_.write(pieces);
    if (result.kind == Kind::bytes) {
      progress_ = Clock::now();
      advance(result.bytes);
    } else if (result.kind == Kind::failed || result.kind == Kind::end) {
      return close();
    } else {
      is_blocked_ = true;
      if (result.kind == Kind::wait_writable) awaits_writable_ = true;
    }
  }
  if (is_closed_ || lingers_) return;
  if (first_ && first_->is_broken() && (!first_->output().is_open() || first_->output().unsent() == 0))
    return break_off();
  dispatch();
  if (!pending_.empty() && has_room()) take({});
  if (!awaits_readable_) read();
}

bool HttpConnection::gather(HttpGather& pieces) {
  for (HttpExchange* exchange = first_.get(); exchange != nullptr; exchange = exchange->next.get()) {
    HttpOutput& output = exchange->output();
    if (exchange->is_answered() && !exchange->is_broken() && !output.is_open())
      output.open(head_end(*exchange));
    output.gather(pieces);
    if (!output.is_open() || !output.has_ended() || exchange->closes || pieces.full()) break;
  }
  return pieces.count > 0;
}

/// The header Connection, and the end of the head.
std::string_view HttpConnection::head_end(HttpExchange& exchange) {
  const bool is_last =
      exchange.next == nullptr && pending_.empty() && (!incoming_ || incoming_.get() == &exchange);
  const bool nothing_follows = is_last && (takes_no_more_ || is_draining_ || input_has_ended_);
  exchange.closes = exchange.must_close() || !exchange.request().keep_alive() || nothing_follows;
  if (exchange.closes) {
    takes_no_more_ = true;
    return "Connection: close\r\n\r\n";
  }
  return exchange.request().is_http_1_0() ? "Connection: keep-alive\r\n\r\n" : "\r\n";
}

void HttpConnection::advance(std::size_t bytes) {
  while (first_ && !lingers_) {
    const auto exchange = first_;
    HttpOutput& output = exchange->output();
    const std::size_t part = std::min(bytes, output.unsent());
    output.advance(part);
    bytes -= part;
    if (!output.is_open() || !output.has_ended() || output.unsent() > 0) return;
    finish(exchange);
  }
}

void HttpConnection::finish(const std::shared_ptr<HttpExchange>& exchange) {
  first_ = exchange->next;
  exchange->next.reset();
  if (!first_) last_ = nullptr;
  if (undispatched_ == exchange.get()) undispatched_ = first_.get();
  --row_size_;
  row_bytes_ -= std::exchange(exchange->row_bytes, 0);
  exchange->release();
  const int status = exchange->status();
  ++loop_.service().answers[static_cast<std::size_t>(std::clamp(status / 100, 0, 5))];
  if (const auto& on_answered = loop_.service().options.on_answered) {
    on_answered({exchange->method(), exchange->path(), status,
                 std::chrono::duration_cast<std::chrono::microseconds>(progress_ - exchange->started)});
  }
  if (logs(LogLevel::debug)) {
    const std::chrono::duration<double, std::milli> took = progress_ - exchange->started;
    log(LogLevel::debug, "request",
        {{"request_id", exchange->request_id()},
         {"method", exchange->method()},
         {"path", exchange->path()},
         {"status", status},
         {"duration_ms", took.count()}});
  }
  if (exchange->closes) return linger();
  if (!first_) since_ = progress_;
  if (!first_ && input_has_ended_ && pending_.empty()) close();
}

/// The answer is out. Closing with something unread would take it back from a client that still sends.
void HttpConnection::linger() {
  drop_row();
  lingers_ = true;
  since_ = Clock::now();
  transport_.end_writing();
  if (input_has_ended_) return close();
  read();
}

/// An answer that breaks off must not look like a whole one, which the end of a connection is in HTTP/1.0.
void HttpConnection::break_off() {
  constexpr ::linger kReset{.l_onoff = 1, .l_linger = 0};
  if (first_->request().is_http_1_0())
    (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &kReset, sizeof kReset);
  close();
}

void HttpConnection::drop_row() {
  takes_no_more_ = true;
  undispatched_ = last_ = nullptr;
  row_size_ = row_bytes_ = 0;
  pending_.clear();
  if (auto incoming = std::exchange(incoming_, nullptr)) incoming->detach();
  for (auto exchange = std::exchange(first_, nullptr); exchange;) {
    exchange->detach();
    exchange = std::exchange(exchange->next, nullptr);
  }
}

void HttpConnection::cancel() {
  for (HttpExchange* exchange = first_.get(); exchange != nullptr; exchange = exchange->next.get())
    exchange->ask_to_stop();
}

void HttpConnection::close() {
  if (std::exchange(is_closed_, true)) return;
  const auto self = shared_from_this();
  drop_row();
  loop_.context().sockets().forget(socket_.get(), *this);
  socket_.close();
  loop_.remove(self);
}

}  // namespace penstock::server
