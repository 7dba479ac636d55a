// A server over real sockets whose answers the test gives.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "integration/http_client.hpp"
#include "server/http_server.hpp"

namespace penstock::test {

/// Whether it holds within some time; looks again and again.
inline bool wait_until(const std::function<bool()>& holds,
                       std::chrono::milliseconds patience = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// What "/echo" answers: enough to tell one request from another.
inline server::HttpResponse echo(const server::Exchange& exchange) {
  return {.status = 200,
          .content_type = "text/plain",
          .headers = {},
          .body = std::string(exchange.method()) + " " + std::string(exchange.path()) + "?" +
                  std::string(exchange.query()) + " " + std::string(exchange.body())};
}

/// "/held..." waits for the test to take it with next(); every other path echoes on the event loop.
class HttpSite {
 public:
  explicit HttpSite(server::HttpOptions options = {}) {
    options.listen = {"127.0.0.1:0"};
    auto started = server::HttpServer::start(
        std::move(options),
        [this](std::shared_ptr<server::Exchange> exchange) { handle(std::move(exchange)); });
    if (!started) throw std::runtime_error(started.error().message);
    server_ = std::move(*started);
  }
  ~HttpSite() {
    held_.clear();
    server_.reset();
  }

  [[nodiscard]] const std::string& url() const { return server_->urls().front(); }
  [[nodiscard]] server::HttpServer& server() { return *server_; }
  /// The next exchange that was held; null when none comes.
  [[nodiscard]] std::shared_ptr<server::Exchange> next() {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, HttpClient::kPatience, [this] { return !held_.empty(); })) return nullptr;
    auto exchange = std::move(held_.front());
    held_.pop_front();
    return exchange;
  }
  [[nodiscard]] std::size_t held() {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }

 private:
  void handle(std::shared_ptr<server::Exchange> exchange) {
    if (!exchange->path().starts_with("/held")) return exchange->respond(echo(*exchange));
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(exchange));
    arrived_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::shared_ptr<server::Exchange>> held_;
  std::unique_ptr<server::HttpServer> server_;
};

}  // namespace penstock::test
