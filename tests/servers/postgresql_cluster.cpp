#include "servers/postgresql_cluster.hpp"

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include <libpq-fe.h>

#include "servers/guarded_process.hpp"
#include "servers/scratch.hpp"

namespace penstock::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

fs::path server_binaries() {
  if (const char* configured = std::getenv("PENSTOCK_POSTGRESQL_BIN")) return configured;
  return "/usr/lib/postgresql/15/bin";
}

struct CloseConnection {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};

/// The folder that new clusters are copies of; made by whichever test comes first.
fs::path cluster_template() {
  const fs::path home = PENSTOCK_TEST_TEMPLATES;
  const fs::path made = home / "postgresql-15-template-1";
  const FileLock one_at_a_time(home / "postgresql-template.lock");
  if (fs::exists(made)) return made;
  // initdb works where its user may, which the build folder need not be.
  const ScratchFolder scratch("penstock-initdb-");
  run_to_end(scratch.path(),
             {server_binaries() / "initdb", "-D", scratch.path() / "data", "-U", "postgres", "--auth=trust",
              "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions", "--wal-segsize=1"});
  if (!fs::exists(scratch.path() / "data" / "global" / "pg_control")) {
    throw std::runtime_error("initdb failed: " + read_file(scratch.path() / "log"));
  }
  const fs::path unfinished = home / "postgresql-template.new";
  fs::remove_all(unfinished);
  fs::copy(scratch.path() / "data", unfinished, fs::copy_options::recursive);
  fs::rename(unfinished, made);
  return made;
}

constexpr std::string_view kSettings =
    "fsync = off\n"
    "synchronous_commit = off\n"
    "full_page_writes = off\n"
    "autovacuum = off\n"
    "listen_addresses = '127.0.0.1'\n"
    "shared_buffers = '16MB'\n"
    "max_wal_size = '64MB'\n"
    "min_wal_size = '2MB'\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n";

std::string quoted_setting(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value)
    quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'";
}

}  // namespace

struct PostgresqlCluster::State {
  Options options;
  ScratchFolder folder{"penstock-pg-"};
  fs::path data = folder.path() / "data";
  std::uint16_t port = 0;
  Guardian guardian;

  void make_data_folder();
  void choose_port();
  [[nodiscard]] bool try_start();
  [[nodiscard]] std::string last_words() const;
};

void PostgresqlCluster::State::make_data_folder() {
  fs::copy(cluster_template(), data, fs::copy_options::recursive);
  fs::permissions(data, fs::perms::owner_all);
  std::string settings(kSettings);
  settings += "unix_socket_directories = " + quoted_setting(folder.path().string()) + "\n";
  for (const auto& [name, value] : options.settings) {
    settings.append(name).append(" = ").append(quoted_setting(value)).append("\n");
  }
  write_file(data / "postgresql.auto.conf", settings);
  if (!options.hba.empty()) write_file(data / "pg_hba.conf", options.hba);
  give_to_server(data);
}

std::string PostgresqlCluster::State::last_words() const {
  const std::string log = read_file(folder.path() / "log");
  return log.size() <= 2'000 ? log : log.substr(log.size() - 2'000);
}

/// Whether the server came up; false when it ended for a reason that may go away.
bool PostgresqlCluster::State::try_start() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  fs::resize_file(folder.path() / "log", 0);
  guardian = start_guarded(folder.path() / "log", folder.path(),
                           {server_binaries() / "postgres", "-D", data.string(), "-p", std::to_string(port)});
  const std::string conninfo = "host=127.0.0.1 port=" + std::to_string(port) + " connect_timeout=5";
  while (PQping(conninfo.c_str()) != PQPING_OK) {
    if (wait_for_end(guardian, std::chrono::steady_clock::now() + 5ms)) {
      const std::string words = last_words();
      // Another's port, or backends of a postmaster just killed that have not noticed yet.
      if (words.find("in use") != std::string::npos) return false;
      throw std::runtime_error("PostgreSQL did not start: " + words);
    }
    if (std::chrono::steady_clock::now() > until) {
      throw std::runtime_error("PostgreSQL does not answer: " + last_words());
    }
  }
  return true;
}

