// Lines to a file descriptor, written by a thread of their own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "penstock/error.hpp"

namespace penstock::server {

/// Thread-safe. Owns the thread "penstock-mcp-out".
class LineWriter {
 public:
  explicit LineWriter(int descriptor);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  /// Writes what waits, then ends.
  ~LineWriter();

  /// Line ends inside become spaces. A `droppable` line is left out when much waits already.
  void write(std::string line, bool droppable);
  /// Waits until little enough waits for more to be worth making. False when the reader is gone.
  [[nodiscard]] bool wait_for_room();
  [[nodiscard]] bool broken() const;

 private:
  void run();
  [[nodiscard]] bool write_all(std::string_view bytes) const;

  const int descriptor_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string waiting_;
  bool ending_ = false;
  bool broken_ = false;
  std::thread thread_;
};

}  // namespace penstock::server
