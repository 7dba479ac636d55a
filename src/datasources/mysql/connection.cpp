#include "datasources/mysql/connection.hpp"

#include <algorithm>
#include <utility>

#include <sys/socket.h>

#include "datasources/mysql/errors.hpp"
#include "datasources/mysql/parameters.hpp"
#include "datasources/mysql/reader.hpp"
#include "datasources/mysql/write.hpp"

namespace penstock::mysql {

namespace {

using std::chrono::milliseconds;

// For the server to say that it stopped, which keeps the session; without a word it is killed.
constexpr milliseconds kGrace{100};
// Most results that are dropped have all but ended.
constexpr milliseconds kDrainTime{5};

// Done, or not to be done any more.
bool kill_session(const Options& options, NameLookup& names, std::uint64_t id, Deadline deadline) {
  auto session = open_session(options, names, deadline);
  if (!session) return false;
  (*session)->request().query("KILL CONNECTION " + std::to_string(id));
  auto killed = (*session)->finish_command(deadline);
  if (!killed && (*session)->broken()) return false;
  return true;  // a session that is not there any more is one that has ended
}

}  // namespace

Shared::Shared(Options given)
    : options(std::make_shared<const Options>(std::move(given))),
      names(std::make_shared<NameLookup>()),
      canceller(&mysql_thread_end) {}

Deadline with_grace(Deadline deadline) noexcept {
  return deadline.is_never() ? deadline : Deadline::at(deadline.time() + kGrace);
}

Result<std::unique_ptr<Session>> open_session(const Options& options, NameLookup& names, Deadline deadline) {
  if (!options.socket.empty()) return Session::open(options, {}, deadline);
  std::vector<std::string> addresses{options.host};
  if (NameLookup::is_name(options.host)) {
    auto found = names.addresses(options.host, deadline);
    if (!found) return pass_error(found);
    addresses = std::move(*found);
  }
  std::optional<Error> first;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // An address that never answers must leave the others their time.
    const auto share = deadline.remaining() / static_cast<std::int64_t>(addresses.size() - i);
    const Deadline until = deadline.is_never() ? deadline : deadline.min(Deadline::after(share));
    auto session = Session::open(options, addresses[i], until);
    if (session) return session;
    // Who was refused by name is refused at the other addresses too.
    if (session.error().code == ErrorCode::unauthenticated) return session;
    if (!first) first = std::move(session.error());
  }
  return std::unexpected(std::move(*first));
}

Result<std::unique_ptr<MysqlConnection>> MysqlConnection::open(const std::shared_ptr<Shared>& shared,
                                                               Deadline deadline) {
  auto session = open_session(*shared->options, *shared->names, deadline);
  if (!session) return pass_error(session);
  std::unique_ptr<MysqlConnection> connection(new MysqlConnection(shared, std::move(*session)));
  if (auto ready = connection->set_up(deadline); !ready) return pass_error(ready);
  return connection;
}

bool MysqlConnection::broken() const noexcept {
  return session_->broken() || session_->hung_up();
}

