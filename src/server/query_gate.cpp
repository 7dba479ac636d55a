#include "server/query_gate.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "server/log.hpp"

namespace penstock::server {

namespace {

using Clock = Deadline::Clock;
using std::chrono::microseconds;

AuditTime now_of_day() {
  return std::chrono::floor<microseconds>(std::chrono::system_clock::now());
}

/// What tells a principal from all others: its name, and whom of those who share it.
class Who {
 public:
  explicit Who(const Principal& principal) {
    if (principal.subject.empty()) {
      view_ = principal.name;
    } else {
      both_ = principal.name + '\0' + principal.subject;
      view_ = both_;
    }
  }
  Who(const Who&) = delete;
  Who& operator=(const Who&) = delete;
  ~Who() = default;
  [[nodiscard]] std::string_view view() const noexcept { return view_; }

 private:
  std::string both_;
  std::string_view view_;
};

Error error_of(const AdmissionRefusal& refusal) {
  const bool by_rate = refusal.limit == AdmissionRefusal::Limit::requests_per_minute;
  const double seconds = static_cast<double>(refusal.retry_after.count()) / 1'000;
  auto error =
      fail(ErrorCode::overloaded,
           by_rate ? fmt::format("you have had your {} requests of this minute", refusal.allowed)
                   : fmt::format("you have {} queries under way, which is all you may", refusal.allowed),
           by_rate ? fmt::format("Come again in {:.1f} seconds.", seconds)
                   : std::string("Wait for one of them to end, and ask again."))
          .error();
  error.retryable = true;
  error.retry_after = refusal.retry_after;
  return error;
}

}  // namespace

std::string_view to_string(FrontEnd front_end) noexcept {
  switch (front_end) {
    case FrontEnd::rest:
      return "rest";
    case FrontEnd::mcp:
      return "mcp";
    case FrontEnd::stdio:
      break;
  }
  return "stdio";
}

Result<void> QueryGate::request(const Principal& principal, FrontEnd front_end, std::string_view request_id) {
  const auto& per_minute = principal.limits.requests_per_minute;
  if (!per_minute) return {};
  const Who who(principal);
  const auto now = Clock::now();
  std::optional<AdmissionRefusal> refusal;
  {
    const std::scoped_lock lock(mutex_);
    refusal = admission_.request(who.view(), *per_minute, now);
    if (!refusal) return {};
    ++statistics_.by_requests_per_minute;
  }
  if (audit_ != nullptr && refusal->first) {
    audit_->add(AuditQuery{.time = now_of_day(),
                           .request_id = request_id,
                           .principal = principal.name,
                           .subject = principal.subject,
                           .front_end = to_string(front_end),
                           .print = print_of({}),
                           .code = ErrorCode::overloaded},
                AuditWeight::knocking);
  }
  return std::unexpected(error_of(*refusal));
}

Result<QueryPassPtr> QueryGate::query(QueryCall& call) {
  if (audit_ != nullptr) {
    if (auto unlogged = audit_->refuses()) return std::unexpected(std::move(*unlogged));
  }
  const auto& most = call.principal->limits.max_concurrent;
  if (most) {
    const Who who(*call.principal);
    std::optional<AdmissionRefusal> refusal;
    {
      const std::scoped_lock lock(mutex_);
      refusal = admission_.query(who.view(), *most, call.received);
      if (refusal) ++statistics_.by_max_concurrent;
    }
    if (refusal) {
      Error error = error_of(*refusal);
      refused(call, error);
      return std::unexpected(std::move(error));
    }
  }
  if (!most && audit_ == nullptr) return nullptr;
  auto pass = std::make_shared<QueryPass>(shared_from_this(), call, std::move(call.origin), most.has_value());
  call.options.observer = pass;
  return pass;
}

void QueryGate::refused(const QueryCall& call, const Error& error) {
  if (audit_ == nullptr) return;
  QueryPass(shared_from_this(), call, call.origin, false, AuditWeight::knocking).failed(error);
}

void QueryGate::refused(std::string_view request_id, FrontEnd front_end, std::string_view peer,
                        const Error& error) {
  if (audit_ == nullptr) return;
  audit_->add(AuditRefusal{.time = now_of_day(),
                           .request_id = request_id,
                           .front_end = to_string(front_end),
                           .peer = peer,
                           .code = error.code,
                           .reason = error.message},
              AuditWeight::knocking);
}

void QueryGate::query_ended(std::string_view who) noexcept {
  const std::scoped_lock lock(mutex_);
  admission_.query_ended(who);
}

GateStatistics QueryGate::statistics() const {
  const std::scoped_lock lock(mutex_);
  return statistics_;
}

QueryPass::QueryPass(std::shared_ptr<QueryGate> gate, const QueryCall& call, QueryOrigin origin, bool counted,
                     AuditWeight weight)
    : gate_(std::move(gate)),
      principal_(call.principal),
      origin_(std::move(origin)),
      database_(call.database),
      received_(call.received),
      counted_(counted),
      weight_(weight) {
  const AuditLog* audit = gate_->audit();
  if (audit == nullptr) return;
  print_ = print_of(call.sql);
  if (audit->options().statements) statement_ = call.sql;
  if (audit->options().params) params_ = call.params;
}

QueryPass::~QueryPass() {
  QueryEvent lost;
  lost.code = ErrorCode::cancelled;
  end(lost);
}

void QueryPass::query_ended(const QueryEvent& event) noexcept {
  end(event);
}

void QueryPass::failed(const Error& error) noexcept {
  QueryEvent event;
  event.code = error.code;
  event.sqlstate = error.sqlstate;
  end(event);
}

std::optional<Error> QueryPass::withheld() noexcept {
  return gate_->audit() == nullptr ? std::nullopt : gate_->audit()->refuses();
}

void QueryPass::end(const QueryEvent& event) noexcept {
  if (ended_.exchange(true)) return;
  try {
    if (counted_) gate_->query_ended(Who(*principal_).view());
    AuditLog* audit = gate_->audit();
    if (audit == nullptr) return;
    const auto took = std::chrono::duration_cast<microseconds>(Clock::now() - received_);
    audit->add(AuditQuery{.time = now_of_day() - took,
                          .request_id = origin_.request_id,
                          .trace_id = origin_.trace_id,
                          .principal = principal_->name,
                          .subject = principal_->subject,
                          .role = principal_->role,
                          .front_end = to_string(origin_.front_end),
                          .tool = origin_.tool,
                          .database = database_,
                          .datasource = event.datasource.empty() ? datasource_ : event.datasource,
                          .node = event.node,
                          .print = print_,
                          .code = event.code,
                          .sqlstate = event.sqlstate,
                          .rows = event.rows,
                          .bytes = event.bytes,
                          .affected_rows = event.affected_rows,
                          .truncated = event.truncated,
                          .duration = took,
                          .statement = audit->options().statements ? &statement_ : nullptr,
                          .params = audit->options().params ? &params_ : nullptr},
               weight_);
  } catch (const std::exception& thrown) {
    log(LogLevel::error, "audit_threw", {{"what", thrown.what()}});
  }
}

}  // namespace penstock::server
