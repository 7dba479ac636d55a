// Two reasons to stop as one token.
#pragma once

#include <stop_token>
#include <utility>

namespace penstock {

/// Its token is asked to stop as soon as either of two is, and for as long as this object lives.
class EitherStop {
 public:
  EitherStop(std::stop_token one, std::stop_token other)
      : one_(std::move(one), Pass{&source_}), other_(std::move(other), Pass{&source_}) {}
  EitherStop(const EitherStop&) = delete;
  EitherStop& operator=(const EitherStop&) = delete;
  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

 private:
  struct Pass {
    std::stop_source* to;
    void operator()() const noexcept { to->request_stop(); }
  };
  std::stop_source source_;
  std::stop_callback<Pass> one_;
  std::stop_callback<Pass> other_;
};

}  // namespace penstock
