// An exchange without a socket: keeps its answer, and takes in what is written when the test says so.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/exchange.hpp"

namespace penstock::server::test {

struct FakeRequest {
  std::string method = "GET";
  std::string target;
  std::vector<HttpHeader> headers;
  std::string body;
  bool slow = false;  ///< what is written waits until take() says how it went
};

class FakeExchange final : public Exchange {
 public:
  explicit FakeExchange(FakeRequest request) : request_(std::move(request)) {}

  [[nodiscard]] std::string_view method() const noexcept override { return request_.method; }
  [[nodiscard]] std::string_view path() const noexcept override {
    return std::string_view(request_.target).substr(0, request_.target.find('?'));
  }
  [[nodiscard]] std::string_view query() const noexcept override {
    const std::size_t mark = request_.target.find('?');
    return mark == std::string::npos ? std::string_view()
                                     : std::string_view(request_.target).substr(mark + 1);
  }
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept override {
    for (const auto& [known, value] : request_.headers) {
      if (known == name) return value;
    }
    return {};
  }
  [[nodiscard]] std::size_t header_count(std::string_view name) const noexcept override {
    return static_cast<std::size_t>(std::ranges::count(request_.headers, name, &HttpHeader::first));
  }
  [[nodiscard]] std::string_view body() const noexcept override { return request_.body; }
  [[nodiscard]] std::string_view request_id() const noexcept override { return "request-1"; }
  [[nodiscard]] std::stop_token gone() const noexcept override { return gone_.get_token(); }

  void respond(HttpResponse response) override {
    const std::scoped_lock lock(mutex_);
    head_ = std::move(response);
    text_ = std::move(head_.body);
    ++answers_;
    state_ = State::whole;
    changed_.notify_all();
  }
  void begin(HttpResponse head) override {
    const std::scoped_lock lock(mutex_);
    head_ = std::move(head);
    text_ = std::move(head_.body);
    ++answers_;
    state_ = State::streaming;
    changed_.notify_all();
  }
  void write(std::string bytes, std::move_only_function<void(bool)> written) override {
    {
      const std::scoped_lock lock(mutex_);
      text_ += bytes;
      ++writes_;
      largest_write_ = std::max(largest_write_, bytes.size());
      if (request_.slow && written) {
        waiting_ = std::move(written);
        changed_.notify_all();
        return;
      }
      changed_.notify_all();
    }
    if (written) written(true);
  }
  void end() override { finish(State::ended); }
  void abort() override { finish(State::aborted); }

  enum class State { open, streaming, whole, ended, aborted };
  /// Waits until the answer is over.
  State wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_over(); });
    return state_;
  }
  /// Waits until something was written that nobody took in, and says how that went.
  void take(bool taken) {
    std::move_only_function<void(bool)> written;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return waiting_ != nullptr; });
      written = std::exchange(waiting_, nullptr);
    }
    written(taken);
  }
  /// Takes in everything, to the end.
  State take_all() {
    while (true) {
      std::move_only_function<void(bool)> written;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ != nullptr || is_over(); });
        if (is_over()) return state_;
        written = std::exchange(waiting_, nullptr);
      }
      written(true);
    }
  }
  void wait_for_write() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ != nullptr; });
  }
  void go_away() { gone_.request_stop(); }
  [[nodiscard]] State state() {
    const std::scoped_lock lock(mutex_);
    return state_;
  }

  // Once wait() has returned.
  [[nodiscard]] const HttpResponse& head() const noexcept { return head_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] int answers() const noexcept { return answers_; }
  [[nodiscard]] int writes() const noexcept { return writes_; }
  [[nodiscard]] std::size_t largest_write() const noexcept { return largest_write_; }
  [[nodiscard]] std::string answer_header(std::string_view name) const {
    for (const auto& [known, value] : head_.headers) {
      if (known == name) return value;
    }
    return {};
  }

 private:
  [[nodiscard]] bool is_over() const noexcept { return state_ != State::open && state_ != State::streaming; }
  void finish(State state) {
    const std::scoped_lock lock(mutex_);
    state_ = state;
    changed_.notify_all();
  }

  FakeRequest request_;
  std::stop_source gone_;
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::open;
  HttpResponse head_;
  std::string text_;
  int answers_ = 0;
  int writes_ = 0;
  std::size_t largest_write_ = 0;
  std::move_only_function<void(bool)> waiting_;
};

}  // namespace penstock::server::test
