// An array of messages and the array of their answers (2025-03-26).
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "protocol/mcp/outlet.hpp"

namespace penstock::protocol::mcp {

/// Gathers the answers; sends them when the last is there.
class BatchAnswer {
 public:
  BatchAnswer(std::shared_ptr<Outlet> outlet, std::size_t messages)
      : outlet_(std::move(outlet)), left_(messages) {}

  [[nodiscard]] Outlet& outlet() noexcept { return *outlet_; }
  void add(const std::string& message);

 private:
  std::shared_ptr<Outlet> outlet_;
  std::mutex mutex_;
  std::size_t left_;
  std::string answers_;
};

class BatchOutlet final : public Outlet {
 public:
  explicit BatchOutlet(std::shared_ptr<BatchAnswer> gathered) : gathered_(std::move(gathered)) {}

  void send(std::string message, bool droppable) override {
    gathered_->outlet().send(std::move(message), droppable);
  }
  void answer(std::string message, int /*http_status*/) override { gathered_->add(message); }

 private:
  std::shared_ptr<BatchAnswer> gathered_;
};

}  // namespace penstock::protocol::mcp
