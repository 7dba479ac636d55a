#include "servers/mariadb_server.hpp"

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include <mysql.h>

#include "servers/guarded_process.hpp"
#include "servers/scratch.hpp"

namespace penstock::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

const fs::path kServer = "/usr/sbin/mariadbd";
const fs::path kInstall = "/usr/bin/mariadb-install-db";

struct CloseClient {
  void operator()(MYSQL* client) const noexcept { mysql_close(client); }
};
using Client = std::unique_ptr<MYSQL, CloseClient>;
struct FreeResult {
  void operator()(MYSQL_RES* result) const noexcept { mysql_free_result(result); }
};

/// The folder that new servers are copies of; made by whichever test comes first.
fs::path data_template() {
  const fs::path home = PENSTOCK_TEST_TEMPLATES;
  const fs::path made = home / "mariadb-template-1";
  const FileLock one_at_a_time(home / "mariadb-template.lock");
  if (fs::exists(made)) return made;
  const ScratchFolder scratch("penstock-mariadb-install-");
  run_to_end(scratch.path(),
             {kInstall, "--no-defaults", "--datadir=" + (scratch.path() / "data").string(),
              "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
              "--innodb-log-file-size=4M", "--innodb-data-file-path=ibdata1:4M:autoextend"});
  if (!fs::exists(scratch.path() / "data" / "mysql" / "global_priv.frm")) {
    throw std::runtime_error("mariadb-install-db failed: " + read_file(scratch.path() / "log"));
  }
  const fs::path unfinished = home / "mariadb-template.new";
  fs::remove_all(unfinished);
  fs::copy(scratch.path() / "data", unfinished, fs::copy_options::recursive);
  fs::rename(unfinished, made);
  return made;
}

std::string replaced(std::string text, std::string_view what, const std::string& by) {
  if (const std::size_t at = text.find(what); at != text.npos) text.replace(at, what.size(), by);
  return text;
}

}  // namespace

struct MariadbServer::State {
  Options options;
  ScratchFolder folder{"penstock-mariadb-"};
  fs::path data = folder.path() / "data";
  std::uint16_t port = 0;
  Guardian guardian;

  [[nodiscard]] std::vector<std::string> command() const;
  [[nodiscard]] bool try_start();
  [[nodiscard]] std::string last_words() const;
  [[nodiscard]] Client connect(std::string_view database) const;
};

std::vector<std::string> MariadbServer::State::command() const {
  std::vector<std::string> out{
      kServer, "--no-defaults", "--datadir=" + data.string(),
      "--socket=" + (folder.path() / "socket").string(), "--pid-file=" + (folder.path() / "pid").string(),
      // A server that starts removes what others have in one that is shared.
      "--tmpdir=" + folder.path().string(), "--port=" + std::to_string(port), "--bind-address=127.0.0.1",
      "--skip-name-resolve", "--default-time-zone=+02:00", "--innodb-log-file-size=4M",
      "--innodb-data-file-path=ibdata1:4M:autoextend", "--innodb-buffer-pool-size=24M",
      "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync",
      "--innodb-use-native-aio=0", "--sync-frm=0", "--debug-no-sync", "--key-buffer-size=1M",
      "--aria-pagecache-buffer-size=4M", "--performance-schema=0"};
  for (const auto& [name, value] : options.settings)
    out.push_back("--" + name + "=" + replaced(value, "{folder}", folder.path().string()));
  return out;
}

std::string MariadbServer::State::last_words() const {
  const std::string log = read_file(folder.path() / "log");
  return log.size() <= 2'000 ? log : log.substr(log.size() - 2'000);
}

