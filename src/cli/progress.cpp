#include "cli/progress.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/quantity_text.hpp"

namespace penstock::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kQuietTime{1000};
constexpr milliseconds kInterval{200};
constexpr std::string_view kEraseLine = "\r\x1b[K";

void write_to_terminal(std::string_view text) noexcept {
  // A terminal that takes no text has nobody to tell.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

/// Three digits are as many as an eye can take from a number that moves.
std::int64_t rounded_rate(std::int64_t rows, milliseconds elapsed) {
  const double rate = static_cast<double>(rows) * 1000.0 / static_cast<double>(elapsed.count());
  std::int64_t unit = 1;
  while (rate / static_cast<double>(unit) >= 1000.0)
    unit *= 10;
  return static_cast<std::int64_t>(rate / static_cast<double>(unit)) * unit;
}

std::string elapsed_text(milliseconds elapsed) {
  const std::int64_t seconds = elapsed.count() / 1000;
  return seconds < 60 ? fmt::format("{} s", seconds)
                      : fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
}

}  // namespace

std::string progress_text(std::int64_t rows, milliseconds elapsed, bool cancelling) {
  if (cancelling) return "cancelling; press Ctrl-C again to leave at once";
  if (rows == 0) return fmt::format("waiting for the first row, {}", elapsed_text(elapsed));
  return fmt::format("{} rows, {} rows/s, {}", with_thousands(rows),
                     with_thousands(rounded_rate(rows, elapsed)), elapsed_text(elapsed));
}

Progress::Progress(bool enabled, std::stop_token cancelled) : cancelled_(std::move(cancelled)) {
  if (enabled) thread_ = std::jthread([this](const std::stop_token& finished) { run(finished); });
}

void Progress::finish() noexcept {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  if (std::exchange(drawn_, false)) write_to_terminal(kEraseLine);
}

void Progress::run(const std::stop_token& finished) {
  std::unique_lock lock(mutex_);
  const auto nobody_wakes = [] { return false; };
  const auto first = start_ + kQuietTime;
  while (!finished.stop_requested() && std::chrono::steady_clock::now() < first &&
         !cancelled_.stop_requested()) {
    wake_.wait_for(lock, finished, kInterval, nobody_wakes);
  }
  while (!finished.stop_requested()) {
    draw();
    wake_.wait_for(lock, finished, kInterval, nobody_wakes);
  }
}

void Progress::draw() {
  const auto elapsed = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start_);
  // A line that wrapped could not be erased, and no terminal worth the name is narrower than this text.
  std::string line(kEraseLine);
  line += progress_text(rows_.load(std::memory_order_relaxed), elapsed, cancelled_.stop_requested());
  write_to_terminal(line);
  drawn_ = true;
}

}  // namespace penstock::cli
