#include "datasources/postgresql/connection.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "datasources/postgresql/errors.hpp"
#include "datasources/postgresql/own_statements.hpp"
#include "datasources/postgresql/parameters.hpp"
#include "datasources/postgresql/reader.hpp"
#include "datasources/postgresql/stop_session.hpp"
#include "datasources/postgresql/write.hpp"

namespace penstock::postgresql {

namespace {

using std::chrono::milliseconds;

// For the server to say that it stopped, which keeps the session; without a word it is cancelled and closed.
constexpr milliseconds kGrace{100};
// Most results that are dropped have all but ended.
constexpr milliseconds kDrainTime{5};

}  // namespace

bool is_stale(const Error& error) noexcept {
  return error.sqlstate == "0A000" || error.sqlstate == "26000";
}

bool StatementSettings::serves(const StatementSettings& wanted) const noexcept {
  // A server that stops a bit late does no harm: the deadline is watched here too, at the cost of the
  // session.
  const bool in_time =
      wanted.timeout == 0 ? timeout == 0 : timeout >= wanted.timeout && timeout <= wanted.timeout * 9 / 8;
  return in_time && search_path == wanted.search_path;
}

Deadline with_grace(Deadline deadline) noexcept {
  return deadline.is_never() ? deadline : Deadline::at(deadline.time() + kGrace);
}

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::shared_ptr<Shared>& shared,
                                                                     Deadline deadline) {
  const std::vector<Keywords>& places = shared->options.places;
  std::optional<Error> first;
  for (std::size_t i = 0; i < places.size(); ++i) {
    // A host that never answers must leave the others their time.
    const auto share = deadline.remaining() / static_cast<std::int64_t>(places.size() - i);
    const Deadline until = deadline.is_never() ? deadline : deadline.min(Deadline::after(share));
    auto place = shared->resolver.resolve(places[i], until);
    Result<std::unique_ptr<Session>> session = nullptr;
    if (place) {
      session = Session::open(*place, until);
    } else {
      session = pass_error(place);
    }
    if (session) {
      std::unique_ptr<PostgresConnection> connection(new PostgresConnection(shared, std::move(*session)));
      if (auto ready = connection->set_up(deadline); !ready) return pass_error(ready);
      return connection;
    }
    if (!first) first = std::move(session.error());
  }
  return std::unexpected(std::move(*first));
}

bool PostgresConnection::broken() const noexcept {
  return session_->broken() || session_->hung_up();
}

