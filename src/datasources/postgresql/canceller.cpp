#include "datasources/postgresql/canceller.hpp"

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "penstock/query.hpp"

namespace penstock::postgresql {

namespace {

using std::chrono::milliseconds;

// Reads and forgets what the server still says, until it hangs up; false when it has not by then.
bool ends_by(int socket, Deadline deadline) {
  std::array<char, 1 << 15> nowhere;
  while (!deadline.expired()) {
    pollfd file{socket, POLLIN, 0};
    const auto left = std::chrono::ceil<milliseconds>(deadline.remaining()).count();
    if (poll(&file, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t got = recv(socket, nowhere.data(), nowhere.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) return true;
  }
  return false;
}

// A server forgets a request to cancel that arrives before it has begun with the statement, and does not see
// that its client is gone while it runs one. So it is told that nothing more will come, which ends the
// session after the statement, and asked again until it has hung up.
void stop(PGconn* connection, Deadline patience) {
  constexpr milliseconds kFirstWait{20};
  const CancelHandle cancel(PQgetCancel(connection));
  const int socket = PQsocket(connection);
  if (cancel == nullptr || socket < 0) return;
  shutdown(socket, SHUT_WR);
  std::array<char, 256> reason{};
  for (milliseconds wait = kFirstWait; !patience.expired(); wait *= 2) {
    PQcancel(cancel.get(), reason.data(), static_cast<int>(reason.size()));
    if (ends_by(socket, patience.min(Deadline::after(wait)))) return;
  }
}

// One that hangs on a network that drops its packets must not hold up all others.
constexpr std::size_t kThreads = 4;

}  // namespace

/// Outlives the canceller for as long as a thread of it hangs.
struct Canceller::Work {
  milliseconds patience{0};
  std::mutex mutex;
  std::condition_variable work;
  std::condition_variable thread_ended;
  std::deque<ConnectionHandle> queue;
  std::size_t idle = 0;
  std::size_t threads = 0;              // made when needed
  Deadline end_by = Deadline::never();  // of all there is to do, once the canceller goes
};

Canceller::Canceller(milliseconds patience) : work_(std::make_shared<Work>()) {
  work_->patience = patience;
}

Canceller::~Canceller() {
  std::unique_lock lock(work_->mutex);
  work_->end_by = Deadline::after(work_->patience);
  work_->work.notify_all();
  work_->thread_ended.wait_until(lock, work_->end_by.time(), [this] { return work_->threads == 0; });
}

void Canceller::cancel_and_close(ConnectionHandle connection) {
  if (connection == nullptr) return;
  {
    const std::scoped_lock lock(work_->mutex);
    work_->queue.push_back(std::move(connection));
    if (work_->queue.size() > work_->idle && work_->threads < kThreads) {
      try {
        std::thread([work = work_] { run(work); }).detach();
        ++work_->threads;
      } catch (const std::system_error&) {
        // Without a thread to be had, its session is closed and the statement ends by its own time limit.
        if (work_->threads == 0) work_->queue.clear();
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
    ConnectionHandle connection = std::move(work->queue.front());
    work->queue.pop_front();
    const Deadline patience = work->end_by.min(Deadline::after(work->patience));
    lock.unlock();
    stop(connection.get(), patience);
    connection.reset();
    lock.lock();
  }
  --work->threads;
  work->thread_ended.notify_all();
}

}  // namespace penstock::postgresql