std::string PostgresqlCluster::missing() {
  const fs::path binaries = server_binaries();
  if (fs::exists(binaries / "postgres") && fs::exists(binaries / "initdb")) return {};
  return "no PostgreSQL 15 server in " + binaries.string() + ": install postgresql-15 (scripts/setup does)";
}

PostgresqlCluster::PostgresqlCluster(Options options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->make_data_folder();
  write_file(state_->folder.path() / "log", "");
  for (int attempt = 0; attempt < 20; ++attempt) {
    state_->port = free_port();
    if (state_->try_start()) return;
  }
  throw std::runtime_error("PostgreSQL found no free port: " + state_->last_words());
}

PostgresqlCluster::~PostgresqlCluster() {
  Guardian& guardian = state_->guardian;
  if (guardian.process == 0) return;
  ::kill(guardian.server, SIGQUIT);
  if (!wait_for_end(guardian, std::chrono::steady_clock::now() + 5s)) {
    ::kill(guardian.server, SIGKILL);
    wait_for_end(guardian, std::chrono::steady_clock::now() + kPatience);
  }
}

std::uint16_t PostgresqlCluster::port() const noexcept {
  return state_->port;
}
const fs::path& PostgresqlCluster::socket_folder() const noexcept {
  return state_->folder.path();
}
const fs::path& PostgresqlCluster::data_folder() const noexcept {
  return state_->data;
}
pid_t PostgresqlCluster::process_id() const noexcept {
  return state_->guardian.server;
}
std::string PostgresqlCluster::log() const {
  return read_file(state_->folder.path() / "log");
}

std::string PostgresqlCluster::conninfo(std::string_view database, std::string_view user) const {
  std::string text = "host=127.0.0.1 port=" + std::to_string(state_->port);
  return text.append(" dbname=").append(database).append(" user=").append(user);
}

void PostgresqlCluster::start() {
  if (running()) return;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!state_->try_start()) {
    if (std::chrono::steady_clock::now() > until) {
      throw std::runtime_error("PostgreSQL did not start again: " + state_->last_words());
    }
    std::this_thread::sleep_for(20ms);
  }
}

void PostgresqlCluster::stop() {
  if (!running()) return;
  ::kill(state_->guardian.server, SIGINT);
  if (!wait_for_end(state_->guardian, std::chrono::steady_clock::now() + kPatience)) {
    throw std::runtime_error("PostgreSQL did not stop: " + state_->last_words());
  }
}

void PostgresqlCluster::restart() {
  stop();
  start();
}

void PostgresqlCluster::kill() {
  if (!running()) return;
  ::kill(state_->guardian.server, SIGKILL);
  if (!wait_for_end(state_->guardian, std::chrono::steady_clock::now() + kPatience)) {
    throw std::runtime_error("PostgreSQL survived SIGKILL");
  }
}

bool PostgresqlCluster::running() const {
  return !wait_for_end(state_->guardian, std::chrono::steady_clock::time_point{});
}

std::vector<PostgresqlCluster::Row> PostgresqlCluster::run(const std::string& sql,
                                                           std::string_view database) const {
  const std::unique_ptr<PGconn, CloseConnection> connection{PQconnectdb(conninfo(database).c_str())};
  if (PQstatus(connection.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  const std::unique_ptr<PGresult, ClearResult> result{PQexec(connection.get(), sql.c_str())};
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  std::vector<Row> rows;
  for (int r = 0; r < PQntuples(result.get()); ++r) {
    Row& row = rows.emplace_back();
    for (int c = 0; c < PQnfields(result.get()); ++c) {
      if (PQgetisnull(result.get(), r, c) != 0) {
        row.emplace_back();
      } else {
        row.emplace_back(std::string(PQgetvalue(result.get(), r, c)));
      }
    }
  }
  return rows;
}

std::string PostgresqlCluster::value(const std::string& sql, std::string_view database) const {
  const std::vector<Row> rows = run(sql, database);
  if (rows.size() != 1 || rows[0].size() != 1 || !rows[0][0]) {
    throw std::runtime_error("not one value: " + sql);
  }
  return *rows[0][0];
}

void PostgresqlCluster::put_file(std::string_view name, std::string_view content) const {
  const fs::path path = state_->data / name;
  write_file(path, content);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  give_to_server(path);
}

}  // namespace penstock::test
