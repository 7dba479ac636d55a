#include "datasources/postgresql/canceller.hpp"

#include <array>

#include <pthread.h>

namespace penstock::postgresql {

Canceller::~Canceller() {
  std::vector<std::jthread> threads;
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    threads.swap(threads_);
  }
  work_.notify_all();
}

void Canceller::cancel_and_close(ConnectionHandle connection) {
  if (connection == nullptr) return;
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(connection));
    if (queue_.size() > idle_ && threads_.size() < kThreads) threads_.emplace_back([this] { run(); });
  }
  work_.notify_one();
}

void Canceller::run() {
  pthread_setname_np(pthread_self(), "penstock-cancel");
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    work_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    ConnectionHandle connection = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const CancelHandle cancel(PQgetCancel(connection.get()));
    std::array<char, 256> reason{};
    if (cancel != nullptr) PQcancel(cancel.get(), reason.data(), static_cast<int>(reason.size()));
    connection.reset();
    lock.lock();
  }
}

}  // namespace penstock::postgresql
