#include "datasources/sqlite/authorizer.hpp"

#include <string_view>
#include <utility>

#include "datasources/sqlite/lexer.hpp"
#include "datasources/sqlite/policy.hpp"

namespace penstock::sqlite {

namespace {

std::string_view text_of(const char* text) noexcept {
  return text == nullptr ? std::string_view{} : std::string_view(text);
}

constexpr std::string_view kPragmaPrefix = "pragma_";
constexpr std::string_view kTempIsOurs = "the temp database is Penstock's own";

// Functions that SQLite's own ALTER TABLE calls; a statement cannot name them.
bool is_internal_function(std::string_view name) noexcept {
  return name.starts_with("sqlite_rename_") || name == "sqlite_drop_column" || name == "sqlite_fail";
}

}  // namespace

void Authorizer::install(sqlite3* database) noexcept {
  sqlite3_set_authorizer(database, &Authorizer::on_request, this);
}

int Authorizer::on_request(void* self, int action, const char* first, const char* second,
                           const char* database, const char* within) noexcept {
  auto& authorizer = *static_cast<Authorizer*>(self);
  if (authorizer.own_ != 0) return SQLITE_OK;
  try {
    return authorizer.decide(Request{action, first, second, database, within});
  } catch (...) {  // no memory for the reason; the refusal stands without it
    return SQLITE_DENY;
  }
}

int Authorizer::deny(ErrorCode code, std::string message, bool was_write) {
  if (!denial_) {
    Denial denial;
    denial.error.code = code;
    denial.error.message = std::move(message);
    denial.error.sqlstate = code == ErrorCode::read_only ? "25006" : "42501";
    denial.was_write = was_write;
    denial_ = std::move(denial);
  }
  return SQLITE_DENY;
}

int Authorizer::decide(const Request& request) {
  switch (request.action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_READ:
      return read(request);
    case SQLITE_FUNCTION:
      return call(request);
    case SQLITE_PRAGMA:
      return pragma(request);
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return write(request, request.first);
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_VTABLE:
    case SQLITE_ALTER_TABLE:
    case SQLITE_REINDEX:
    case SQLITE_ANALYZE:
      return define(request);
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      return deny(ErrorCode::forbidden,
                  "a statement may not attach or detach files: Penstock does that by itself");
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return deny(ErrorCode::forbidden,
                  "each call is a transaction of its own, so there is none to begin or to end");
    default:
      return deny(ErrorCode::forbidden, "this kind of statement is refused (SQLite's action " +
                                            std::to_string(request.action) + ")");
  }
}

bool Authorizer::is_temp(const Request& request) const noexcept {
  return !altering_ && same_name(text_of(request.database), "temp");
}

int Authorizer::read(const Request& request) {
  const std::string_view table = text_of(request.first);
  if (altering_) return SQLITE_OK;
  if (is_temp(request) || same_name(table, "sqlite_temp_master") || same_name(table, "sqlite_temp_schema")) {
    return deny(ErrorCode::forbidden, std::string(kTempIsOurs));
  }
  if (folded(table).starts_with(kPragmaPrefix)) {
    const PragmaRule* rule = find_pragma_rule(table.substr(kPragmaPrefix.size()));
    if (rule != nullptr && rule->use == PragmaUse::refused) {
      return deny(ErrorCode::forbidden,
                  "`" + std::string(table) + "` is refused: " + std::string(rule->reason));
    }
  }
  return SQLITE_OK;
}

int Authorizer::call(const Request& request) {
  const std::string_view name = text_of(request.second);
  const FunctionRule* rule = find_function_rule(name);
  if (rule == nullptr) {
    if (access_ == Access::read_write && is_internal_function(name)) return SQLITE_OK;
    return deny(ErrorCode::forbidden,
                "the function `" + std::string(name) + "` is not among those reviewed as harmless");
  }
  const bool allowed =
      rule->verdict == Verdict::allowed ||
      (rule->verdict == Verdict::in_triggers && access_ == Access::read_write && request.within != nullptr);
  if (allowed) return SQLITE_OK;
  return deny(ErrorCode::forbidden,
              "the function `" + std::string(name) + "` is refused: " + std::string(rule->reason));
}

int Authorizer::pragma(const Request& request) {
  const std::string name(text_of(request.first));
  const PragmaRule* rule = find_pragma_rule(name);
  if (rule == nullptr)
    return deny(ErrorCode::forbidden, "PRAGMA " + name + " is not among those reviewed as harmless");
  if (rule->use == PragmaUse::refused) {
    return deny(ErrorCode::forbidden, "PRAGMA " + name + " is refused: " + std::string(rule->reason));
  }
  if (rule->use == PragmaUse::reads_value && request.second != nullptr) {
    return deny(access_ == Access::read_only ? ErrorCode::read_only : ErrorCode::forbidden,
                "PRAGMA " + name + " may be read, not set: leave its argument away");
  }
  if (is_temp(request)) return deny(ErrorCode::forbidden, std::string(kTempIsOurs));
  if (qualified_pragmas_ && rule->use == PragmaUse::names_object && request.database == nullptr) {
    return deny(ErrorCode::forbidden,
                "PRAGMA " + name +
                    " could mean either database here: write the database before it, as in "
                    "PRAGMA customer_db." +
                    name + "(...)");
  }
  return SQLITE_OK;
}

int Authorizer::write(const Request& request, const char* table) {
  if (access_ == Access::read_only) {
    return deny(ErrorCode::read_only,
                "this access is read-only, and the statement writes to `" + std::string(text_of(table)) + "`",
                true);
  }
  if (is_temp(request)) return deny(ErrorCode::forbidden, std::string(kTempIsOurs));
  return SQLITE_OK;
}

int Authorizer::define(const Request& request) {
  const std::string_view name =
      text_of(request.action == SQLITE_ALTER_TABLE ? request.second : request.first);
  if (access_ == Access::read_only) {
    return deny(ErrorCode::read_only, "this access is read-only, and the statement changes the schema (`" +
                                          std::string(name) + "`)");
  }
  // ALTER TABLE is asked about with the database first.
  const std::string_view database =
      text_of(request.action == SQLITE_ALTER_TABLE ? request.first : request.database);
  if (same_name(database, "temp")) return deny(ErrorCode::forbidden, std::string(kTempIsOurs));
  if (request.action == SQLITE_ALTER_TABLE) altering_ = true;
  if (request.action == SQLITE_CREATE_VTABLE && !may_create_with_module(text_of(request.second))) {
    return deny(ErrorCode::forbidden, "virtual tables of module `" + std::string(text_of(request.second)) +
                                          "` are refused; fts5 and rtree are allowed");
  }
  return SQLITE_OK;
}

}  // namespace penstock::sqlite
