#include "server/audit/audit_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/statement_fingerprint.hpp"
#include "protocol/json_text.hpp"
#include "server/sha256.hpp"

namespace penstock::server {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBeginning = R"({"time":")";

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, std::numeric_limits<Number>::digits10 + 3> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_digits(std::string& out, std::int64_t number, int width) {
  std::array<char, 20> digits{};
  for (int at = width; at > 0; --at, number /= 10)
    digits[static_cast<std::size_t>(at - 1)] = static_cast<char>('0' + number % 10);
  out.append(digits.data(), static_cast<std::size_t>(width));
}

void append_seconds(std::string& out, std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  append_digits(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_digits(out, clock.hours().count(), 2);
  out += ':';
  append_digits(out, clock.minutes().count(), 2);
  out += ':';
  append_digits(out, clock.seconds().count(), 2);
}

/// The members of an object, one after the other.
class Members {
 public:
  /// Such as come after others.
  explicit Members(std::string& out) : out_(out) {}
  Members(std::string& out, AuditTime time, std::string_view event) : out_(out) {
    out_ += kBeginning;
    append_time(out_, time);
    out_ += R"(","event":")";
    out_ += event;
    out_ += '"';
  }
  Members& text(std::string_view key, std::string_view value) {
    begin(key);
    protocol::append_json_string(out_, value);
    return *this;
  }
  Members& text_if_any(std::string_view key, std::string_view value) {
    return value.empty() ? *this : text(key, value);
  }
  template <typename Number>
  Members& number(std::string_view key, Number value) {
    begin(key);
    append_number(out_, value);
    return *this;
  }
  Members& flag(std::string_view key, bool value) {
    begin(key);
    out_ += value ? "true" : "false";
    return *this;
  }
  Members& time(std::string_view key, AuditTime value) {
    begin(key);
    out_ += '"';
    append_time(out_, value);
    out_ += '"';
    return *this;
  }
  Members& verdict(std::optional<ErrorCode> code, std::string_view sqlstate = {}) {
    if (!code) return written(R"(,"verdict":"allowed")");
    text("verdict", to_string(verdict_of(code)));
    return text("code", to_string(*code)).text_if_any("sqlstate", sqlstate);
  }
  Members& print(const StatementPrint& print) {
    std::array<unsigned char, sizeof(print.fingerprint)> fingerprint{};
    for (std::size_t i = 0; i < fingerprint.size(); ++i)
      fingerprint[i] = static_cast<unsigned char>(print.fingerprint >> (8 * (fingerprint.size() - 1 - i)));
    return hexadecimal("fingerprint", fingerprint).hexadecimal("sha256", print.sha256);
  }
  template <std::size_t kBytes>
  Members& hexadecimal(std::string_view key, const std::array<unsigned char, kBytes>& bytes) {
    std::array<char, 2 * kBytes> digits{};
    for (std::size_t i = 0; i < kBytes; ++i) {
      digits[2 * i] = kHexDigits[bytes[i] >> 4];
      digits[2 * i + 1] = kHexDigits[bytes[i] & 0xF];
    }
    begin(key);
    out_ += '"';
    out_.append(digits.data(), digits.size());
    out_ += '"';
    return *this;
  }
  void params(const Params& params);
  /// Members as they were written before, with the comma before them.
  Members& written(std::string_view members) {
    out_ += members;
    return *this;
  }
  void end() { out_ += "}\n"; }

 private:
  void begin(std::string_view key) {
    out_ += ",\"";
    out_ += key;
    out_ += "\":";
  }
  void value(const Value& value);

  std::string& out_;
};

void Members::value(const Value& value) {
  std::visit(
      [&](const auto& held) {
        using Held = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          out_ += "null";
        } else if constexpr (std::is_same_v<Held, bool>) {
          out_ += held ? "true" : "false";
        } else if constexpr (std::is_integral_v<Held>) {
          append_number(out_, held);
        } else if constexpr (std::is_floating_point_v<Held>) {
          protocol::append_json_number(out_, static_cast<double>(held));
        } else if constexpr (std::is_same_v<Held, std::string>) {
          protocol::append_json_string(out_, held);
        } else if constexpr (std::is_same_v<Held, Value::List>) {
          out_ += '[';
          for (const Value& one : held) {
            if (&one != held.data()) out_ += ',';
            this->value(one);
          }
          out_ += ']';
        } else {
          protocol::append_json_string(out_, value.to_text());
        }
      },
      value.storage());
}

void Members::params(const Params& params) {
  begin("params");
  out_ += params.is_named() ? '{' : '[';
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (i > 0) out_ += ',';
    if (params.is_named()) {
      protocol::append_json_string(out_, params.names()[i]);
      out_ += ':';
    }
    value(params[i]);
  }
  out_ += params.is_named() ? '}' : ']';
}

// The memos below are each thread's own. Their entries are on the heap, as a thread has the whole of its
// thread-local variables in memory though it never uses one.
constexpr std::size_t kMemoEntries = 64;

/// The prints of texts that come again and again: to look one up takes a fraction of what it takes to make
/// it.
class PrintMemo {
 public:
  [[nodiscard]] StatementPrint print_of(std::string_view sql) {
    Entry& entry = entries_[std::hash<std::string_view>()(sql) % kMemoEntries];
    if (!sql.empty() && entry.sql == sql) return entry.print;
    const StatementPrint print{.fingerprint = statement_fingerprint(sql), .sha256 = sha256(sql)};
    if (sql.size() <= kLongest) {
      entry.sql = sql;
      entry.print = print;
    }
    return print;
  }

