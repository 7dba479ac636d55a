// The mission's own stack, psycopg with its pool, in a process beside this one.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include <sys/types.h>

#include "penstock/query.hpp"

#include "comparison/comparison.hpp"
#include "comparison/postgresql_bank.hpp"

namespace comparison {

/// psycopg_stack.py, told line by line what to do. One thread at a time.
class PsycopgStack : public std::enable_shared_from_this<PsycopgStack> {
 public:
  PsycopgStack(const PostgresqlBank& bank, const std::string& directory);
  PsycopgStack(const PsycopgStack&) = delete;
  PsycopgStack& operator=(const PsycopgStack&) = delete;
  ~PsycopgStack();

  /// Of psycopg, and which implementation it runs.
  [[nodiscard]] const std::string& version() const noexcept { return version_; }
  /// What the script does for `command`, as the bare side of a pair.
  [[nodiscard]] Side side(std::string command);
  /// Gives up unless psycopg's dicts hold what our JSON of the same query says.
  void compare_json(const std::string& sql, const penstock::QueryResult& result);

 private:
  [[nodiscard]] std::string ask(const std::string& command);

  std::string directory_;
  std::string version_;
  pid_t child_ = 0;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

}  // namespace comparison
