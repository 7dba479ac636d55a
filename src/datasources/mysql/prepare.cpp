// Preparing statements, and finding out whether they read views.
#include "datasources/mysql/analysis.hpp"
#include "datasources/mysql/connection.hpp"
#include "datasources/mysql/errors.hpp"
#include "datasources/mysql/shapes.hpp"

namespace penstock::mysql {

namespace {

// For how long a statement may be taken not to read a view after it was looked at.
constexpr std::chrono::seconds kTrust{60};

// How many of the relations that a statement names are anything but tables, and, where it tells how they are
// defined, how many lie on other servers; empty: it names none. What it tells is asked of its text: MySQL
// knows the columns of SHOW CREATE only once it has run.
std::string relations_query(const Execution& execution, std::string_view own) {
  std::string names;
  for (const CatalogName& name : execution.analysis.names) {
    if (name.kind != CatalogName::Kind::relation) continue;
    names += (names.empty() ? "(" : ",(") +
             quote_text(name.schema.empty() ? own : std::string_view(name.schema)) + "," +
             quote_text(name.name) + ")";
  }
  if (names.empty()) return {};
  const std::string far =
      shows_definition(execution.sql) ? "COUNT(ENGINE IN " + std::string(kFarEngines) + " OR NULL)" : "0";
  return "SELECT COUNT(TABLE_TYPE<>'BASE TABLE' OR NULL)," + far +
         " FROM information_schema.TABLES WHERE (TABLE_SCHEMA,TABLE_NAME) IN (" + names + ")";
}

}  // namespace

Result<void> check_parameters(const PreparedStatement& statement, const Params& params) {
  if (params.size() == statement.parameters) return {};
  const auto counted = [](std::size_t count) {
    return count == 1 ? std::string("1 value") : std::to_string(count) + " values";
  };
  return fail(ErrorCode::invalid_argument, "the statement has " + std::to_string(statement.parameters) +
                                               (statement.parameters == 1 ? " parameter" : " parameters") +
                                               " (`?`), and " + counted(params.size()) + " came");
}

// The one in the cache, or a new one.
Result<PreparedStatementPtr> MysqlConnection::known_statement(const Execution& execution) {
  PreparedStatementPtr known = statements_.find(execution.database, execution.sql);
  if (known == nullptr || Deadline::Clock::now() - known->looked_at >= kTrust) {
    if (known != nullptr) statements_.erase(execution.database, execution.sql);
    auto prepared = prepare(execution);
    if (!prepared) return prepared;
    known = std::move(*prepared);
  }
  if (!known->shows_far_table) return known;
  return fail(ErrorCode::forbidden,
              "this table lies on another server, and its definition may hold the password for it",
              "SHOW COLUMNS and SHOW INDEX are open for it.");
}

Result<PreparedStatementPtr> MysqlConnection::prepare(const Execution& execution) {
  const std::string& database = *shared_->options->physical(execution.database);
  const Deadline deadline = with_grace(execution.deadline);
  Request& request = session_->request();
  for (const std::uint32_t dropped : statements_.take_dropped())
    request.close_statement(dropped);
  // A server refuses to prepare what it would refuse to run.
  const bool writes = execution.access == Access::read_write && execution.analysis.may_write;
  if (writes) request_writing();
  const bool changes_database = used_database_ != database;
  if (changes_database) request.use_database(database);
  request.prepare(execution.sql);
  const std::string relations = relations_query(execution, database);
  if (!relations.empty()) request.query(relations);
  const auto give_up = [&](Error error) {
    return std::unexpected(failed(std::move(error), execution.deadline));
  };

  if (writes) {
    if (auto may = session_->finish_command(deadline); !may) return give_up(std::move(may.error()));
  }
  if (changes_database) {
    used_database_.clear();
    auto used = session_->finish_command(deadline);
    if (!used) return give_up(std::move(used.error()));
    used_database_ = database;
  }
  auto statement = std::make_shared<PreparedStatement>();
  auto prepared = read_prepared(*session_, *statement, deadline);
  if (!prepared) return give_up(std::move(prepared.error()));
  statement->looked_at = Deadline::Clock::now();
  if (!relations.empty()) {
    auto rows = session_->finish_query(deadline);
    if (!rows) return give_up(std::move(rows.error()));
    const bool counted = rows->size() == 1 && rows->front().size() == 2;
    statement->reads_views = !counted || rows->front()[0] != "0";
    statement->shows_far_table = !counted || rows->front()[1] != "0";
  }
  statements_.insert(execution.database, execution.sql, statement);
  return PreparedStatementPtr(statement);
}

}  // namespace penstock::mysql
