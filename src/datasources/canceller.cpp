#include "datasources/canceller.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

namespace penstock {

namespace {

using std::chrono::milliseconds;

// One that hangs on a network that drops its packets must not hold up all others.
constexpr std::size_t kThreads = 4;
constexpr milliseconds kFirstWait{20};

}  // namespace

/// Outlives the canceller for as long as a thread of it hangs.
struct Canceller::Work {
  void (*at_thread_end)() = nullptr;
  milliseconds patience{0};
  std::mutex mutex;
  std::condition_variable work;
  std::condition_variable thread_ended;
  std::deque<Attempt> queue;
  std::size_t idle = 0;
  std::size_t threads = 0;              // made when needed
  Deadline end_by = Deadline::never();  // of all there is to do, once the canceller goes
};

Canceller::Canceller(void (*at_thread_end)(), milliseconds patience) : work_(std::make_shared<Work>()) {
  work_->at_thread_end = at_thread_end;
  work_->patience = patience;
}

Canceller::~Canceller() {
  std::unique_lock lock(work_->mutex);
  work_->end_by = Deadline::after(work_->patience);
  work_->work.notify_all();
  work_->thread_ended.wait_until(lock, work_->end_by.time(), [this] { return work_->threads == 0; });
}

void Canceller::add(Attempt attempt) {
  std::deque<Attempt> dropped;  // destroyed without the lock, as that may take its time
  {
    const std::scoped_lock lock(work_->mutex);
    work_->queue.push_back(std::move(attempt));
    if (work_->queue.size() > work_->idle && work_->threads < kThreads) {
      try {
        std::thread([work = work_] { run(work); }).detach();
        ++work_->threads;
      } catch (const std::system_error&) {
        if (work_->threads == 0) dropped.swap(work_->queue);
      }
    }
  }
  work_->work.notify_one();
}

void Canceller::run(const std::shared_ptr<Work>& work) {
  pthread_setname_np(pthread_self(), "penstock-cancel");
  std::unique_lock lock(work->mutex);
  for (;;) {
    ++work->idle;
    work->work.wait(lock, [&] { return !work->end_by.is_never() || !work->queue.empty(); });
    --work->idle;
    if (work->queue.empty()) break;
    Attempt attempt = std::move(work->queue.front());
    work->queue.pop_front();
    const Deadline patience = work->end_by.min(Deadline::after(work->patience));
    // A server may have no connection left for it at once.
    for (milliseconds wait = kFirstWait; !patience.expired(); wait *= 2) {
      lock.unlock();
      const bool done = attempt(patience);
      lock.lock();
      if (done) break;
      const auto until = patience.min(Deadline::after(wait)).time();
      work->thread_ended.wait_until(lock, until, [&] { return work->end_by.expired(); });
    }
    lock.unlock();
    attempt = nullptr;
    lock.lock();
  }
  --work->threads;
  lock.unlock();
  if (work->at_thread_end != nullptr) work->at_thread_end();
  lock.lock();
  work->thread_ended.notify_all();
}

}  // namespace penstock
