// SQLite's authorizer: asked about every table, column, function and action while a statement is prepared, in
// views and triggers too. It allows what is listed and refuses the rest
// (https://www.sqlite.org/c3ref/set_authorizer.html).
#pragma once

#include <optional>
#include <string>

#include <sqlite3.h>

#include "penstock/error.hpp"
#include "penstock/settings.hpp"

namespace penstock::sqlite {

/// The policy of one session. Belongs to the session's thread.
class Authorizer {
 public:
  explicit Authorizer(Access access) noexcept : access_(access) {}
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;

  void install(sqlite3* database) noexcept;
  /// Other databases are attached: what could search all of them by an unqualified name is refused from now
  /// on.
  void require_qualified_pragmas() noexcept { qualified_pragmas_ = true; }

  struct Denial {
    Error error;
    bool was_write = false;  ///< of a row, which a virtual table's module may ask for on its own behalf
  };
  /// Before a statement is prepared.
  void forget_denial() noexcept {
    denial_.reset();
    altering_ = false;
  }
  /// The first refusal since forget_denial().
  [[nodiscard]] const std::optional<Denial>& denial() const noexcept { return denial_; }

  /// While it lives, SQLite runs a statement of ours, and everything is allowed.
  class OwnStatement {
   public:
    explicit OwnStatement(Authorizer& authorizer) noexcept : authorizer_(&authorizer) { ++authorizer.own_; }
    ~OwnStatement() { --authorizer_->own_; }
    OwnStatement(const OwnStatement&) = delete;
    OwnStatement& operator=(const OwnStatement&) = delete;

   private:
    Authorizer* authorizer_;
  };

 private:
  struct Request {
    int action = 0;
    const char* first = nullptr;
    const char* second = nullptr;
    const char* database = nullptr;
    const char* within = nullptr;  // the innermost trigger or view
  };
  static int on_request(void* self, int action, const char* first, const char* second, const char* database,
                        const char* within) noexcept;
  int decide(const Request& request);
  int read(const Request& request);
  int call(const Request& request);
  int pragma(const Request& request);
  int write(const Request& request, const char* table);
  int define(const Request& request);
  [[nodiscard]] bool is_temp(const Request& request) const noexcept;
  int deny(ErrorCode code, std::string message, bool was_write = false);

  Access access_;
  bool qualified_pragmas_ = false;
  int own_ = 0;
  bool altering_ = false;  // ALTER TABLE was allowed: it looks through the temp database by itself
  std::optional<Denial> denial_;
};

}  // namespace penstock::sqlite