Client MariadbServer::State::connect(std::string_view database) const {
  Client client(mysql_init(nullptr));
  const unsigned int seconds = 5;
  mysql_optionsv(client.get(), MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  mysql_optionsv(client.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const std::string name(database);
  const std::string path = (folder.path() / "socket").string();
  if (mysql_real_connect(client.get(), nullptr, "root", "", name.empty() ? nullptr : name.c_str(), 0,
                         path.c_str(), CLIENT_MULTI_STATEMENTS) == nullptr) {
    throw std::runtime_error(mysql_error(client.get()));
  }
  return client;
}

/// Whether the server came up; false when it ended for a reason that may go away.
bool MariadbServer::State::try_start() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  fs::resize_file(folder.path() / "log", 0);
  guardian = start_guarded(folder.path() / "log", folder.path(), command());
  for (;;) {
    try {
      static_cast<void>(connect({}));
      return true;
    } catch (const std::runtime_error&) {
      // Not yet.
    }
    if (wait_for_end(guardian, std::chrono::steady_clock::now() + 10ms)) {
      const std::string words = last_words();
      if (words.find("in use") != std::string::npos) return false;
      throw std::runtime_error("MariaDB did not start: " + words);
    }
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("MariaDB does not answer: " + last_words());
  }
}

std::string MariadbServer::missing() {
  if (fs::exists(kServer) && fs::exists(kInstall)) return {};
  return "no MariaDB server in " + kServer.string() + ": install mariadb-server (scripts/setup does)";
}

MariadbServer::MariadbServer(Options options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  fs::copy(data_template(), state_->data, fs::copy_options::recursive);
  for (const auto& [name, content] : state_->options.files) {
    const fs::path path = state_->folder.path() / name;
    write_file(path, content);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    give_to_server(path);
  }
  give_to_server(state_->data);
  write_file(state_->folder.path() / "log", "");
  for (int attempt = 0; attempt < 20; ++attempt) {
    state_->port = free_port();
    if (state_->try_start()) return;
  }
  throw std::runtime_error("MariaDB found no free port: " + state_->last_words());
}

MariadbServer::~MariadbServer() {
  Guardian& guardian = state_->guardian;
  if (guardian.process == 0) return;
  ::kill(guardian.server, SIGKILL);
  wait_for_end(guardian, std::chrono::steady_clock::now() + kPatience);
}

std::uint16_t MariadbServer::port() const noexcept {
  return state_->port;
}
fs::path MariadbServer::socket() const {
  return state_->folder.path() / "socket";
}
const fs::path& MariadbServer::folder() const noexcept {
  return state_->folder.path();
}

void MariadbServer::start() {
  if (running()) return;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!state_->try_start()) {
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("MariaDB did not start again: " + state_->last_words());
    std::this_thread::sleep_for(20ms);
  }
}

void MariadbServer::stop() {
  if (!running()) return;
  ::kill(state_->guardian.server, SIGTERM);
  if (!wait_for_end(state_->guardian, std::chrono::steady_clock::now() + kPatience))
    throw std::runtime_error("MariaDB did not stop: " + state_->last_words());
}

void MariadbServer::restart() {
  stop();
  start();
}

void MariadbServer::kill() {
  if (!running()) return;
  ::kill(state_->guardian.server, SIGKILL);
  if (!wait_for_end(state_->guardian, std::chrono::steady_clock::now() + kPatience))
    throw std::runtime_error("MariaDB survived SIGKILL");
}

bool MariadbServer::running() const {
  return !wait_for_end(state_->guardian, std::chrono::steady_clock::time_point{});
}

std::vector<MariadbServer::Row> MariadbServer::run(const std::string& sql, std::string_view database) const {
  const Client client = state_->connect(database);
  std::vector<Row> rows;
  int more = mysql_real_query(client.get(), sql.data(), sql.size());
  while (more == 0) {
    const std::unique_ptr<MYSQL_RES, FreeResult> result(mysql_store_result(client.get()));
    if (result != nullptr) {
      rows.clear();
      while (const MYSQL_ROW row = mysql_fetch_row(result.get())) {
        const unsigned long* lengths = mysql_fetch_lengths(result.get());
        Row& copy = rows.emplace_back();
        for (unsigned int i = 0; i < mysql_num_fields(result.get()); ++i) {
          if (row[i] == nullptr) {
            copy.emplace_back();
          } else {
            copy.emplace_back(std::string(row[i], lengths[i]));
          }
        }
      }
    }
    more = mysql_next_result(client.get());
  }
  if (mysql_errno(client.get()) != 0) throw std::runtime_error(mysql_error(client.get()));
  return rows;
}

std::string MariadbServer::value(const std::string& sql, std::string_view database) const {
  const std::vector<Row> rows = run(sql, database);
  if (rows.size() != 1 || rows[0].size() != 1 || !rows[0][0])
    throw std::runtime_error("not one value: " + sql);
  return *rows[0][0];
}

}  // namespace penstock::test
