#include "server/line_writer.hpp"

#include <algorithm>
#include <cerrno>

#include <pthread.h>
#include <unistd.h>

namespace penstock::server {
namespace {

constexpr std::size_t kMaxDroppable = std::size_t{256} << 10;
constexpr std::size_t kMaxWaiting = std::size_t{16} << 20;

}  // namespace

LineWriter::LineWriter(int descriptor) : descriptor_(descriptor), thread_([this] { run(); }) {}

LineWriter::~LineWriter() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LineWriter::write(std::string line, bool droppable) {
  // JSON text has line ends only where any space would do.
  std::ranges::replace_if(line, [](char character) { return character == '\n' || character == '\r'; }, ' ');
  {
    const std::scoped_lock lock(mutex_);
    if (broken_ || (droppable && waiting_.size() > kMaxDroppable)) return;
    waiting_ += line;
    waiting_ += '\n';
  }
  changed_.notify_all();
}

bool LineWriter::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return broken_ || waiting_.size() < kMaxWaiting; });
  return !broken_;
}

bool LineWriter::broken() const {
  const std::scoped_lock lock(mutex_);
  return broken_;
}

void LineWriter::run() {
  pthread_setname_np(pthread_self(), "penstock-mcpout");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::string bytes;
    bytes.swap(waiting_);
    lock.unlock();
    const bool written = write_all(bytes);
    lock.lock();
    changed_.notify_all();
    if (written) continue;
    broken_ = true;
    waiting_.clear();
    return;
  }
}

bool LineWriter::write_all(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace penstock::server
