#include "protocol/mcp/batch.hpp"

namespace penstock::protocol::mcp {

void BatchAnswer::add(const std::string& message) {
  std::string whole;
  {
    const std::scoped_lock lock(mutex_);
    if (!message.empty()) {
      answers_ += answers_.empty() ? '[' : ',';
      answers_ += message;
    }
    if (--left_ > 0) return;
    whole = std::move(answers_);
  }
  if (!whole.empty()) whole += ']';
  const int status = whole.empty() ? 202 : 200;
  outlet_->answer(std::move(whole), status);
}

}  // namespace penstock::protocol::mcp
