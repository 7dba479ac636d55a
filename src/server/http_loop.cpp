#include "server/http_loop.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>

namespace penstock::server {

namespace {

constexpr std::size_t kScratchBytes = std::size_t{64} * 1024;
/// So often answers that lead to answers are sent before others have their turn.
constexpr int kSettleRounds = 16;

/// Often enough for the shortest of the timeouts, and seldom enough to cost nothing.
std::chrono::milliseconds tick_of(const HttpOptions& options) {
  const auto shortest =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout, options.write_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(200));
}

}  // namespace

HttpLoop::HttpLoop(HttpService& service, std::size_t number)
    : service_(service),
      number_(number),
      context_(std::make_shared<LoopContext>()),
      // Holds the context: who answers late may wake a loop that is just ending.
      inbox_(std::make_shared<HttpInbox>([this, context = context_] { context->post([this] { settle(); }); },
                                         [this]() noexcept { settle_ahead(); })),
      // Of several, the answers of one run go out together: to wake a client takes as long as a run.
      waits_(std::make_shared<HttpLoopWaits>(
          context_, [this] { inbox_->settle_at_once(!busy_look_.serves_several()); }, [this] { settle(); })),
      timer_(context_->asio()),
      tick_(tick_of(service.options)),
      scratch_(kScratchBytes) {}

HttpLoop::~HttpLoop() {
  join();
}

void HttpLoop::start() {
  // Signals are for the thread that waits for them; a socket that nobody reads any more is an error of the
  // write.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void HttpLoop::run() noexcept {
  pthread_setname_np(pthread_self(), fmt::format("penstock-http{}", number_).c_str());
  inbox_->adopt_thread();
  waits_->adopt_thread();
  while (!context_->has_ended()) {
    if (context_->poll() == 0 && !poll_busily()) context_->sleep();
  }
}

// Asleep only when there is nothing even after those had a turn who may be about to give us something: to be
// woken, and to wake others who fell asleep meanwhile, costs more than a request.
bool HttpLoop::poll_busily() {
  if (busy_look_.sleeps_at_once()) return false;
  auto now = std::chrono::steady_clock::now();
  const auto until = now + service_.options.busy_poll;
  do {
    std::this_thread::yield();
    const auto before = std::exchange(now, std::chrono::steady_clock::now());
    busy_look_.let_others_run(now - before);
    for (int looks = busy_look_.looks(); looks > 0; --looks)
      if (context_->poll() != 0) return true;
  } while (now < until && !context_->has_ended());
  return false;
}

void HttpLoop::join() {
  if (!thread_.joinable()) return;
  inbox_->close();
  context_->post([this] {
    waits_->end_all();
    context_->finish();
  });
  thread_.join();
}

void HttpLoop::add(config::Descriptor socket, TlsSession session) {
  auto connection = std::make_shared<HttpConnection>(*this, std::move(socket), std::move(session));
  connection->slot = connections_.size();
  connections_.push_back(connection);
  if (is_draining_) connection->drain();
  keep_time();
  connection->start();
  settle();
}

void HttpLoop::remove(const std::shared_ptr<HttpConnection>& connection) {
  const std::size_t slot = connection->slot;
  if (slot >= connections_.size() || connections_[slot] != connection) return;
  std::swap(connections_[slot], connections_.back());
  connections_[slot]->slot = slot;
  connections_.pop_back();
  if (connections_.empty()) timer_.cancel();
  if (service_.connections.fetch_sub(1) == 1) {
    const std::lock_guard lock(service_.mutex);
    service_.emptied.notify_all();
  }
}

void HttpLoop::touch(HttpConnection& connection) {
  if (std::exchange(connection.is_touched, true)) return;
  touched_.push_back(connection.shared_from_this());
}

void HttpLoop::settle_ahead() {
  settle();
  sent_ahead_ = 1;
}

void HttpLoop::settle() {
  inbox_->settle_at_once(false);
  std::size_t ahead = std::exchange(sent_ahead_, 0);
  for (int round = 0; round < kSettleRounds; ++round) {
    const bool delivered = inbox_->take(deliveries_);
    for (HttpDelivery& delivery : deliveries_)
      delivery.exchange->accept(delivery);
    deliveries_.clear();
    if (!delivered && touched_.empty()) return;
    std::vector<std::shared_ptr<HttpConnection>> flushing;
    flushing.swap(touched_);
    busy_look_.served(flushing.size() + std::exchange(ahead, 0));
    for (const auto& connection : flushing) {
      connection->is_touched = false;
      connection->flush();
    }
    if (touched_.empty()) {
      flushing.clear();
      touched_.swap(flushing);  // keeps its memory
    }
  }
  context_->defer([this] { settle(); });
}

void HttpLoop::keep_time() {
  if (std::exchange(keeps_time_, true)) return;
  timer_.expires_after(tick_);
  timer_.async_wait([this](const boost::system::error_code&) {
    keeps_time_ = false;
    check_time();
    if (!connections_.empty() || !waits_->empty()) keep_time();
    settle();
  });
}

void HttpLoop::check_time() {
  const auto now = HttpConnection::Clock::now();
  waits_->check_time(now);
  // From the end, as one that closes is replaced by the last.
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i >= connections_.size()) continue;
    const auto connection = connections_[i];
    connection->check_time(now);
  }
}

void HttpLoop::drain() {
  is_draining_ = true;
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i >= connections_.size()) continue;
    const auto connection = connections_[i];
    connection->drain();
  }
  settle();
}

void HttpLoop::cancel() {
  const auto all = connections_;
  for (const auto& connection : all)
    connection->cancel();
  settle();
}

void HttpLoop::close_all() {
  const auto all = connections_;
  for (const auto& connection : all)
    connection->close();
  settle();
}

}  // namespace penstock::server
