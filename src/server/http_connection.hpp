// One connection of a client: requests in, answers out, in the same order.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "config/descriptor.hpp"
#include "server/http_exchange.hpp"
#include "server/http_request_reader.hpp"
#include "server/http_transport.hpp"
#include "server/socket_poll.hpp"

namespace penstock::server {

class HttpLoop;

/// Belongs to one event loop, whose thread alone calls it. Has no buffer: it reads into the loop's, and what
/// stays of it lies in the exchange that it is part of.
class HttpConnection final : public std::enable_shared_from_this<HttpConnection>,
                             private SocketPoll::Watcher {
 public:
  using Clock = std::chrono::steady_clock;

  HttpConnection(HttpLoop& loop, config::Descriptor socket, TlsSession session);

  /// Once; it is closed at once when there is no room for one more.
  void start();
  /// Reads what has come, and waits for more.
  void read();
  /// Sends what can be sent, and goes on with what waited for that.
  void flush();
  /// One of its exchanges has more to send: flush() is called once the loop has taken in what else there is.
  void answered();

  /// Looks at what has taken too long.
  void check_time(Clock::time_point now);
  /// No request after those that have come; closes when it has answered them.
  void drain();
  /// Asks whoever answers to stop.
  void cancel();
  /// Ends it, whatever is under way.
  void close();

  [[nodiscard]] bool is_idle() const noexcept { return !first_ && !incoming_ && !lingers_; }

  /// As text; found out once.
  [[nodiscard]] const std::string& peer_address();

  std::size_t slot = 0;     ///< its place with the loop
  bool is_touched = false;  ///< flush() is due

 private:
  // Reading.
  [[nodiscard]] bool wants_input() const noexcept;
  void ready(std::uint32_t events) override;
  void take(std::string_view input);
  void parse(std::string_view& input);
  [[nodiscard]] bool has_room() const noexcept;
  void take_step(HttpRequestReader::Step step);
  /// Answers what is coming in, and takes no more.
  void refuse_incoming(int status, ErrorCode code, std::string_view message);
  void end_of_input();
  void link(const std::shared_ptr<HttpExchange>& exchange);

  // Dispatching.
  void dispatch();
  [[nodiscard]] bool may_run(const HttpExchange& exchange) const noexcept;
  void run(HttpExchange& exchange);
  [[nodiscard]] bool is_admitted(HttpExchange& exchange);
  [[nodiscard]] std::string local_address() const;

  // Writing.
  [[nodiscard]] bool gather(HttpGather& pieces);
  [[nodiscard]] std::string_view head_end(HttpExchange& exchange);
  void advance(std::size_t bytes);
  void finish(const std::shared_ptr<HttpExchange>& exchange);
  void linger();
  void break_off();
  void drop_row();

  void check_incoming(Clock::time_point now);
  [[nodiscard]] bool has_vanished() const noexcept;

  HttpLoop& loop_;
  config::Descriptor socket_;
  HttpTransport transport_;
  HttpRequestReader reader_;

  std::shared_ptr<HttpExchange> first_;  ///< the one that is answered next
  HttpExchange* last_ = nullptr;
  HttpExchange* undispatched_ = nullptr;    ///< the first one that nobody answers yet
  std::shared_ptr<HttpExchange> incoming_;  ///< whose request is still coming; it may be in the row already
  std::string pending_;                     ///< read, but not looked at before there is room in the row
  std::string peer_address_;
  std::string admitted_host_;  ///< the last Host that was found to be one of ours

  Clock::time_point since_;     ///< when it became idle, or began to linger
  Clock::time_point progress_;  ///< when the client last took something
  Clock::time_point input_ended_;
  std::size_t row_size_ = 0;
  std::size_t row_bytes_ = 0;  ///< of its requests
  bool awaits_readable_ = false;
  bool awaits_writable_ = false;
  bool ends_ = false;        ///< the client's side: what it sent last is read to its end
  bool is_blocked_ = false;  ///< the client takes nothing now
  bool input_has_ended_ = false;
  bool takes_no_more_ = false;  ///< requests
  bool is_draining_ = false;
  bool lingers_ = false;
  bool is_closed_ = false;
  bool had_request_ = false;
};

}  // namespace penstock::server
