#include "pool/acquire_error.hpp"

#include <utility>

#include <fmt/format.h>

namespace penstock::pool {
namespace {

std::string span(std::chrono::nanoseconds time) {
  const double seconds = std::chrono::duration<double>(time).count();
  return seconds < 1 ? fmt::format("{:.0f} ms", seconds * 1e3) : fmt::format("{:.1f} s", seconds);
}

std::string numbers(const PoolReport& report) {
  return numbers_text(report.node, report.numbers);
}

std::string last_failure(const PoolReport& report) {
  if (!report.health.last_failure) return {};
  return fmt::format(" The last connect failed {} ago: {}", span(report.now - report.health.failed_at),
                     report.health.last_failure->message);
}

Error make_error(ErrorCode code, std::string message, std::string hint) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.hint = std::move(hint);
  error.retryable = true;
  return error;
}

// The login that failed is the datasource's, not the caller's; and the time that passed was the server's.
ErrorCode code_for_caller(ErrorCode code) {
  return code == ErrorCode::unauthenticated || code == ErrorCode::timeout ? ErrorCode::unavailable : code;
}

Error down_error(const PoolReport& report) {
  if (!report.health.last_failure) {
    return make_error(ErrorCode::unavailable, fmt::format("Datasource {} is unavailable.", report.datasource),
                      {});
  }
  Error error = *report.health.last_failure;
  error.code = code_for_caller(error.code);
  const auto down = report.now - report.health.since;
  const std::string since = down < std::chrono::seconds(1) ? "" : fmt::format(", down for {}", span(down));
  error.message = fmt::format("Datasource {} is unavailable (node {}{}): {}", report.datasource, report.node,
                              since, error.message);
  if (error.hint.empty()) error.hint = "Ask again in a few seconds, when it may be back.";
  error.retryable = true;
  return error;
}

std::string timeout_hint(const PoolStatistics& numbers) {
  if (numbers.leased >= numbers.max_size) {
    return "All connections are busy: retry later, or shorten the queries, or raise max_pool_size.";
  }
  return "Connecting takes longer than the caller waits: check the server, or raise acquire_timeout.";
}

}  // namespace

std::string numbers_text(std::string_view node, const PoolStatistics& numbers) {
  return fmt::format("pool of node {}: total={} of {}, active={}, idle={}, connecting={}, waiting={}", node,
                     numbers.total, numbers.max_size, numbers.leased, numbers.idle, numbers.connecting,
                     numbers.waiting);
}

Error timeout_error(const PoolReport& report, std::chrono::nanoseconds waited) {
  return make_error(ErrorCode::timeout,
                    fmt::format("No connection to datasource {} became free within {} ({}).{}",
                                report.datasource, span(waited), numbers(report), last_failure(report)),
                    timeout_hint(report.numbers));
}

Error cancelled_error(const PoolReport& report) {
  Error error = make_error(
      ErrorCode::cancelled,
      fmt::format("Cancelled while waiting for a connection to datasource {}.", report.datasource), {});
  error.retryable = false;
  return error;
}

Error refusal_error(const PoolReport& report, Refusal why) {
  switch (why) {
    case Refusal::overload:
      return make_error(
          ErrorCode::overloaded,
          fmt::format("Datasource {} is overloaded: max_waiting={} callers wait for a connection "
                      "already ({}).{}",
                      report.datasource, report.max_waiting, numbers(report), last_failure(report)),
          "Retry later, with fewer queries at a time.");
    case Refusal::down:
      return down_error(report);
    case Refusal::closed:
      break;
  }
  Error error =
      make_error(ErrorCode::unavailable, fmt::format("Datasource {} was closed.", report.datasource), {});
  error.retryable = false;
  return error;
}

}  // namespace penstock::pool