// Most queries find a limit in force that is near enough, and set none. A server that stops a bit late does
// no harm: the deadline is watched here too, at the cost of the session.
void MysqlConnection::request_time_limit(Deadline deadline) {
  std::int64_t wanted = 0;
  if (!deadline.is_never()) {
    constexpr std::int64_t kMost = 31'536'000'000;  // a year, which is all that the server takes
    wanted =
        std::clamp<std::int64_t>(std::chrono::ceil<milliseconds>(deadline.remaining()).count(), 1, kMost);
  }
  const bool near = time_limit_ && (wanted == 0 ? *time_limit_ == 0
                                                : *time_limit_ >= wanted && *time_limit_ <= wanted * 9 / 8);
  if (near) return;
  time_limit_.reset();
  asked_limit_ = wanted;
  std::string text = "SET SESSION max_execution_time=" + std::to_string(wanted);
  if (session_->is_mariadb()) {
    std::string thousandths = std::to_string(1'000 + wanted % 1'000).substr(1);
    text = "SET SESSION max_statement_time=" + std::to_string(wanted / 1'000) + "." + thousandths;
  }
  session_->request().query(text);
}

Result<void> MysqlConnection::finish_time_limit(Deadline deadline) {
  const auto asked = std::exchange(asked_limit_, std::nullopt);
  if (!asked) return {};
  auto set = session_->finish_command(deadline);
  if (!set) return pass_error(set);
  time_limit_ = asked;
  return {};
}

// Ends a transaction that failed.
void MysqlConnection::recover() noexcept {
  if (session_->broken()) return;
  const Deadline deadline = Deadline::after(kRecoveryTime);
  auto drained = session_->drain(deadline);
  if (drained && !session_->is_idle()) {
    session_->request().query("ROLLBACK");
    drained = session_->drain(deadline);
  }
  if (!drained || !session_->is_idle()) return kill_and_close();
  // What an answer that was passed over had said of the limit is not known.
  if (asked_limit_) asked_limit_.reset();
  if (!unclean_) return;
  request_clear();
  end_clear(deadline);
}

// Ends what runs when nobody wants its rows any more.
void MysqlConnection::abandon() noexcept {
  if (session_->broken()) return;
  session_->end_run();
  const bool ended = session_->drain(Deadline::after(kDrainTime)).has_value();
  if (!ended || !session_->is_idle()) return kill_and_close();
  if (!unclean_) return;
  request_clear();
  end_clear(Deadline::after(kRecoveryTime));
}

void MysqlConnection::kill_and_close() noexcept {
  const std::uint64_t id = session_->id();
  session_->mark_broken();
  ClientHandle client = session_->take_handle();
  if (client == nullptr) return;
  // What the library says in closing must not wait for a server that takes nothing in.
  shutdown(static_cast<int>(mysql_get_socket(client.get())), SHUT_RDWR);
  // Nobody uses the session again, and a server gives no number twice, so a kill that comes late harms
  // nobody.
  shared_->canceller.add([client = std::move(client), options = shared_->options, names = shared_->names,
                          id](Deadline deadline) { return kill_session(*options, *names, id, deadline); });
}

// What an error of a run means to the session, and what the session's state means to the error.
Error MysqlConnection::failed(Error error, Deadline deadline) noexcept {
  if (session_->broken()) return error;
  if (error.sqlstate.empty()) {
    kill_and_close();  // ours: the server goes on
    return error;
  }
  if (is_stale(session_->last_error())) unclean_ = true;  // our own statements are gone too
  recover();
  if (error.code == ErrorCode::cancelled && deadline.expired()) {
    const std::string state = error.sqlstate;
    error = out_of_time();
    error.sqlstate = state;
  }
  return error;
}

Result<std::vector<TextRows>> MysqlConnection::ask(const std::vector<std::string>& queries,
                                                   Deadline deadline) {
  for (const std::string& query : queries)
    session_->request().query(query);
  std::vector<TextRows> all;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    auto rows = session_->finish_query(deadline);
    if (!rows) return std::unexpected(failed(std::move(rows.error()), deadline));
    all.push_back(std::move(*rows));
  }
  return all;
}

Result<void> MysqlConnection::probe(Deadline deadline) {
  const Run run(*session_, {});
  session_->request().ping();
  auto alive = session_->finish_command(deadline);
  if (alive) return {};
  session_->mark_broken();
  return pass_error(alive);
}

Result<std::unique_ptr<BatchReader>> MysqlConnection::execute(const Execution& execution) {
  if (shared_->options->physical(execution.database) == nullptr) {
    return fail(ErrorCode::not_found,
                "the datasource has no database '" + std::string(execution.database) + "'");
  }
  // To run as who connects, where somebody else was meant, would be to show what is not theirs.
  if (!execution.role.empty() || !execution.settings.empty())
    return fail(ErrorCode::unsupported, "queries of this datasource have neither roles nor settings");
  if (execution.deadline.expired())
    return fail(ErrorCode::timeout, "the query did not start within its time limit");
  auto parameters = bind_parameters(execution.params);
  if (!parameters) return pass_error(parameters);
  current_database_ = execution.database;
  if (execution.access == Access::read_write && execution.analysis.may_write) {
    if (shared_->options->config.access == Access::read_only)
      return fail(ErrorCode::read_only, "this datasource is configured with read-only access");
    auto written = run_write(*this, execution, *parameters);
    if (!written) return std::unexpected(with_suggestion(std::move(written.error()), execution));
    return written;
  }
  auto reader = std::make_unique<MysqlReader>(*this, execution, std::move(*parameters));
  auto started = reader->start();
  if (!started && is_stale(session_->last_error()) && !broken()) {
    statements_.erase(execution.database, execution.sql);
    started = reader->start();
  }
  if (started) return reader;
  return std::unexpected(with_suggestion(std::move(started.error()), execution));
}

}  // namespace penstock::mysql
