// One session with a server: messages to it and from it, without blocking, so that deadlines, cancels and the
// size of values hold at every step.
//
// libpq connects and authenticates; the messages of the queries are read here. libpq would copy each row
// before it hands it over, and a value whole before anyone can refuse it (docs/adr/0006-postgresql-wire.md).
// Source: https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/query.hpp"

#include "core/run_mark.hpp"
#include "datasources/postgresql/keywords.hpp"
#include "datasources/postgresql/libpq.hpp"
#include "datasources/postgresql/request.hpp"

using SSL = struct ssl_st;

namespace penstock::postgresql {

/// One message of the server. `body` is valid until the next one is asked for.
struct Message {
  char type = 0;
  std::string_view body;
};

/// Rows in text form; nothing is NULL.
using TextRows = std::vector<std::vector<std::optional<std::string>>>;

/// One thread at a time, but for interrupt().
class Session {
 public:
  /// Errors: `unavailable`, `timeout`, `unauthenticated`, `not_found` (the database).
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const Keywords& keywords, Deadline deadline);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// What is to be sent; next() sends it.
  [[nodiscard]] Request& request() noexcept { return request_; }
  /// The next message that is an answer. An ErrorResponse is one too; see error_of().
  /// Errors: `cancelled`, `timeout` (the server goes on with what it does), `limit_exceeded` (a value beyond
  /// limit_values()), `unavailable` (the session is broken).
  [[nodiscard]] Result<Message> next(Deadline deadline);
  /// The command tag of the next command that was sent; its rows are passed over. Errors: next()'s, and the
  /// server's.
  [[nodiscard]] Result<std::string> finish_command(Deadline deadline);
  /// The same for a query that returns rows of text.
  [[nodiscard]] Result<TextRows> finish_query(Deadline deadline);
  /// The end of a unit of which nothing is left but that; what comes before it is passed over. Errors: as
  /// finish_command().
  [[nodiscard]] Result<void> finish_unit(Deadline deadline);
  /// Sends what can be sent without waiting.
  void send_now();
  enum class Arrival : std::uint8_t {
    partial,  ///< more is to come
    whole,    ///< no error is in it, and next() waits for none of it
    other,    ///< an error came, or something that takes the usual way to find out
  };
  /// Units that were asked for so far, ever, and how many of them have ended. Equal: nothing is under way.
  [[nodiscard]] std::uint64_t units_asked() const noexcept {
    return units_ended_ + static_cast<std::uint64_t>(owed_ + request_.syncs());
  }
  [[nodiscard]] std::uint64_t units_ended() const noexcept { return units_ended_; }
  /// Receives what is there, without waiting, and says how much there is of the first `units` units ever.
  /// Hands out nothing.
  [[nodiscard]] Arrival gather(std::uint64_t units);
  [[nodiscard]] int socket() const noexcept { return socket_; }
  /// Reads on until nothing more is owed by the server, whatever it says. Errors: next()'s: a run that was
  /// interrupted ends as `cancelled` here too, unless end_run() came first.
  [[nodiscard]] Result<void> drain(Deadline deadline);
  /// After drain(): the server is in no transaction.
  [[nodiscard]] bool is_idle() const noexcept { return status_ == 'I'; }
  /// The error of an ErrorResponse. One after which the server hangs up breaks the session.
  [[nodiscard]] Error error_of(const Message& message);
  /// Where in the statement the last error was seen: its character, from 1; 0: not said.
  [[nodiscard]] std::size_t error_position() const noexcept { return error_position_; }
  [[nodiscard]] std::unexpected<Error> protocol_error(std::string_view what);

  /// A run begins: from here on it can be interrupted, and values beyond `max_value_bytes` are refused.
  void begin_run(std::int64_t max_value_bytes) noexcept;
  void end_run() noexcept { run_.end(); }
  /// Makes the run that is under way end as `cancelled`, and no other. From any thread.
  void interrupt() noexcept;
  [[nodiscard]] bool interrupted() const noexcept { return run_.is_cancelled(); }

  [[nodiscard]] bool broken() const noexcept { return broken_; }
  void mark_broken() noexcept { broken_ = true; }
  /// Whether the server has hung up, or said anything since, without a round trip; free when it was heard
  /// within the last millisecond. For a session that is idle.
  [[nodiscard]] bool hung_up() const noexcept;
  /// The server's word on one of the parameters it reports; empty when it has said nothing.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  /// The server is on another machine.
  [[nodiscard]] bool is_remote() const noexcept;
  [[nodiscard]] PGconn* handle() const noexcept { return connection_.get(); }
  /// Gives the connection away, to be cancelled and closed elsewhere; the session is broken.
  [[nodiscard]] ConnectionHandle take_handle() noexcept;

 private:
  enum class Progress : std::uint8_t { done, wants_read, wants_write, closed };

  Session(ConnectionHandle connection, int wake_up);
  [[nodiscard]] Result<void> send_request(Deadline deadline);
  [[nodiscard]] Result<void> receive(Deadline deadline);
  [[nodiscard]] Progress read_some();
  [[nodiscard]] Progress write_some();
  [[nodiscard]] Progress tls_progress(int result, int& error) const noexcept;
  [[nodiscard]] Result<void> await(short events, Deadline deadline);
  [[nodiscard]] Arrival look_over(std::uint64_t units);
  [[nodiscard]] Result<void> check_growing_row(std::size_t length);
  void make_room();
  void note_parameter(std::string_view body);
  void forget_wake_ups() noexcept;
  [[nodiscard]] std::unexpected<Error> lost(std::string_view words = {});

  ConnectionHandle connection_;
  SSL* tls_ = nullptr;  // libpq's; null without TLS
  int socket_ = -1;
  int wake_up_;  // an eventfd that ends a poll()

  Request request_;
  int owed_ = 0;  // answers to sync() that have not come
  std::uint64_t units_ended_ = 0;
  bool sent_ = false;  // something was sent since the last answer, so nothing can be there yet
  Deadline::Clock::time_point heard_{};  // when bytes came last

  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what was received and not handed out
  std::size_t end_ = 0;
  std::size_t gathered_ = 0;          // of that, what look_over() has seen
  std::uint64_t gathered_units_ = 0;  // and how many units end there
  // How far into the row at begin_ its values' lengths were looked at, and how many there were.
  std::size_t row_looked_ = 0;
  std::int64_t max_value_bytes_ = INT64_MAX;

  std::map<std::string, std::string, std::less<>> parameters_;
  std::size_t error_position_ = 0;
  char status_ = 'I';
  bool broken_ = false;

  RunMark run_;
};

/// The run of a session that is under way: what a stop request, or interrupt(), ends.
class Run {
 public:
  Run(Session& session, const std::stop_token& stop, std::int64_t max_value_bytes = INT64_MAX)
      : session_(&session) {
    session.begin_run(max_value_bytes);
    if (stop.stop_possible()) on_stop_.emplace(stop, Interrupt{session_});
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    on_stop_.reset();  // waits for the one that is being called
    session_->end_run();
  }

 private:
  struct Interrupt {
    Session* session;
    void operator()() const noexcept { session->interrupt(); }
  };
  Session* session_;
  std::optional<std::stop_callback<Interrupt>> on_stop_;
};

}  // namespace penstock::postgresql
