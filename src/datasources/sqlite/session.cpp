#include "datasources/sqlite/session.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "datasources/sqlite/analysis.hpp"
#include "datasources/sqlite/delegated_functions.hpp"
#include "datasources/sqlite/own_statement.hpp"
#include "datasources/sqlite/policy.hpp"
#include "datasources/sqlite/text_functions.hpp"

namespace penstock::sqlite {

namespace {

constexpr StatementCache::Bounds kCacheBounds{.statements = 256, .bytes = std::size_t{4} << 20};
// SQLite checks its limit on a value against rows of the schema too, so it must not be tiny; the reader
// checks exactly.
constexpr std::int64_t kLeastValueLimit = 1LL << 20;
constexpr std::int64_t kMostValueLimit = 1'000'000'000;

std::int64_t value_limit(std::int64_t wanted) noexcept {
  return std::clamp(wanted, kLeastValueLimit, kMostValueLimit);
}

struct Limit {
  int id;
  int value;
};
// https://www.sqlite.org/limits.html; what is not here keeps SQLite's default.
constexpr std::array kLimits{
    Limit{SQLITE_LIMIT_SQL_LENGTH, static_cast<int>(kMaxSqlBytes)},
    Limit{SQLITE_LIMIT_VARIABLE_NUMBER, 32'766},
    // Matching takes time with the product of pattern and text, in one step that nothing interrupts.
    Limit{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256},
    Limit{SQLITE_LIMIT_TRIGGER_DEPTH, 100},
    Limit{SQLITE_LIMIT_WORKER_THREADS, 0},
};

struct Switch {
  int id;
  int on;
};
constexpr std::array kSwitches{
    Switch{SQLITE_DBCONFIG_DEFENSIVE, 1},  // no writes to the schema table or behind a virtual table's back
    Switch{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},  // a view or index may not call what could do harm
    Switch{SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
    Switch{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    Switch{SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
    Switch{SQLITE_DBCONFIG_ENABLE_FKEY, 1},  // as everywhere else but in SQLite's default
    Switch{SQLITE_DBCONFIG_DQS_DML, 0},      // "name" is a name, never a string
    Switch{SQLITE_DBCONFIG_DQS_DDL, 0},
};

OpenMode mode_of(Access access, bool create) noexcept {
  if (access == Access::read_only) return OpenMode::read_only;
  return create ? OpenMode::create : OpenMode::read_write;
}

int open_flags(OpenMode mode) noexcept {
  int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  switch (mode) {
    case OpenMode::read_only:
    case OpenMode::immutable:
      return flags | SQLITE_OPEN_READONLY;
    case OpenMode::read_write:
      return flags | SQLITE_OPEN_READWRITE;
    case OpenMode::create:
      return flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  }
  std::unreachable();
}

// A database in WAL mode whose log or shared memory cannot be made here, in a folder that cannot be written.
bool may_be_unwritable_wal(const Failure& failure) noexcept {
  return failure.primary() == SQLITE_CANTOPEN || failure.primary() == SQLITE_READONLY;
}

std::unexpected<Error> unreadable_wal(const OpenedFile& file) {
  return fail(ErrorCode::unavailable,
              "the file of " + file.database() +
                  " has a write-ahead log that cannot be read, because this process may not write in its "
                  "folder; let it "
                  "write there, or checkpoint the database (PRAGMA wal_checkpoint(TRUNCATE))");
}

// Of a statement that was stopped while it waited for another process.
Error stopped_while_locked(RunStop stop, const std::string& database) {
  Error error = error_of(stop);
  const std::string file = "the file of " + database;
  if (stop == RunStop::timeout) {
    error.message = file +
                    " stayed locked by another process until the time limit of the statement; try again, or "
                    "allow it more time";
    error.retryable = true;
  } else {
    error.message =
        "the statement was cancelled while it waited for " + file + ", which another process locks";
  }
  return error;
}

// A database whose name SQLite takes for that of another of them.
std::optional<std::string> twin_in(const SessionKey& key) {
  std::set<std::string> seen{folded(key.database)};
  const auto twin = std::ranges::find_if(
      key.attached, [&](const std::string& name) { return !seen.insert(folded(name)).second; });
  return twin == key.attached.end() ? std::nullopt : std::optional<std::string>(*twin);
}

}  // namespace

Result<SessionKey> SessionKey::of(std::string_view database, const std::vector<std::string>& also_named,
                                  Access access) {
  SessionKey key{std::string(database), also_named, access};
  std::ranges::sort(key.attached);
  key.attached.erase(std::ranges::unique(key.attached).begin(), key.attached.end());
  std::erase(key.attached, key.database);
  if (key.attached.size() > kMaxAttached) {
    return fail(ErrorCode::limit_exceeded, "the statement names " + std::to_string(key.attached.size()) +
                                               " databases beside " + key.database +
                                               ", and SQLite joins at most " + std::to_string(kMaxAttached) +
                                               " to one: split it");
  }
  if (const auto twin = twin_in(key)) {
    return fail(ErrorCode::unsupported, "the statement names two databases called `" + *twin +
                                            "` but for the case, which SQLite cannot tell apart");
  }
  if (std::ranges::any_of(key.attached, [](const std::string& name) { return same_name(name, "main"); })) {
    return fail(ErrorCode::unsupported,
                "the database called `main` can only be queried by itself: to SQLite, every query's own "
                "database is main");
  }
  return key;
}

Session::Session(SessionKey key, const Options& options, RunControl& control)
    : key_(std::move(key)),
      options_(&options),
      control_(&control),
      authorizer_(key_.access),
      cache_(kCacheBounds) {}

Result<std::unique_ptr<Session>> Session::open(SessionKey key, const Options& options, RunControl& control) {
  std::unique_ptr<Session> session(new Session(std::move(key), options, control));
  if (auto opened = session->open_main(); !opened) return pass_error(opened);
  for (const std::string& database : session->key_.attached) {
    if (auto attached = session->attach(database); !attached) return pass_error(attached);
  }
  // The statement's own ATTACH, and that inside VACUUM INTO, find no room.
  sqlite3_limit(session->handle(), SQLITE_LIMIT_ATTACHED, static_cast<int>(session->key_.attached.size()));
  if (!session->key_.attached.empty()) session->authorizer_.require_qualified_pragmas();
  if (options.layers.authorizer) session->authorizer_.install(session->handle());
  return session;
}

Result<OpenedFile> Session::locate(const std::string& database, OpenMode mode) const {
  const LogicalDatabase* known = options_->find(database);
  if (known == nullptr) {
    return fail(ErrorCode::not_found, "there is no database " + database + " in this datasource");
  }
  std::filesystem::path path = options_->file_of(*known);
  const bool to_be_made = mode == OpenMode::create && !file_state(path);
  auto usable = to_be_made ? check_folder(database, path) : check_file(database, path);
  if (!usable) return pass_error(usable);
  return OpenedFile(database, std::move(path), mode);
}

Result<void> Session::open_main() {
  auto file = locate(key_.database, mode_of(key_.access, options_->create));
  if (!file) return pass_error(file);
  auto opened = open_handle(*file);
  if (!opened && file->mode() == OpenMode::read_only && may_be_unwritable_wal(failure_of(handle()))) {
    if (has_wal(file->path())) return unreadable_wal(*file);
    *file = OpenedFile(key_.database, file->path(), OpenMode::immutable);
    opened = open_handle(*file);
  }
  if (!opened) return opened;
  file->refresh();
  files_.push_back(std::move(*file));
  return {};
}

Result<void> Session::open_handle(const OpenedFile& file) {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(file_uri(file.path(), file.mode()).c_str(), &raw, open_flags(file.mode()), nullptr);
  handle_.reset(raw);
  value_bytes_ = 0;  // of another handle, should this be the second attempt
  if (raw == nullptr) return fail(ErrorCode::limit_exceeded, "there is no memory for another SQLite handle");
  if (code != SQLITE_OK) return std::unexpected(error_of(failure_of(raw), Phase::running, key_.database, {}));
  control_->watch(raw);
  if (auto hardened = harden(); !hardened) return hardened;
  // The first look into the file: whether it is a database, and can be read.
  return run_own("SELECT count(*) FROM sqlite_schema");
}

Result<void> Session::harden() {
  for (const Switch& wanted : kSwitches) {
    int now = -1;
    sqlite3_db_config(handle(), wanted.id, wanted.on, &now);
    if (now != wanted.on) {
      return fail(ErrorCode::unsupported,
                  "this build of SQLite cannot be made safe (setting " + std::to_string(wanted.id) + ")");
    }
  }
  for (const Limit& limit : kLimits)
    sqlite3_limit(handle(), limit.id, limit.value);
  limit_value_bytes(kLeastValueLimit);
  std::vector<const char*> kept(kept_modules().begin(), kept_modules().end());
  sqlite3_drop_modules(handle(), kept.data());
  if (!replace_text_functions(handle(), *control_) || !bound_functions(handle()))
    return fail(ErrorCode::limit_exceeded, "there is no memory for another SQLite handle");
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_MAINDBNAME, key_.database.c_str());
  if (options_->cache_bytes) {
    return run_own("PRAGMA cache_size = -" + std::to_string(*options_->cache_bytes / 1024));
  }
  return {};
}

Result<void> Session::attach(const std::string& database) {
  auto file = locate(database, mode_of(key_.access, options_->create));
  if (!file) return pass_error(file);
  OwnStatements own(handle(), authorizer_);
  const auto try_to_attach = [&] {
    return own.run("ATTACH ?1 AS ?2", {file_uri(file->path(), file->mode()), database});
  };
  bool attached = try_to_attach();
  if (!attached && file->mode() == OpenMode::read_only && may_be_unwritable_wal(failure_of(handle()))) {
    if (has_wal(file->path())) return unreadable_wal(*file);
    *file = OpenedFile(database, file->path(), OpenMode::immutable);
    attached = try_to_attach();
  }
  if (!attached) return std::unexpected(failed_step_error(failure_of(handle()), database, {}));
  file->refresh();
  files_.push_back(std::move(*file));
  return {};
}

void Session::limit_value_bytes(std::int64_t bytes) noexcept {
  if (bytes == value_bytes_) return;
  value_bytes_ = bytes;
  sqlite3_limit(handle(), SQLITE_LIMIT_LENGTH, static_cast<int>(value_limit(bytes)));
}

Result<void> Session::run_own(const std::string& sql) {
  OwnStatements own(handle(), authorizer_);
  if (own.run(sql)) return {};
  return std::unexpected(step_error(sql));
}

Result<PreparedStatement*> Session::prepare(std::string_view sql) {
  if (PreparedStatement* known = cache_.find(sql)) return known;
  OwnStatements own(handle(), authorizer_);
  if (guard_.guard(sql, own, key_.database, key_.attached) == NameGuard::Outcome::failed) {
    return std::unexpected(step_error(sql));
  }
  if (guard_.refusal()) return std::unexpected(*guard_.refusal());
  auto compiled = compile(sql);
  if (!compiled && connect_virtual_tables_after_denial()) compiled = compile(sql);
  if (!compiled) return pass_error(compiled);
  return &cache_.insert(std::move(*compiled));
}

Result<PreparedStatement> Session::compile(std::string_view sql) {
  authorizer_.forget_denial();
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, &tail);
  PreparedStatement statement;
  statement.handle.reset(raw);
  if (code != SQLITE_OK) return std::unexpected(prepare_error(sql));
  if (raw == nullptr)
    return fail(ErrorCode::invalid_argument, "there is no statement: the text is empty or a comment alone");
  if (!is_blank(sql.substr(static_cast<std::size_t>(tail - sql.data())))) {
    return fail(ErrorCode::invalid_argument, "more than one statement; send one statement a call");
  }
  const bool reads = sqlite3_stmt_readonly(raw) != 0;
  if (key_.access == Access::read_only && !reads) {
    auto error = fail(ErrorCode::read_only, "this access is read-only, and the statement would write");
    error.error().sqlstate = "25006";
    return error;
  }
  statement.writes = !reads && sqlite3_stmt_isexplain(raw) == 0;
  statement.sql = sql;
  auto parameters = Parameters::of(raw);
  if (!parameters) return pass_error(parameters);
  statement.parameters = std::move(*parameters);
  statement.refresh();
  return statement;
}

Result<bool> Session::still_guarded(const PreparedStatement& statement) {
  OwnStatements own(handle(), authorizer_);
  const NameGuard::Outcome outcome = guard_.guard(statement.sql, own, key_.database, key_.attached);
  if (outcome == NameGuard::Outcome::failed) return std::unexpected(step_error(statement.sql));
  if (guard_.refusal()) return std::unexpected(*guard_.refusal());
  return outcome == NameGuard::Outcome::unchanged;
}

Error Session::prepare_error(std::string_view sql) {
  const Failure failure = failure_of(handle());
  if (failure.primary() == SQLITE_INTERRUPT || failure.primary() == SQLITE_BUSY) return step_error(sql);
  if (authorizer_.denial()) {  // the code is not always SQLITE_AUTH
    Error error = authorizer_.denial()->error;
    error.server_message = failure.message;
    return error;
  }
  if (auto explained = guard_.explain(failure, key_.database)) return std::move(*explained);
  Error error = error_of(failure, Phase::preparing, key_.database, sql);
  add_nearest(error, failure, sql);
  return error;
}

Error Session::step_error(std::string_view sql) {
  const Failure failure = failure_of(handle());
  const bool locked = failure.primary() == SQLITE_BUSY && files_.size() > 1;
  return failed_step_error(failure, locked ? locked_database() : key_.database, sql);
}

// SQLite does not say which of several files is locked: the one that cannot be read now, or else any.
std::string Session::locked_database() {
  const RunControl::Patience none(*control_, std::chrono::milliseconds::zero());
  OwnStatements own(handle(), authorizer_);
  std::string all;
  for (const OpenedFile& file : files_) {
    const bool readable = own.run("SELECT 1 FROM " + quote_name(file.database()) + ".sqlite_schema LIMIT 1");
    if (!readable && failure_of(handle()).primary() == SQLITE_BUSY) return file.database();
    all += (all.empty() ? "" : " or of ") + file.database();
  }
  return all;
}

Error Session::failed_step_error(const Failure& failure, const std::string& database, std::string_view sql) {
  const bool locked = failure.primary() == SQLITE_BUSY;
  if (locked || failure.primary() == SQLITE_INTERRUPT) {
    const RunStop stop = control_->must_stop();
    if (stop != RunStop::nothing && locked) return stopped_while_locked(stop, database);
    if (stop != RunStop::nothing) return error_of(stop);
  }
  if (failure.primary() == SQLITE_INTERRUPT) return error_of(RunStop::cancelled);
  if (failure.primary() == SQLITE_TOOBIG) return too_large(failure);
  if (failure.primary() == SQLITE_AUTH && authorizer_.denial()) return authorizer_.denial()->error;
  if (auto explained = guard_.explain(failure, key_.database)) return std::move(*explained);
  // SQLite may have prepared the statement anew, and failed in that.
  const bool prepared_anew = failure.primary() == SQLITE_ERROR &&
                             (failure.message.starts_with("no such ") || !unknown_database(failure).empty());
  Error error = error_of(failure, prepared_anew ? Phase::preparing : Phase::running, database, sql);
  if (prepared_anew) add_nearest(error, failure, sql);
  return error;
}

// SQLite does not say which value it was: of a stored one it has not read more than the length.
Error Session::too_large(const Failure& failure) const {
  Error error = error_of(failure, Phase::running, key_.database, {});
  error.message =
      "a value has more than " + std::to_string(value_limit(value_bytes_)) +
      " bytes, the most that one may have here (`max_value_bytes`): select a part of it, for example "
      "with substr(), or leave its column out; length() tells which it is";
  return error;
}

}  // namespace penstock::sqlite
