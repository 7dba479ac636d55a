// What the audit log holds: one JSON object a line. docs/audit.md is for who reads it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/error.hpp"
#include "penstock/query.hpp"

#include "server/sha256.hpp"

namespace penstock::server {

using AuditTime = std::chrono::sys_time<std::chrono::microseconds>;

/// How a query, or the attempt to make oneself known, came out.
enum class AuditVerdict : std::uint8_t {
  allowed,    ///< it ran, and was answered to its end
  refused,    ///< by a rule or a limit: it may not, or may not now
  failed,     ///< it may, and something broke or was wrong
  cancelled,  ///< its caller lost interest
};
[[nodiscard]] std::string_view to_string(AuditVerdict verdict) noexcept;
[[nodiscard]] AuditVerdict verdict_of(std::optional<ErrorCode> code) noexcept;

/// A statement as it is named where its text is not to be seen.
struct StatementPrint {
  std::uint64_t fingerprint = 0;  ///< see statement_fingerprint()
  Sha256 sha256{};                ///< of the text as it was sent
  bool operator==(const StatementPrint&) const = default;
};
[[nodiscard]] StatementPrint print_of(std::string_view sql);

/// One query that is over. Empty texts are left out, except that `principal`, `database`, `datasource` and
/// `node` are always there. The views live for the call.
struct AuditQuery {
  AuditTime time;  ///< when it came
  std::string_view request_id;
  std::string_view trace_id;
  std::string_view principal;
  std::string_view subject;
  std::string_view role;  ///< of the database
  std::string_view front_end;
  std::string_view tool;
  std::string_view database;
  std::string_view datasource;
  std::string_view node;
  StatementPrint print;
  std::optional<ErrorCode> code;  ///< of a failure
  std::string_view sqlstate;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;  ///< of the values handed out
  std::optional<std::int64_t> affected_rows;
  bool truncated = false;
  std::chrono::microseconds duration{0};
  const std::string* statement = nullptr;  ///< null: not to be written
  const Params* params = nullptr;          ///< null: not to be written
};

/// Somebody who did not say who he is, or not well.
struct AuditRefusal {
  AuditTime time;
  std::string_view request_id;
  std::string_view front_end;
  std::string_view peer;  ///< the address it came from
  ErrorCode code = ErrorCode::unauthenticated;
  std::string_view reason;
};

/// What a log says of itself.
struct AuditNotice {
  AuditTime time;
  std::string_view event;          ///< "records_lost", "line_torn"
  std::uint64_t records = 0;       ///< how many it is about
  std::optional<AuditTime> since;  ///< the first of them
  std::string_view torn;           ///< what was there of a line that never came to its end
};

/// Appends the line, with its end.
void append_line(std::string& out, const AuditQuery& query);
void append_line(std::string& out, const AuditRefusal& refusal);
void append_line(std::string& out, const AuditNotice& notice);

/// RFC 3339 in UTC with six digits of a second: "2026-01-31T23:59:59.123456Z".
void append_time(std::string& out, AuditTime time);
/// The time that a line begins with; nothing when it is none of ours.
[[nodiscard]] std::optional<AuditTime> time_of_line(std::string_view line) noexcept;

}  // namespace penstock::server
