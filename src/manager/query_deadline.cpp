#include "manager/query_deadline.hpp"

namespace penstock {

Result<Deadline> query_deadline(const QueryOptions& options, const DataSourceConfig& config,
                                Deadline::Clock::time_point from) {
  constexpr auto kZero = std::chrono::milliseconds::zero();
  if (options.timeout && *options.timeout <= kZero) {
    return fail(ErrorCode::invalid_argument, "the timeout must be longer than zero");
  }
  Deadline deadline = Deadline::never();
  if (config.statement_timeout > kZero) deadline = Deadline::after(config.statement_timeout, from);
  if (options.timeout) deadline = deadline.min(Deadline::after(*options.timeout, from));
  return deadline;
}

Deadline acquire_deadline(Deadline deadline, const DataSourceConfig& config,
                          Deadline::Clock::time_point from) noexcept {
  return deadline.min(Deadline::after(config.pool.acquire_timeout, from));
}

}  // namespace penstock
