// The exchange that front ends see, on top of a connection.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "server/exchange.hpp"
#include "server/http_encoding.hpp"
#include "server/http_output.hpp"
#include "server/http_request.hpp"
#include "server/http_request_reader.hpp"

namespace penstock::server {

class HttpConnection;
class HttpExchange;

/// A part of an answer, on its way from whoever answers to the event loop.
struct HttpDelivery {
  enum class Kind : std::uint8_t {
    whole,  ///< head and body lie in the exchange
    begun,  ///< the head does
    bytes,  ///< more content
    ended,
    broken,
  };
  std::shared_ptr<HttpExchange> exchange;
  Kind kind = Kind::whole;
  std::string bytes;
  std::move_only_function<void(bool)> written;
};

/// Where answers wait for their event loop. Thread-safe.
class HttpInbox {
 public:
  /// `wake`: makes the loop call take() soon. Called from any thread, once for all that waits.
  /// `settle`: takes and sends what there is, on the loop's thread.
  HttpInbox(std::function<void()> wake, std::function<void()> settle)
      : wake_(std::move(wake)), settle_(std::move(settle)) {}

  /// False when the loop has ended, and the delivery is as it was.
  [[nodiscard]] bool put(HttpDelivery& delivery);
  /// Swaps what waits with `into`, which is empty. False when nothing waits: then the next put() wakes.
  [[nodiscard]] bool take(std::vector<HttpDelivery>& into);
  void close();
  /// This thread is the loop's: its own deliveries need no waking, it looks at the end of what it does.
  void adopt_thread() noexcept;
  /// A whole answer that the loop's own thread puts goes out at once, before whoever put it goes on. Not so
  /// the parts of a stream: those are put under locks that what follows may take. On that thread.
  void settle_at_once(bool at_once) noexcept { settles_at_once_ = at_once; }

 private:
  std::mutex mutex_;
  std::vector<HttpDelivery> waiting_;
  std::function<void()> wake_;
  std::function<void()> settle_;
  bool settles_at_once_ = false;
  bool will_look_ = false;
  bool closed_ = false;
};

/// One request on its connection. Made by the connection, which shares it with whoever answers.
class HttpExchange final : public Exchange, public std::enable_shared_from_this<HttpExchange> {
 public:
  HttpExchange(HttpConnection& connection, std::shared_ptr<HttpInbox> inbox, bool gzip);
  ~HttpExchange() override;

  /// What a handler is given: when the last of it goes without an answer, there is one all the same.
  [[nodiscard]] std::shared_ptr<Exchange> handle();

  [[nodiscard]] std::string_view method() const noexcept override { return request_.method(); }
  [[nodiscard]] std::string_view path() const noexcept override { return request_.path(); }
  [[nodiscard]] std::string_view query() const noexcept override { return request_.query(); }
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept override {
    return request_.header(name);
  }
  [[nodiscard]] std::size_t header_count(std::string_view name) const noexcept override {
    return request_.header_count(name);
  }
  [[nodiscard]] std::string_view body() const noexcept override { return request_.body(); }
  [[nodiscard]] std::string_view request_id() const noexcept override { return request_id_; }
  [[nodiscard]] std::string_view peer_address() const noexcept override { return peer_; }
  [[nodiscard]] std::stop_token gone() const noexcept override { return gone_.get_token(); }

  void respond(HttpResponse response) override;
  void begin(HttpResponse head) override;
  void write(std::string bytes, std::move_only_function<void(bool)> written) override;
  void end() override;
  void abort() override;

  /// Answers instead of a handler, with problem details.
  void refuse(int status, ErrorCode code, std::string_view message);
  /// The same for what is no whole request: the connection cannot go on.
  void refuse_for_good(int status, ErrorCode code, std::string_view message);

  // What follows belongs to the connection's event loop.

  [[nodiscard]] HttpRequest& request() noexcept { return request_; }
  [[nodiscard]] HttpOutput& output() noexcept { return output_; }
  /// The request is whole: names it.
  void received();
  /// Takes a delivery of this exchange; calls `written` when that comes to nothing.
  void accept(HttpDelivery& delivery);
  /// All of the answer was sent.
  void release() noexcept { connection_ = nullptr; }
  /// The client is gone: whoever answers is asked to stop, and what waits to be sent is dropped.
  void detach();
  void ask_to_stop() noexcept { gone_.request_stop(); }

  [[nodiscard]] bool is_safe() const noexcept { return request_.is_safe(); }
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] bool is_answered() const noexcept { return is_answered_; }
  [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }
  /// The connection cannot be used for another request.
  [[nodiscard]] bool must_close() const noexcept { return must_close_; }

  // The connection's row of exchanges.
  std::shared_ptr<HttpExchange> next;
  bool is_complete = false;    ///< the request is whole
  bool is_dispatched = false;  ///< somebody answers it
  std::size_t row_bytes = 0;   ///< what it counts for there
  bool is_linked = false;      ///< it is in the row
  bool closes = false;         ///< the connection ends behind its answer
  std::chrono::steady_clock::time_point started;

 private:
  enum class Answer : std::uint8_t { none, streaming, done };
  void deliver(HttpDelivery::Kind kind, std::string bytes = {},
               std::move_only_function<void(bool)> written = nullptr);
  [[nodiscard]] bool wants_gzip(const HttpResponse& response) const noexcept;
  [[nodiscard]] bool has_content(int status) const noexcept;
  void abandon();

  HttpRequest request_;
  std::string request_id_;
  std::string peer_;
  std::stop_source gone_;
  const std::shared_ptr<HttpInbox> inbox_;

  // Of whoever answers, until it is delivered.
  Answer answer_ = Answer::none;
  bool gzip_allowed_;
  bool discards_content_ = false;
  int status_ = 0;
  bool must_close_ = false;
  std::unique_ptr<GzipStream> gzip_;

  // Of the event loop; head and body of the output are filled by whoever answers before they are delivered.
  HttpConnection* connection_;
  HttpOutput output_;
  bool is_framed_ = false;
  bool is_answered_ = false;
  bool is_broken_ = false;
};

}  // namespace penstock::server
