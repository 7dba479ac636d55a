// A connection of the pool: the open handles of one datasource's files, and the statement that runs.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <vector>

#include "penstock/data_source.hpp"

#include "datasources/sqlite/options.hpp"
#include "datasources/sqlite/run_control.hpp"
#include "datasources/sqlite/session.hpp"

namespace penstock::sqlite {

/// Serves every logical database of the datasource. A session is opened when a statement first needs its
/// databases, and the last used are kept. Thread safety and errors: as Connection says. A locked file is
/// `unavailable` too, and leaves the connection whole; so does a missing file when the datasource has others.
class SqliteConnection final : public Connection {
 public:
  /// `options` must outlive the connection.
  explicit SqliteConnection(std::shared_ptr<const Options> options);
  /// Opens the first database that can be opened, and waits for no lock; the others when a statement needs
  /// them.
  [[nodiscard]] Result<void> open(Deadline deadline);

  [[nodiscard]] Result<std::unique_ptr<BatchReader>> execute(const Execution& execution) override;
  [[nodiscard]] Result<DatabaseSchema> introspect(std::string_view database, std::string_view table,
                                                  Deadline deadline) override;
  [[nodiscard]] Result<void> probe(Deadline deadline) override;
  [[nodiscard]] Result<ServerInfo> server_info(Deadline deadline) override;
  void cancel() noexcept override { control_.cancel(); }
  [[nodiscard]] bool broken() const noexcept override { return broken_; }

 private:
  class Reader;
  [[nodiscard]] Result<Session*> session_for(std::string_view database,
                                             const std::vector<std::string>& also_named, Access access);
  [[nodiscard]] Result<Session*> open_session(SessionKey key);
  [[nodiscard]] bool is_fresh(Session& session);
  [[nodiscard]] Result<std::unique_ptr<BatchReader>> read(Session& session, const Execution& execution,
                                                          std::unique_ptr<Reader> reader);
  [[nodiscard]] Result<void> look_at(const std::string& database);
  void note_failure(const Session* session, const Error& error) noexcept;

  struct OpenSession {
    std::unique_ptr<Session> session;
    Deadline::Clock::time_point looked_at;  // when the files were last compared
    bool damaged = false;                   // to be opened anew
  };

  std::shared_ptr<const Options> options_;
  RunControl control_;
  std::list<OpenSession> sessions_;  // the last used first
  bool broken_ = false;
  bool busy_ = false;  // a reader is alive
};

}  // namespace penstock::sqlite