 private:
  static constexpr std::size_t kLongest = 4'096;
  struct Entry {
    std::string sql;
    StatementPrint print;
  };
  std::vector<Entry> entries_ = std::vector<Entry>(kMemoEntries);
};

/// Who asked what, where and how: the members that the lines of an agent have in common.
class CommonMembers {
 public:
  /// As they are written. The view lives until the next call.
  [[nodiscard]] std::string_view of(const AuditQuery& query) {
    const Texts texts{query.principal, query.subject,  query.role,       query.front_end,
                      query.tool,      query.database, query.datasource, query.node};
    Entry& entry =
        entries_[(query.print.fingerprint ^ std::hash<std::string_view>()(query.principal)) % kMemoEntries];
    if (!entry.written.empty() && entry.print == query.print && std::ranges::equal(entry.texts, texts))
      return entry.written;
    entry.written.clear();
    Members(entry.written)
        .text("principal", query.principal)
        .text_if_any("subject", query.subject)
        .text_if_any("role", query.role)
        .text("front_end", query.front_end)
        .text_if_any("tool", query.tool)
        .text("database", query.database)
        .text("datasource", query.datasource)
        .text("node", query.node)
        .print(query.print);
    std::ranges::copy(texts, entry.texts.begin());
    entry.print = query.print;
    return entry.written;
  }

 private:
  using Texts = std::array<std::string_view, 8>;
  struct Entry {
    std::array<std::string, std::tuple_size_v<Texts>> texts;
    StatementPrint print;
    std::string written;  // empty: nothing was yet
  };
  std::vector<Entry> entries_ = std::vector<Entry>(kMemoEntries);
};

}  // namespace

std::string_view to_string(AuditVerdict verdict) noexcept {
  switch (verdict) {
    case AuditVerdict::allowed:
      return "allowed";
    case AuditVerdict::refused:
      return "refused";
    case AuditVerdict::failed:
      return "failed";
    case AuditVerdict::cancelled:
      break;
  }
  return "cancelled";
}

AuditVerdict verdict_of(std::optional<ErrorCode> code) noexcept {
  if (!code) return AuditVerdict::allowed;
  switch (*code) {
    case ErrorCode::unauthenticated:
    case ErrorCode::forbidden:
    case ErrorCode::read_only:
    case ErrorCode::cross_datasource:
    case ErrorCode::overloaded:
      return AuditVerdict::refused;
    case ErrorCode::cancelled:
      return AuditVerdict::cancelled;
    default:
      return AuditVerdict::failed;
  }
}

StatementPrint print_of(std::string_view sql) {
  thread_local PrintMemo memo;
  return memo.print_of(sql);
}

void append_line(std::string& out, const AuditQuery& query) {
  thread_local CommonMembers common;
  Members members(out, query.time, "query");
  members.text_if_any("request_id", query.request_id)
      .text_if_any("trace_id", query.trace_id)
      .written(common.of(query))
      .verdict(query.code, query.sqlstate)
      .number("rows", query.rows)
      .number("bytes", query.bytes);
  if (query.affected_rows) members.number("affected_rows", *query.affected_rows);
  if (query.truncated) members.flag("truncated", true);
  members.number("duration_us", query.duration.count());
  if (query.statement != nullptr) members.text("statement", *query.statement);
  if (query.params != nullptr && !query.params->empty()) members.params(*query.params);
  members.end();
}

void append_line(std::string& out, const AuditRefusal& refusal) {
  Members(out, refusal.time, "authentication")
      .text_if_any("request_id", refusal.request_id)
      .text("front_end", refusal.front_end)
      .text_if_any("peer", refusal.peer)
      .verdict(refusal.code)
      .text("reason", refusal.reason)
      .end();
}

void append_line(std::string& out, const AuditNotice& notice) {
  Members members(out, notice.time, notice.event);
  if (notice.records > 0) members.number("records", notice.records);
  if (notice.since) members.time("since", *notice.since);
  members.text_if_any("torn", notice.torn);
  members.end();
}

void append_time(std::string& out, AuditTime time) {
  using std::chrono::sys_seconds;
  thread_local sys_seconds last = sys_seconds::min();
  thread_local std::string text;  // up to the seconds, of which many times share one
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != last) {
    text.clear();
    append_seconds(text, second);
    last = second;
  }
  out += text;
  out += '.';
  append_digits(out, (time - second).count(), 6);
  out += 'Z';
}

std::optional<AuditTime> time_of_line(std::string_view line) noexcept {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000Z";
  if (!line.starts_with(kBeginning)) return std::nullopt;
  line.remove_prefix(kBeginning.size());
  if (line.size() < kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool is_digit = line[i] >= '0' && line[i] <= '9';
    if (kForm[i] == '0' ? !is_digit : line[i] != kForm[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t from, std::size_t digits) {
    int value = 0;
    for (const char c : line.substr(from, digits))
      value = value * 10 + (c - '0');
    return value;
  };
  const std::chrono::year_month_day date(std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(number(11, 2)) +
         std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2)) +
         std::chrono::microseconds(number(20, 6));
}

}  // namespace penstock::server
