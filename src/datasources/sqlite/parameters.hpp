// The parameters of a statement and the values bound to them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "penstock/error.hpp"
#include "penstock/query.hpp"

namespace penstock::sqlite {

/// How a statement writes its parameters. A value; reads nothing but the statement it was made from.
class Parameters {
 public:
  Parameters() = default;
  /// Errors: `invalid_argument` for a statement that mixes `?`, `$1` and names.
  [[nodiscard]] static Result<Parameters> of(sqlite3_stmt* statement);

  [[nodiscard]] bool empty() const noexcept { return slots_.empty(); }
  /// Binds every value, or none that matters: on an error the statement is not run. Text and bytes are
  /// borrowed from `params`. Errors: `invalid_argument` that names the parameter.
  [[nodiscard]] Result<void> bind(sqlite3_stmt* statement, const Params& params) const;

 private:
  enum class Style : std::uint8_t { none, numbered, named };
  struct Slot {
    int index = 0;           // SQLite's
    std::size_t number = 0;  // numbered: which value, from 0
    std::string name;        // named: without its sigil
  };

  [[nodiscard]] Result<void> bind_numbered(sqlite3_stmt* statement, const Params& params) const;
  [[nodiscard]] Result<void> bind_named(sqlite3_stmt* statement, const Params& params) const;
  [[nodiscard]] std::string list_names() const;

  Style style_ = Style::none;
  std::size_t count_ = 0;  // of the values wanted
  std::vector<Slot> slots_;
};

}  // namespace penstock::sqlite
