#include "server/http_connection.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <poll.h>

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
/// What most requests fit in.
constexpr std::size_t kSmallInputBytes = 2'048;

HttpLimits limits_of(const HttpOptions& options) noexcept {
  return {.target_bytes = options.max_target_bytes,
          .header_bytes = std::min(options.max_header_bytes, HttpRequest::kMaxHeadBytes),
          .body_bytes = options.max_body_bytes};
}

std::string text_of(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

}  // namespace

HttpConnection::HttpConnection(HttpLoop& loop, HttpSocket socket, TlsSession session)
    : loop_(loop),
      socket_(std::move(socket)),
      transport_(socket_.native_handle(), std::move(session)),
      reader_(limits_of(loop.service().options)),
      since_(Clock::now()),
      progress_(since_) {}

bool HttpConnection::wants_input() const noexcept {
  return !is_closed_ && !input_has_ended_ && pending_.size() < kMaxPendingBytes;
}

void HttpConnection::wait_readable() {
  if (is_closed_ || std::exchange(awaits_readable_, true)) return;
  if (!transport_.is_tls()) return receive();
  socket_.async_wait(HttpSocket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->awaits_readable_ = false;
                       if (error || self->is_closed_) return;
                       if (std::exchange(self->is_blocked_, false)) self->answered();
                       self->read();
                       self->loop_.settle();
                     });
}

// To wait for bytes costs a system call each time, and to receive them when they come none but the one that
// does.
void HttpConnection::receive() {
  if (!small_input_) small_input_ = std::make_unique_for_overwrite<char[]>(kSmallInputBytes);
  socket_.async_receive(
      boost::asio::buffer(small_input_.get(), kSmallInputBytes),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
        self->awaits_readable_ = false;
        if (self->is_closed_) return;
        self->received(error, bytes);
        self->loop_.settle();
      });
}

void HttpConnection::received(const boost::system::error_code& error, std::size_t bytes) {
  if (error == boost::asio::error::eof) return end_of_input();
  if (error) return close();
  if (!takes_no_more_) take({small_input_.get(), bytes});
  if (bytes == kSmallInputBytes) return read();  // what did not fit
  if (wants_input()) wait_readable();
}

void HttpConnection::wait_writable() {
  if (is_closed_ || std::exchange(awaits_writable_, true)) return;
  socket_.async_wait(HttpSocket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->awaits_writable_ = false;
                       if (error || self->is_closed_) return;
                       self->is_blocked_ = false;
                       if (self->transport_.is_tls()) self->read();
                       self->flush();
                       self->loop_.settle();
                     });
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
        if (transport_.is_tls() || result.bytes == into.size()) continue;
        return wait_readable();
      case Kind::wait_readable:
        return wait_readable();
      case Kind::wait_writable:
        return wait_writable();
      case Kind::end:
        return end_of_input();
      case Kind::failed:
        return close();
    }
  }
  boost::asio::post(loop_.context(), [self = shared_from_this()] {
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
  boost::system::error_code error;
  const auto endpoint = socket_.local_endpoint(error);
  return error ? std::string() : text_of(endpoint.address());
}

const std::string& HttpConnection::peer_address() {
  if (!peer_address_.empty()) return peer_address_;
  boost::system::error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  if (!error) peer_address_ = text_of(endpoint.address());
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
      if (result.kind == Kind::wait_writable) wait_writable();
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
  boost::system::error_code ignored;
  if (first_->request().is_http_1_0()) socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
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
  boost::system::error_code ignored;
  socket_.close(ignored);
  loop_.remove(self);
}

}  // namespace penstock::server
