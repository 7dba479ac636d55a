// An event loop: a thread, and the connections that it serves.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>

#include "server/busy_look.hpp"
#include "server/http_access.hpp"
#include "server/http_connection.hpp"
#include "server/http_loop_waits.hpp"
#include "server/http_options.hpp"
#include "server/loop_context.hpp"

namespace penstock::server {

/// What all loops of a server share.
struct HttpService {
  HttpOptions options;
  HttpAccess access;
  HttpHandler handler;

  std::atomic<std::size_t> connections = 0;
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> refused =
      0;  ///< connections, as there were too many, or no room for them in the system
  std::array<std::atomic<std::uint64_t>, 6> answers{};  ///< by the first digit of their status

  std::mutex mutex;
  std::condition_variable emptied;  ///< there may be no connection any more
};

/// start() and stop() are its owner's; everything else happens on its own thread.
class HttpLoop {
 public:
  HttpLoop(HttpService& service, std::size_t number);
  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;
  ~HttpLoop();

  void start();
  /// Lets the thread end once nothing is left to do, and waits for that. Connections must have been closed.
  void join();

  [[nodiscard]] LoopContext& context() noexcept { return *context_; }
  [[nodiscard]] HttpService& service() noexcept { return service_; }
  [[nodiscard]] const std::shared_ptr<HttpInbox>& inbox() const noexcept { return inbox_; }
  /// What a connection reads into; its content means nothing from one call to the next.
  [[nodiscard]] std::span<char> scratch() noexcept { return scratch_; }

  void add(config::Descriptor socket, TlsSession session);
  void remove(const std::shared_ptr<HttpConnection>& connection);
  void touch(HttpConnection& connection);
  /// At the end of everything that runs on this thread, and before for a single client, see settle_ahead():
  /// what was answered meanwhile goes out, the answers of one connection in one write.
  void settle();

  /// See HttpConnection. Once they were asked to drain, idle connections are closed after `kIdleGrace`.
  void drain();
  void cancel();
  void close_all();

 private:
  void run() noexcept;
  [[nodiscard]] bool poll_busily();
  /// An answer goes out before those of its run that follow it, which count as served together with it.
  void settle_ahead();
  void keep_time();
  void check_time();

  HttpService& service_;
  const std::size_t number_;
  const std::shared_ptr<LoopContext> context_;
  const std::shared_ptr<HttpInbox> inbox_;
  const std::shared_ptr<HttpLoopWaits> waits_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>,
                                    LoopContext::Asio::executor_type>
      timer_;
  std::chrono::milliseconds tick_;
  BusyLook busy_look_;
  std::size_t sent_ahead_ = 0;  ///< connections, in this turn
  bool keeps_time_ = false;
  bool is_draining_ = false;
  std::vector<std::shared_ptr<HttpConnection>> connections_;
  std::vector<std::shared_ptr<HttpConnection>> touched_;
  std::vector<HttpDelivery> deliveries_;
  std::vector<char> scratch_;
  std::thread thread_;
};

}  // namespace penstock::server
