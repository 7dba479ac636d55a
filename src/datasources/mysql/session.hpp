// One session with a server: packets to it and from it, without blocking, so that deadlines, cancels and the
// size of values hold at every step.
//
// libmariadb connects and authenticates; the packets of the queries are read here. The library would hold
// each row whole, however large, before anyone can refuse it, and cannot send several commands in one round
// trip. Source: https://mariadb.com/kb/en/0-packet/
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/query.hpp"

#include "core/run_mark.hpp"
#include "datasources/mysql/answers.hpp"
#include "datasources/mysql/client.hpp"
#include "datasources/mysql/request.hpp"

using SSL = struct ssl_st;

namespace penstock::mysql {

struct Options;

/// One packet of the server. `body` is valid until the next one is asked for.
struct Message {
  Answers::Packet kind = Answers::Packet::broken;
  std::string_view body;
};

/// Rows in text form.
using TextRows = std::vector<std::vector<std::optional<std::string>>>;

/// What an OK says.
struct Done {
  std::uint64_t affected_rows = 0;
};

/// One thread at a time, but for interrupt().
class Session {
 public:
  /// At `address`, or at the options' host or socket when it is empty. Errors: `unavailable`, `timeout`,
  /// `unauthenticated`.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const Options& options,
                                                             const std::string& address, Deadline deadline);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// What is to be sent; next() sends it.
  [[nodiscard]] Request& request() noexcept { return request_; }
  /// The next packet that is part of an answer. An ERR is one too; see error_of(). Errors: `cancelled`,
  /// `timeout` (the server goes on with what it does), `limit_exceeded` (a value beyond the run's limit),
  /// `unavailable` (the session is broken).
  [[nodiscard]] Result<Message> next(Deadline deadline);
  /// The answer to a command that returns no rows. Errors: next()'s, and the server's.
  [[nodiscard]] Result<Done> finish_command(Deadline deadline);
  /// The answer to a query of ours. Errors: the same.
  [[nodiscard]] Result<TextRows> finish_query(Deadline deadline);
  /// Reads on until nothing more is owed by the server, whatever it says. Errors: next()'s.
  [[nodiscard]] Result<void> drain(Deadline deadline);
  /// After drain(): the server is in no transaction.
  [[nodiscard]] bool is_idle() const noexcept { return answers_.empty() && (answers_.status() & 1U) == 0; }
  [[nodiscard]] Error error_of(const Message& message);
  /// The server's number of the last error; 0: there was none.
  [[nodiscard]] std::uint16_t last_error() const noexcept { return last_error_; }
  [[nodiscard]] std::unexpected<Error> protocol_error(std::string_view what);
  /// The rows to come, so that a value that is too large is seen while it arrives.
  void expect_rows(std::span<const std::uint8_t> shape) noexcept { shape_ = shape; }

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
  [[nodiscard]] bool is_mariadb() const noexcept { return mariadb_; }
  [[nodiscard]] bool is_encrypted() const noexcept { return tls_ != nullptr; }
  [[nodiscard]] std::string_view server_version() const noexcept { return version_; }
  /// The server's number of the session, by which it can be killed.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// Gives the connection away, to be killed and closed elsewhere; the session is broken.
  [[nodiscard]] ClientHandle take_handle() noexcept;

 private:
  enum class Progress : std::uint8_t { done, wants_read, wants_write, closed };

  Session(ClientHandle client, int wake_up);
  [[nodiscard]] Result<void> send_request(Deadline deadline);
  [[nodiscard]] Result<void> receive(Deadline deadline);
  [[nodiscard]] Result<std::string_view> next_payload(Deadline deadline);
  [[nodiscard]] Progress read_some();
  [[nodiscard]] Progress write_some();
  [[nodiscard]] Progress tls_progress(int result) const noexcept;
  [[nodiscard]] Result<void> await(short events, Deadline deadline);
  [[nodiscard]] Result<void> check_growing_row(std::size_t length);
  [[nodiscard]] bool join_packets();
  void make_room();
  void forget_wake_ups() noexcept;
  [[nodiscard]] std::unexpected<Error> lost(std::string_view words = {});

  ClientHandle client_;
  SSL* tls_ = nullptr;  // libmariadb's; null without TLS
  int socket_ = -1;
  int wake_up_;  // an eventfd that ends a poll()
  bool mariadb_ = false;
  std::string version_;
  std::uint64_t id_ = 0;

  Answers answers_;
  Request request_{answers_};
  bool sent_ = false;  // something was sent since the last answer, so nothing can be there yet
  Deadline::Clock::time_point heard_{};  // when bytes came last

  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what was received and not handed out: the header of a packet first
  std::size_t end_ = 0;
  std::size_t joined_ = 0;  // bytes of a payload of several packets whose headers were taken out, at begin_
  std::span<const std::uint8_t> shape_;
  std::int64_t max_value_bytes_ = INT64_MAX;

  std::uint16_t last_error_ = 0;
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

}  // namespace penstock::mysql
