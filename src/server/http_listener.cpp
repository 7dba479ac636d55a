#include "server/http_listener.hpp"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include "server/log.hpp"

namespace penstock::server {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kRetryAccept{100};
constexpr std::chrono::seconds kComplainEvery{10};

constexpr std::string_view kTooMany =
    "HTTP/1.1 503 Service Unavailable\r\nServer: penstock\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n";

}  // namespace

HttpListener::HttpListener(HttpService& service, std::span<const std::unique_ptr<HttpLoop>> loops,
                           TlsCertificates* certificates)
    : service_(service),
      loops_(loops),
      certificates_(certificates),
      acceptor_(loops.front()->context().asio()),
      retry_(loops.front()->context().asio()) {}

Result<HttpListener::Endpoint> HttpListener::open(const std::string& host, const std::string& port) {
  error_code error;
  asio::ip::tcp::resolver resolver(loops_.front()->context().asio());
  const auto found = resolver.resolve(host, port, asio::ip::tcp::resolver::passive, error);
  if (error || found.empty())
    return fail(ErrorCode::invalid_argument,
                fmt::format("cannot listen at {}:{}: there is no such address", host, port));
  const Endpoint endpoint = found.begin()->endpoint();
  (void)acceptor_.open(endpoint.protocol(), error);
  if (!error) (void)acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.protocol() == asio::ip::tcp::v6())
    (void)acceptor_.set_option(asio::ip::v6_only(false), error);
  if (!error) (void)acceptor_.bind(endpoint, error);
  if (!error) (void)acceptor_.listen(kBacklog, error);
  if (error)
    return fail(ErrorCode::unavailable,
                fmt::format("cannot listen at {}:{}: {}", host, port, error.message()));
  return acceptor_.local_endpoint();
}

void HttpListener::accept() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_accept([self = shared_from_this()](const error_code& error, Socket socket) {
    self->accepted(error, std::move(socket));
  });
}

void HttpListener::accepted(const error_code& error, Socket socket) {
  if (!acceptor_.is_open()) return;
  if (error == boost::asio::error::connection_aborted) return accept();  // the client has changed its mind
  if (error) {
    // Too many open files, mostly: what waits is accepted once others have gone.
    const auto now = std::chrono::steady_clock::now();
    if (now - complained_ > kComplainEvery)
      log(LogLevel::error, "accept_failed", {{"error", error.message()}});
    if (now - complained_ > kComplainEvery) complained_ = now;
    return accept_later();
  }
  hand_over(std::move(socket));
  accept();
}

void HttpListener::hand_over(Socket socket) {
  error_code ignored;
  (void)socket.native_non_blocking(true, ignored);
  (void)socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  // So that a recv() which brings less than was asked for has brought all.
  (void)socket.set_option(asio::socket_base::out_of_band_inline(true), ignored);
  ++service_.accepted;
  if (service_.connections.load() >= service_.options.max_connections) {
    ++service_.refused;
    if (certificates_ == nullptr)
      (void)::send(socket.native_handle(), kTooMany.data(), kTooMany.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return;
  }
  TlsSession session;
  if (certificates_ != nullptr) {
    session = certificates_->new_session(socket.native_handle());
    if (!session) return;
  }
  config::Descriptor own(socket.release(ignored));
  if (own.get() < 0) return;
  ++service_.connections;
  HttpLoop& loop = *loops_[next_loop_++ % loops_.size()];
  if (&loop == loops_.front().get()) return loop.add(std::move(own), std::move(session));
  loop.context().post([&loop, own = std::move(own), session = std::move(session)]() mutable {
    loop.add(std::move(own), std::move(session));
  });
}

void HttpListener::accept_later() {
  retry_.expires_after(kRetryAccept);
  retry_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->accept();
  });
}

void HttpListener::close() {
  error_code ignored;
  (void)acceptor_.close(ignored);
  retry_.cancel();
}

}  // namespace penstock::server
