#include "server/query_progress.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace penstock::server {

std::shared_ptr<QueryProgress> QueryProgress::begin(std::shared_ptr<protocol::mcp::ToolCall> call,
                                                    Executor& executor) {
  if (call->progress_token().empty()) return nullptr;
  std::shared_ptr<QueryProgress> progress(new QueryProgress(std::move(call), executor));
  progress->wait();
  return progress;
}

void QueryProgress::wait() {
  executor_.resume_at(Clock::now() + kEvery, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->tick();
  });
}

void QueryProgress::tick() {
  if (call_->answered()) return;
  {
    const std::scoped_lock lock(mutex_);
    ++ticks_;
    tell(Clock::now());
  }
  wait();
}

void QueryProgress::rows_read(std::int64_t rows) {
  const std::scoped_lock lock(mutex_);
  if (rows > rows_) ticks_ = 0;
  rows_ = rows;
  const auto now = Clock::now();
  if (told_rows_ == 0 || now - told_ >= kEvery) tell(now);
}

void QueryProgress::tell(Clock::time_point now) {
  told_ = now;
  told_rows_ = rows_;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - began_).count();
  const std::string message =
      rows_ == 0 ? fmt::format("running for {} s, no rows yet", seconds) : fmt::format("{} rows read", rows_);
  // 0, 1/2, 2/3, 3/4, ...: below one, so that the next row is more.
  const double part = static_cast<double>(ticks_) / (ticks_ + 1);
  call_->progress(static_cast<double>(rows_) + part, std::nullopt, message);
}

}  // namespace penstock::server
