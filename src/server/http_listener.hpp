// Accepts connections and hands them to the event loops in turn.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "penstock/error.hpp"

#include "server/http_loop.hpp"
#include "server/tls_certificates.hpp"

namespace penstock::server {

/// Lives on the first of the loops, whose thread calls everything but open().
class HttpListener : public std::enable_shared_from_this<HttpListener> {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;

  HttpListener(HttpService& service, std::span<const std::unique_ptr<HttpLoop>> loops,
               TlsCertificates* certificates);

  /// Binds before anything runs. `invalid_argument`: no such address; `unavailable`: somebody else has it.
  [[nodiscard]] Result<Endpoint> open(const std::string& host, const std::string& port);
  void accept();
  void close();

 private:
  using Executor = boost::asio::io_context::executor_type;
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

  void accepted(const boost::system::error_code& error, Socket socket);
  void hand_over(Socket socket);
  void accept_later();

  HttpService& service_;
  std::span<const std::unique_ptr<HttpLoop>> loops_;
  TlsCertificates* certificates_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor> acceptor_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      retry_;
  std::size_t next_loop_ = 0;
  std::chrono::steady_clock::time_point complained_;
};

}  // namespace penstock::server
