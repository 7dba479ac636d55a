// One session with a deployment, through libmongoc.
#pragma once

#include <cstdint>
#include <memory>
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

  /// Lost, as the last command found; or cut by the other side, as the socket says.
  [[nodiscard]] bool broken() const noexcept;

 private:
  Client(const Options& options, Interrupt& interrupt);
  [[nodiscard]] Result<void> start();
  [[nodiscard]] BsonPtr command_options(std::uint32_t server) const;
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
  std::unique_ptr<mongoc_client_t, FreeClient> client_;
  std::unique_ptr<mongoc_client_session_t, FreeSession> session_;
};

}  // namespace penstock::mongodb
