// What a session begins with, and what it is brought back to.
#include <array>

#include "datasources/mysql/connection.hpp"
#include "datasources/mysql/errors.hpp"

namespace penstock::mysql {

namespace {

constexpr std::string_view kSqlMode = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

std::string_view read_only_variable(const Session& session) {
  return session.is_mariadb() ? "tx_read_only" : "transaction_read_only";
}

// What the analysis of statements relies on, and what values are read by. Clients that read slowly are waited
// for by us, so the server must not hang up on them for it.
std::string pins(const Session& session) {
  std::string text = "SET SESSION sql_mode='" + std::string(kSqlMode) +
                     "',SESSION character_set_client=utf8mb4,SESSION character_set_connection=utf8mb4,"
                     "SESSION character_set_results=utf8mb4,SESSION time_zone='+00:00',SESSION autocommit=1,"
                     "SESSION sql_auto_is_null=0,SESSION net_write_timeout=3600";
  // DDL ends a READ ONLY transaction and runs in the next one, which this makes read-only too. What may write
  // says so itself.
  return text + ",SESSION " + std::string(read_only_variable(session)) + "=1";
}

std::string asked_pins(const Session& session) {
  return "SELECT @@sql_mode,@@character_set_client,@@character_set_connection,@@character_set_results,"
         "@@time_zone,@@autocommit,@@" +
         std::string(read_only_variable(session));
}

std::unexpected<Error> not_pinned(std::string_view words) {
  Error error;
  error.code = ErrorCode::unavailable;
  error.message = "the server does not let a session have the settings that Penstock relies on";
  error.server_message = words;
  return std::unexpected(std::move(error));
}

}  // namespace

Result<void> MysqlConnection::set_up(Deadline deadline) {
  const Run run(*session_, {});
  session_->request().query(pins(*session_));
  session_->request().query(asked_pins(*session_));
  auto set = session_->finish_command(deadline);
  if (!set) return session_->broken() ? pass_error(set) : not_pinned(set.error().server_message);
  auto rows = session_->finish_query(deadline);
  if (!rows) return pass_error(rows);
  const std::array<std::string_view, 7> wanted{kSqlMode, "utf8mb4", "utf8mb4", "utf8mb4", "+00:00", "1", "1"};
  if (rows->size() != 1 || rows->front().size() != wanted.size()) return not_pinned("no settings");
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (rows->front()[i] != wanted[i]) return not_pinned(rows->front()[i].value_or("NULL"));
  }
  return {};
}

// Temporary tables, variables, locks, prepared statements: all go.
void MysqlConnection::request_clear() {
  statements_.clear();
  time_limit_.reset();
  used_database_.clear();
  session_->request().reset_connection();
  session_->request().query(pins(*session_));
}

// A trigger or a default may run anything, so the session is cleared behind each write.
void MysqlConnection::request_writing() {
  unclean_ = true;
  session_->request().query("SET SESSION " + std::string(read_only_variable(*session_)) + "=0");
}

Result<void> MysqlConnection::finish_clear(Deadline deadline) {
  auto reset = session_->finish_command(deadline);
  if (!reset) return pass_error(reset);
  auto set = session_->finish_command(deadline);
  if (!set) return pass_error(set);
  unclean_ = false;
  return {};
}

// A session that cannot be cleared is not used again.
void MysqlConnection::end_clear(Deadline deadline) noexcept {
  const Deadline patience = deadline.min(Deadline::after(kRecoveryTime));
  session_->end_run();
  if (!finish_clear(patience)) kill_and_close();
}

}  // namespace penstock::mysql
