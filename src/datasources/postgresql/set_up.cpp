// What a session is set to before its first statement, and again after one that may have left something in
// it.
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "datasources/postgresql/connection.hpp"
#include "datasources/postgresql/login_audit.hpp"
#include "datasources/postgresql/own_statements.hpp"

namespace penstock::postgresql {

namespace {

struct Pin {
  const char* name;
  const char* value;
};
// What analyser and server would otherwise read differently, and what decides how values are written.
constexpr std::array kPins{
    Pin{"search_path", "pg_catalog, pg_temp"},
    Pin{"standard_conforming_strings", "on"},
    Pin{"backslash_quote", "safe_encoding"},
    Pin{"transform_null_equals", "off"},
    Pin{"array_nulls", "on"},
    Pin{"client_encoding", "UTF8"},
    Pin{"row_security", "on"},
    Pin{"datestyle", "ISO"},
    Pin{"intervalstyle", "postgres"},
    Pin{"bytea_output", "hex"},
    Pin{"xmlbinary", "base64"},
};

std::string set_up_query(bool read_only, bool role) {
  std::string sql =
      "SELECT pg_catalog.round(extract(epoch FROM pg_catalog.current_setting('statement_timeout')"
      "::pg_catalog.interval) * 1000)::pg_catalog.int8, "
      "pg_catalog.scale(1::pg_catalog.money::pg_catalog.numeric)";
  if (role) sql += ", pg_catalog.set_config('role', $1, false)";
  sql += std::string(", pg_catalog.set_config('default_transaction_read_only', '") +
         (read_only ? "on" : "off") + "', false)";
  for (const Pin& pin : kPins) {
    sql.append(", pg_catalog.set_config('")
        .append(pin.name)
        .append("', '")
        .append(pin.value)
        .append("', false)");
  }
  return sql;
}

std::int64_t number_of(const std::optional<std::string>& text) {
  std::int64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

// What DISCARD ALL does, but for dropping the prepared statements.
constexpr std::array kClearing{"CLOSE ALL",
                               "RESET SESSION AUTHORIZATION",
                               "RESET ALL",
                               "UNLISTEN *",
                               "SELECT pg_catalog.pg_advisory_unlock_all()",
                               "DISCARD TEMP",
                               "DISCARD SEQUENCES"};
// How many prepared statements are not ours, and how many of our own are there. Code at the server can
// prepare statements by PREPARE alone, in the place of ours too; ours come by the protocol.
std::string count_statements_query() {
  std::string sql =
      "SELECT pg_catalog.count(*) FILTER (WHERE from_sql), pg_catalog.count(*) FILTER (WHERE name "
      "OPERATOR(pg_catalog.=) ANY ('{";
  for (const OwnStatement& own : kOwnStatements)
    sql.append(&own == kOwnStatements.data() ? "" : ",").append(own.name);
  return sql + "}'::pg_catalog.text[])) FROM pg_catalog.pg_prepared_statements";
}

}  // namespace

// Pins settings, learns what the server decides, and prepares the statements around every query: one round
// trip.
Result<void> PostgresConnection::set_up(Deadline deadline) {
  in_force_.reset();
  Request& request = session_->request();
  const Options& options = shared_->options;
  const bool role = !options.role.empty();
  request_pins();
  if (auto asked = request_audit(); !asked) return asked;
  for (const OwnStatement& own : kOwnStatements) {
    request.close(own.name);
    request.parse(own.name, own.sql);
  }
  request.sync();
  auto rows = session_->finish_query(deadline);
  auto audited = rows ? finish_audit(deadline) : Result<void>{};
  if (!audited) {
    session_->mark_broken();
    return audited;
  }
  if (rows) {
    if (auto drained = session_->drain(deadline); !drained) rows = pass_error(drained);
  }
  if (!rows) {
    session_->mark_broken();
    if (rows.error().sqlstate == "22023" && role) {
      return fail(ErrorCode::not_found,
                  "the server has no role '" + options.role + "' that the user may become");
    }
    return pass_error(rows);
  }
  return note_pins(*rows);
}

// Where queries run under roles of their own, nobody is what the server made of who connected.
std::string PostgresConnection::session_role() const {
  const Options& options = shared_->options;
  return options.config.roles.empty() ? options.role : "none";
}

void PostgresConnection::request_pins() {
  const std::string role = session_role();
  const bool read_only = shared_->options.config.access == Access::read_only;
  session_->request().query(set_up_query(read_only, !role.empty()),
                            role.empty() ? TextParameters{} : TextParameters{role});
}

Result<void> PostgresConnection::request_audit() {
  if (shared_->options.config.roles.empty()) return {};
  auto parameters = login_audit_parameters(shared_->options);
  if (!parameters) return pass_error(parameters);
  session_->request().query(login_audit_sql(), *parameters);
  return {};
}

Result<void> PostgresConnection::finish_audit(Deadline deadline) {
  if (shared_->options.config.roles.empty()) return {};
  auto rows = session_->finish_query(deadline);
  return rows ? judge_login(*rows, shared_->options) : pass_error(rows);
}

Result<void> PostgresConnection::note_pins(const TextRows& rows) {
  const std::size_t first_pin = session_role().empty() ? 3 : 4;
  if (rows.size() != 1 || rows.front().size() != first_pin + kPins.size()) {
    return session_->protocol_error("another number of settings than were set");
  }
  const auto& row = rows.front();
  for (std::size_t i = 0; i < kPins.size(); ++i) {
    const auto& value = row[first_pin + i];
    if (!value || !value->starts_with(kPins[i].value)) {  // "ISO, MDY"
      return session_->protocol_error(std::string("the setting ") + kPins[i].name +
                                      " is not what it was set to");
    }
  }
  server_statement_timeout_ = number_of(row[0]);
  types_.set_money_scale(static_cast<int>(number_of(row[1])));
  return {};
}

// Asks for the session to be cleared, behind whatever is under way; finish_clear() reads the answers. Each
// statement is sent as text, as one that is prepared might have been replaced.
void PostgresConnection::request_clear() {
  Request& request = session_->request();
  for (const char* const sql : kClearing)
    request.query(sql);
  static const std::string kCountStatements = count_statements_query();
  request.query(kCountStatements);
  request_pins();
  request.sync();
}

Result<void> PostgresConnection::finish_clear(Deadline deadline) {
  for (std::size_t i = 0; i < kClearing.size(); ++i) {
    if (auto done = session_->finish_command(deadline); !done) return pass_error(done);
  }
  auto counts = session_->finish_query(deadline);
  if (!counts) return pass_error(counts);
  auto pins = session_->finish_query(deadline);
  if (!pins) return pass_error(pins);
  if (auto drained = session_->drain(deadline); !drained) return drained;
  if (auto noted = note_pins(*pins); !noted) return noted;
  const TextRows all_ours{{"0", std::to_string(kOwnStatements.size())}};
  if (*counts != all_ours)
    return fail(ErrorCode::internal, "the session's prepared statements are not the driver's");
  unclean_ = false;
  return {};
}

// After a statement that may have reached code of the database's users: whatever that left goes.
void PostgresConnection::clear_state(Deadline deadline) noexcept {
  request_clear();
  end_clear(deadline);
}

// The prepared statements go too where not all of them are ours, or anything else is not as it should be.
void PostgresConnection::end_clear(Deadline deadline) noexcept {
  const Deadline until = deadline.min(Deadline::after(kRecoveryTime));
  in_force_.reset();
  if (finish_clear(until) || session_->broken()) return;
  if (!session_->drain(until)) return cancel_and_close();
  statements_.clear();
  Request& request = session_->request();
  request.query("DISCARD ALL");
  request.sync();
  const auto discarded = session_->finish_command(until);
  if (!discarded || !session_->drain(until) || !set_up(until)) return cancel_and_close();
  unclean_ = false;
}

}  // namespace penstock::postgresql