// What every query of a database needs whose time limit is the datasource's own; nothing when that is too
// short for what is asked here and there besides.
std::optional<StatementSettings> PostgresConnection::usual_settings(std::string_view search_path) const {
  constexpr milliseconds kShortest{5'000};
  const milliseconds configured = shared_->options.config.statement_timeout;
  const milliseconds of_role(server_statement_timeout_);
  const bool unlimited = configured == milliseconds::zero();
  const milliseconds timeout = unlimited || of_role == milliseconds::zero() ? std::max(configured, of_role)
                                                                            : std::min(configured, of_role);
  if (timeout != milliseconds::zero() && timeout < kShortest) return std::nullopt;
  return StatementSettings{search_path, timeout.count()};
}

bool PostgresConnection::keeps_settings(const Execution& execution) const {
  const auto usual = usual_settings(shared_->options.search_paths.find(execution.database)->second.text);
  return !usual || usual == in_force_;
}

// Opens the transaction that every statement runs in; its answers are read by finish_begin().
//
// Most queries find in force what they need, and set nothing. The first one of a database sets it for the
// session, and once more for its transaction: should the former fail, its statement must not run with what
// another database needs. One with a time limit of its own sets that for its transaction. What a statement
// itself sets is undone with its transaction, and after a write, which commits, the session is cleared.
BeginAsked PostgresConnection::request_begin(const Execution& execution, bool write) {
  BeginAsked asked;
  asked.settings = request_transaction(execution, write ? kBeginWrite : kBeginRead);
  asked.identity = request_identity(execution);
  asked.guard = guard_;
  request_guard();
  return asked;
}

std::optional<SettingsAsked> PostgresConnection::request_transaction(const Execution& execution,
                                                                     const char* begin) {
  StatementSettings wanted{shared_->options.search_paths.find(execution.database)->second.text,
                           server_statement_timeout_};
  if (!execution.deadline.is_never()) {
    const auto left = std::chrono::ceil<milliseconds>(execution.deadline.remaining()).count();
    const auto ours = std::clamp<std::int64_t>(left, 1, std::numeric_limits<std::int32_t>::max());
    wanted.timeout = wanted.timeout == 0 ? ours : std::min(wanted.timeout, ours);
  }
  current_database_ = execution.database;
  Request& request = session_->request();
  auto usual = usual_settings(wanted.search_path);
  if (usual && !usual->serves(wanted)) usual.reset();
  if (usual && usual == in_force_) {
    request.run(begin);
    return std::nullopt;
  }
  if (usual) {
    in_force_.reset();
    request.run(kKeepSettings, {std::string(usual->search_path), std::to_string(usual->timeout)}, {});
    request.sync();
  }
  request.run(begin);
  request.run(kSettings, {std::string(wanted.search_path), std::to_string(wanted.timeout)}, {});
  return SettingsAsked{wanted.search_path, usual};
}

// Who asks, in the same round trip. The role comes last: what it may do is not needed for the rest.
IdentityAsked PostgresConnection::request_identity(const Execution& execution) {
  Request& request = session_->request();
  const bool traced = !execution.trace_parent.empty();
  if (traced) request.run(kTrace, {std::string(execution.trace_parent)}, {});
  if (!execution.settings.empty()) {
    Value::List names;
    Value::List values;
    for (const auto& [name, value] : execution.settings) {
      names.emplace_back(name);
      values.emplace_back(value);
    }
    // Of texts, so it cannot fail.
    if (const auto arrays = to_text_parameters(Params{std::move(names), std::move(values)})) {
      request.run(kQuerySettings, *arrays, {});
    }
  }
  if (!execution.role.empty()) request.run(kRole, {std::string(execution.role)}, {});
  return {traced, execution.role, execution.settings};
}

// A transaction whose role or settings are not those asked for is not used.
Result<void> PostgresConnection::finish_identity(const IdentityAsked& asked, Deadline deadline) {
  if (asked.traced) {
    if (auto named = session_->finish_query(deadline); !named) return pass_error(named);
  }
  if (!asked.settings.empty()) {
    const auto set = session_->finish_query(deadline);
    if (!set) return std::unexpected(set.error());
    const bool all = std::ranges::equal(*set, asked.settings, [](const auto& row, const auto& setting) {
      return row.size() == 1 && row.front() == setting.second;
    });
    if (!all) return session_->protocol_error("settings that are not what they were set to");
  }
  if (asked.role.empty()) return {};
  const auto role = session_->finish_query(deadline);
  if (!role) return std::unexpected(role.error());
  if (role->size() != 1 || role->front().size() != 1 || role->front().front() != asked.role) {
    return session_->protocol_error("another role than was asked for");
  }
  return {};
}

// Where roles are mapped, nothing runs as who connects.
Result<void> PostgresConnection::check_role(const Execution& execution) const {
  const auto& roles = shared_->options.config.roles;
  const bool known = roles.empty()
                         ? execution.role.empty()
                         : std::ranges::find(roles, execution.role, &MappedRole::role) != roles.end();
  if (known) return {};
  return fail(ErrorCode::forbidden, "the query asks for a role of the database that is not mapped to a name");
}

// The names of our statements are known to whoever can define a function here, who might prepare others in
// their place: a transaction that is not the one asked for is not used.
Result<void> PostgresConnection::finish_begin(const BeginAsked& asked, Deadline deadline) {
  const std::optional<SettingsAsked>& settings = asked.settings;
  if (settings && settings->to_keep) {
    if (auto set = finish_settings(*settings, deadline); !set) return set;
    if (auto ended = session_->finish_unit(deadline); !ended) return ended;
  }
  auto begun = session_->finish_command(deadline);
  if (!begun) return pass_error(begun);
  if (*begun != "BEGIN") return session_->protocol_error("a transaction that did not begin");
  if (settings) {
    if (auto set = finish_settings(*settings, deadline); !set) return set;
    if (settings->to_keep) in_force_ = settings->to_keep;
  }
  if (auto known = finish_identity(asked.identity, deadline); !known) return known;
  return finish_guard(asked.guard, deadline);
}

Result<void> PostgresConnection::finish_settings(const SettingsAsked& asked, Deadline deadline) {
  auto rows = session_->finish_query(deadline);
  if (!rows) return pass_error(rows);
  if (rows->size() != 1 || rows->front().empty() || rows->front().front() != asked.search_path) {
    return session_->protocol_error("settings that are not what they were set to");
  }
  return {};
}

// Ends a transaction that failed.
void PostgresConnection::recover() noexcept {
  if (session_->broken()) return;
  const Deadline deadline = Deadline::after(kRecoveryTime);
  auto drained = session_->drain(deadline);
  if (drained && !session_->is_idle()) {
    session_->request().query("ROLLBACK");
    session_->request().sync();
    drained = session_->drain(deadline);
  }
  if (!drained || !session_->is_idle()) return cancel_and_close();
  if (unclean_) clear_state(deadline);
}

// Ends what runs when nobody wants its rows any more.
void PostgresConnection::abandon() noexcept {
  if (session_->broken()) return;
  session_->end_run();
  const bool ended = session_->drain(Deadline::after(kDrainTime)).has_value();
  if (!ended || !session_->is_idle()) return cancel_and_close();
  if (unclean_) clear_state(Deadline::never());
}

void PostgresConnection::cancel_and_close() noexcept {
  session_->mark_broken();
  postgresql::cancel_and_close(shared_->canceller, session_->take_handle());
}

// What an error of a run means to the session, and what the session's state means to the error.
Error PostgresConnection::failed(Error error, Deadline deadline) noexcept {
  if (session_->broken()) return error;
  if (error.sqlstate.empty()) {
    cancel_and_close();  // ours: the server goes on
    return error;
  }
  // Our own statements are gone too, whoever forgot them.
  if (error.sqlstate == "26000") unclean_ = true;
  recover();
  if (error.sqlstate == "57014" && deadline.expired()) {
    error.code = ErrorCode::timeout;
    error.message = "the query did not end within its time limit";
    error.hint = "Narrow it down, or allow it more time.";
  }
  return error;
}

Result<TextRows> PostgresConnection::ask(std::string_view sql, const TextParameters& parameters,
                                         Deadline deadline) {
  session_->request().query(sql, parameters);
  session_->request().sync();
  auto rows = session_->finish_query(deadline);
  auto drained = rows ? session_->drain(deadline) : Result<void>{};
  if (rows && drained) return rows;
  return std::unexpected(failed(std::move(rows ? drained.error() : rows.error()), deadline));
}

Result<void> PostgresConnection::probe(Deadline deadline) {
  const Run run(*session_, {});
  session_->request().sync();
  auto drained = session_->drain(deadline);
  if (!drained) session_->mark_broken();
  return drained;
}

Result<std::unique_ptr<BatchReader>> PostgresConnection::execute(const Execution& execution) {
  if (shared_->options.search_paths.find(execution.database) == shared_->options.search_paths.end()) {
    return fail(ErrorCode::not_found,
                "the datasource has no database '" + std::string(execution.database) + "'");
  }
  if (execution.deadline.expired()) {
    return fail(ErrorCode::timeout, "the query did not start within its time limit");
  }
  if (auto known = check_role(execution); !known) return pass_error(known);
  return shared_->options.config.masks.empty() ? run(execution, nullptr) : execute_masked(execution);
}

Result<std::unique_ptr<BatchReader>> PostgresConnection::run(
    const Execution& execution, const std::shared_ptr<const MaskedStatement>& masked) {
  auto parameters = to_text_parameters(execution.params);
  if (!parameters) return pass_error(parameters);
  if (execution.access == Access::read_write && execution.analysis.may_write) {
    if (shared_->options.config.access == Access::read_only) {
      return fail(ErrorCode::read_only, "this datasource is configured with read-only access");
    }
    return run_write(*this, execution, *parameters);
  }
  auto reader = std::make_unique<PostgresReader>(*this, execution, std::move(*parameters), masked);
  auto started = reader->start();
  if (!started && is_stale(started.error()) && !broken() &&
      (reader->was_cached() || started.error().sqlstate == "26000")) {
    statements_.erase(id_of(execution));
    started = reader->start();
  }
  if (started) return reader;
  return std::unexpected(with_suggestion(std::move(started.error()), execution));
}

}  // namespace penstock::postgresql
