// Where queries of the server run: threads beside the event loops, as many as are of use.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "penstock/manager.hpp"

#include "server/identity/principal.hpp"

namespace penstock::server {

/// How a query came in, for the audit log.
enum class FrontEnd : std::uint8_t { rest, mcp, stdio };
[[nodiscard]] std::string_view to_string(FrontEnd front_end) noexcept;
struct QueryOrigin {
  FrontEnd front_end = FrontEnd::rest;
  std::string request_id;
  std::string trace_id;  ///< of W3C Trace Context; empty: there is none
  std::string tool;      ///< of MCP; empty elsewhere
};

/// A query as a front end asks it. `options.timeout` counts from `received`, so that waiting here counts too.
struct QueryCall {
  std::string database;
  std::string sql;
  Params params;
  QueryOptions options;
  PrincipalPtr principal = Principal::anonymous();  ///< who asks; its grant wins over that of `options`
  QueryOrigin origin = {};
  Deadline::Clock::time_point received = Deadline::Clock::now();
};

/// Thread-safe. What is handed in is called exactly once, on a thread that may block for a query and must not
/// for a client; also after stop(), with `unavailable`.
class Executor {
 public:
  /// Called with the running query, or why there is none. The stream lives as long as it is kept, and each
  /// next() may block: pull it on a thread of the executor alone.
  using Answered = std::move_only_function<void(Result<ResultStream>)>;

  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  virtual void query(QueryCall&& call, Answered answered) = 0;
  /// A front end refuses a query by itself, and answers it: for the audit log.
  virtual void refused(const QueryCall& /*call*/, const Error& /*error*/) {}
  /// Anything else that may block: a schema, a sign of life. So much of it runs at a time; the rest waits.
  virtual void post(std::move_only_function<void()> work) = 0;
  /// The rest of a stream. Waits for nothing else: its connection bounds how much of this there is.
  virtual void resume(std::move_only_function<void()> work) { post(std::move(work)); }
  /// The same at a time, some milliseconds late. What is left when the executor goes is dropped.
  virtual void resume_at(Deadline::Clock::time_point time, std::move_only_function<void()> work) = 0;
};

}  // namespace penstock::server
