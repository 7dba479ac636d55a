#include "datasources/pg_query/parser_threads.hpp"

#include <algorithm>
#include <utility>

namespace penstock::pg_query {

ParserThreads::ParserThreads(std::size_t max_threads) : max_threads_(std::max<std::size_t>(max_threads, 1)) {}

ParserThreads::~ParserThreads() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  work_or_end_.notify_all();
  thread_left_.wait(lock, [this] { return threads_ == 0; });
  join_leavers();
}

Result<void> ParserThreads::run(const std::function<bool()>& work) {
  Task task{.work = &work};
  std::unique_lock lock(mutex_);
  if (idle_ <= waiting_.size() && threads_ < max_threads_ && !add_thread() && threads_ == 0) {
    Error error;
    error.code = ErrorCode::unavailable;
    error.message = "the system gives no thread to analyse the statement on; try again";
    error.retryable = true;
    return std::unexpected(std::move(error));
  }
  waiting_.push_back(&task);
  work_or_end_.notify_one();
  task.ended.wait(lock, [&task] { return task.done; });
  return {};
}

/// Called with the lock held, as join_leavers() is.
bool ParserThreads::add_thread() {
  join_leavers();
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_t thread{};
  const bool made = pthread_attr_setstacksize(&attributes, kStackBytes) == 0 &&
                    pthread_create(&thread, &attributes, &serve_thread, this) == 0;
  pthread_attr_destroy(&attributes);
  if (made) ++threads_;
  return made;
}

/// Those who are on the list need the lock no more.
void ParserThreads::join_leavers() {
  for (const pthread_t thread : leavers_)
    pthread_join(thread, nullptr);
  leavers_.clear();
}

void* ParserThreads::serve_thread(void* self) {
  pthread_setname_np(pthread_self(), "penstock-parse");
  static_cast<ParserThreads*>(self)->serve();
  return nullptr;
}

void ParserThreads::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    work_or_end_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) break;
    Task* const task = waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    const bool went_deep = (*task->work)();
    lock.lock();
    task->done = true;
    task->ended.notify_one();
    // Somebody else must be there for those who wait.
    if (went_deep && (waiting_.empty() || add_thread())) break;
  }
  --threads_;
  leavers_.push_back(pthread_self());
  thread_left_.notify_all();
}

}  // namespace penstock::pg_query
