// One session with a deployment, through libmongoc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <mongoc/mongoc.h>

#include "penstock/error.hpp"

#include "datasources/mongodb/bson.hpp"
#include "datasources/mongodb/interrupt.hpp"
#include "datasources/mongodb/mongoc_library.hpp"
#include "datasources/mongodb/options.hpp"
#include "datasources/mongodb/stream.hpp"

namespace penstock::mongodb {

/// A run whose session was given up, and where its server may still be at work on it.
struct AbandonedRun {
  BsonPtr session;  ///< {"id": UUID}
  std::string host_and_port;
};

/// A libmongoc client of a single thread, with one session of the server's where it has them. Every command
/// is sent once: a session whose stream is lost is lost itself. One thread at a time.
class Client {
 public:
  /// Connects and authenticates. Within a run of `interrupt`.
  [[nodiscard]] static Result<std::unique_ptr<Client>> open(const Options& options, Interrupt& interrupt);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  /// The server that reads go to now, for all commands of one cursor.
  [[nodiscard]] Result<std::uint32_t> choose_server();
  /// Sends a read with the configured preference and concern, and the time that is left.
  [[nodiscard]] Result<void> read(std::string_view database, const bson_t& command, std::uint32_t server,
                                  Reply& reply);
  /// Sends a command as it is, to the same server as the read that it follows.
  [[nodiscard]] Result<void> send(std::string_view database, const bson_t& command, std::uint32_t server,
                                  Reply& reply);

  /// FerretDB 1.x takes `"$field"` in a `$project` for a text, so that what SQL is translated to would answer
  /// with wrong rows; and it knows no time limit of a `distinct`.
  [[nodiscard]] bool is_ferretdb1() const noexcept { return is_ferretdb1_; }
  /// `cancelled` or `timeout` when the run must stop: between two commands, as a server that is fast enough
  /// is never waited for.
  [[nodiscard]] Result<void> check() const { return interrupt_->check(); }
  /// The member with this "host:port"; nothing when it is none now.
  [[nodiscard]] std::optional<std::uint32_t> member(std::string_view host_and_port) const;
  /// What a run that was stopped left behind at the server; nothing when none was, or when the server has no
  /// sessions to find it by.
  [[nodiscard]] std::optional<AbandonedRun> abandoned_run() const;
  /// Lost, as the last command found; or cut by the other side, as the socket says.
  [[nodiscard]] bool broken() const noexcept;

 private:
  Client(const Options& options, Interrupt& interrupt);
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> identify(std::uint32_t server);
  [[nodiscard]] BsonPtr command_options(std::uint32_t server);
  [[nodiscard]] Error failed(const bson_error_t& error);

  struct FreeClient {
    void operator()(mongoc_client_t* client) const noexcept { mongoc().client_destroy(client); }
  };
  struct FreeSession {
    void operator()(mongoc_client_session_t* session) const noexcept {
      mongoc().client_session_destroy(session);
    }
  };

  Interrupt* interrupt_;
  StreamOpener opener_;
  bool broken_ = false;
  bool stopped_ = false;  // lost, because a run had to stop
  std::uint32_t last_server_ = 0;
  bool is_ferretdb1_ = false;
  std::unique_ptr<mongoc_client_t, FreeClient> client_;
  std::unique_ptr<mongoc_client_session_t, FreeSession> session_;
};

}  // namespace penstock::mongodb
