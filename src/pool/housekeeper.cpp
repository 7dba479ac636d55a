#include "pool/housekeeper.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>
#include <signal.h>

namespace penstock::pool {
namespace {

constexpr std::chrono::seconds kWorkerStays{10};

// A program's signal handlers run on its own threads, never on ours. What a thread raises by its own fault
// stays.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF}) {
      sigdelset(&blocked, fault);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

template <typename Body>
std::thread start_thread(const char* name, Body body) {
  const SignalsBlocked blocked;
  return std::thread([name, body = std::move(body)] {
    pthread_setname_np(pthread_self(), name);
    body();
  });
}

}  // namespace

class Housekeeper::Core {
 public:
  explicit Core(ThreadNames names) : names_(names) {}
  void start() {
    timer_ = start_thread(names_.timer, [this] { keep_time(); });
  }
  void stop();

  std::uint64_t add(Tick tick);
  void remove(std::uint64_t id) noexcept;
  void wake(std::uint64_t id, Time at) noexcept;
  bool run(Job job);

 private:
  struct Client {
    std::shared_ptr<const Tick> tick;
    Time next = Time::max();
  };

  void keep_time();
  void work();
  bool hire();

  const ThreadNames names_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, Client> clients_;
  std::condition_variable timer_wakes_;
  std::thread timer_;

  std::condition_variable work_comes_;
  std::deque<Job> jobs_;
  std::size_t idle_workers_ = 0;
  std::map<std::thread::id, std::thread> workers_;
  std::vector<std::thread> gone_;  // workers that have nothing left to do but end
};

void Housekeeper::Core::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    clients_.clear();
  }
  timer_wakes_.notify_all();
  work_comes_.notify_all();
  timer_.join();
  for (;;) {
    std::vector<std::thread> ending;
    {
      const std::lock_guard lock(mutex_);
      ending = std::exchange(gone_, {});
      for (auto& [id, worker] : workers_)
        ending.push_back(std::move(worker));
      workers_.clear();
    }
    if (ending.empty()) return;
    for (std::thread& worker : ending)
      worker.join();
  }
}

std::uint64_t Housekeeper::Core::add(Tick tick) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = next_id_++;
  if (!stopping_) clients_.emplace(id, Client{.tick = std::make_shared<const Tick>(std::move(tick))});
  return id;
}

void Housekeeper::Core::remove(std::uint64_t id) noexcept {
  decltype(clients_)::node_type removed;  // what the tick owns goes after the lock
  const std::lock_guard lock(mutex_);
  removed = clients_.extract(id);
}

void Housekeeper::Core::wake(std::uint64_t id, Time at) noexcept {
  {
    const std::lock_guard lock(mutex_);
    const auto client = clients_.find(id);
    if (client == clients_.end() || client->second.next <= at) return;
    client->second.next = at;
  }
  timer_wakes_.notify_one();
}

void Housekeeper::Core::keep_time() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto soonest =
        std::ranges::min_element(clients_, {}, [](const auto& client) { return client.second.next; });
    if (soonest == clients_.end() || soonest->second.next == Time::max()) {
      timer_wakes_.wait(lock);
      continue;
    }
    const Time now = Deadline::Clock::now();
    if (soonest->second.next > now) {
      timer_wakes_.wait_until(lock, Time(soonest->second.next));
      continue;
    }
    const std::uint64_t id = soonest->first;
    std::shared_ptr<const Tick> tick = soonest->second.tick;
    soonest->second.next = Time::max();  // a wake() meanwhile counts
    lock.unlock();
    const Time next = (*tick)(now);
    tick.reset();
    lock.lock();
    if (const auto client = clients_.find(id); client != clients_.end()) {
      client->second.next = std::min(client->second.next, next);
    }
  }
}

bool Housekeeper::Core::run(Job job) {
  std::vector<std::thread> gone;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    jobs_.push_back(std::move(job));
    if (jobs_.size() > idle_workers_ && !hire()) {
      jobs_.pop_back();
      return false;
    }
    gone = std::exchange(gone_, {});
  }
  work_comes_.notify_one();
  for (std::thread& worker : gone)
    worker.join();
  return true;
}

// False when there is neither a new worker nor one that will come round to the job.
bool Housekeeper::Core::hire() {
  try {
    std::thread worker = start_thread(names_.worker, [this] { work(); });
    const auto id = worker.get_id();
    workers_.emplace(id, std::move(worker));
    return true;
  } catch (const std::system_error&) {
    return !workers_.empty();
  }
}

void Housekeeper::Core::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (jobs_.empty()) {
      if (stopping_) break;
      ++idle_workers_;
      const bool called =
          work_comes_.wait_for(lock, kWorkerStays, [this] { return stopping_ || !jobs_.empty(); });
      --idle_workers_;
      if (!called) break;
      continue;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;  // what it owns goes before the lock is taken again
    lock.lock();
  }
  if (const auto self = workers_.find(std::this_thread::get_id()); self != workers_.end()) {
    gone_.push_back(std::move(self->second));
    workers_.erase(self);
  }
}

Housekeeper::Housekeeper(ThreadNames names) : core_(std::make_shared<Core>(names)) {
  core_->start();
}

Housekeeper::~Housekeeper() {
  core_->stop();
}

Housekeeper::Registration Housekeeper::add(Tick tick) {
  const std::uint64_t id = core_->add(std::move(tick));
  return Registration(core_, id);
}

Housekeeper::Registration::Registration(std::shared_ptr<Core> core, std::uint64_t id) noexcept
    : core_(std::move(core)), id_(id) {}

Housekeeper::Registration::Registration(Registration&& other) noexcept
    : core_(std::exchange(other.core_, nullptr)), id_(other.id_) {}

Housekeeper::Registration& Housekeeper::Registration::operator=(Registration&& other) noexcept {
  if (this != &other) {
    reset();
    core_ = std::exchange(other.core_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

Housekeeper::Registration::~Registration() {
  reset();
}

void Housekeeper::Registration::reset() noexcept {
  if (core_) core_->remove(id_);
  core_ = nullptr;
}

void Housekeeper::Registration::wake(Time at) noexcept {
  if (core_) core_->wake(id_, at);
}

bool Housekeeper::Registration::run(Job job) {
  return core_ && core_->run(std::move(job));
}

}  // namespace penstock::pool
