// Holds the reviewed tables of functions, pragmas and modules against the SQLite that is really there.
#include <set>

#include "datasources/sqlite/policy.hpp"
#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

std::set<std::string> listed(const std::string& sql) {
  sqlite3* handle = nullptr;
  sqlite3_open(":memory:", &handle);
  std::set<std::string> names;
  const auto collect = [](void* into, int, char** values, char**) {
    static_cast<std::set<std::string>*>(into)->insert(values[0]);
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), collect, &names, nullptr), SQLITE_OK) << sql;
  sqlite3_close(handle);
  return names;
}

TEST(SqlitePolicy, EveryFunctionOfTheLibraryIsReviewed) {
  const auto functions = listed("SELECT name FROM pragma_function_list");
  ASSERT_GT(functions.size(), 100U);
  for (const std::string& name : functions)
    EXPECT_NE(find_function_rule(name), nullptr) << "nobody has said whether a statement may call " << name;
}

TEST(SqlitePolicy, EveryPragmaOfTheLibraryIsReviewed) {
  const auto pragmas = listed("SELECT name FROM pragma_pragma_list");
  ASSERT_GT(pragmas.size(), 50U);
  for (const std::string& name : pragmas)
    EXPECT_NE(find_pragma_rule(name), nullptr)
        << "nobody has said whether a statement may use PRAGMA " << name;
}

TEST(SqlitePolicy, EveryModuleOfTheLibraryIsReviewed) {
  // Kept, or dropped on purpose: texts of other statements, pages of the file, a tester of tokenizers.
  std::set<std::string> reviewed{"sqlite_stmt", "dbstat", "fts3tokenize"};
  for (const char* kept : kept_modules()) {
    if (kept != nullptr) reviewed.insert(kept);
  }
  for (const std::string& name : listed("SELECT name FROM pragma_module_list")) {
    EXPECT_TRUE(name.starts_with("pragma_") || reviewed.contains(name)) << name;
  }
}

TEST(SqlitePolicy, WhatIsRefusedSaysWhy) {
  for (const FunctionRule& rule : function_rules())
    EXPECT_EQ(rule.verdict == Verdict::allowed, rule.reason.empty()) << rule.name;
  for (const PragmaRule& rule : pragma_rules())
    EXPECT_EQ(rule.use != PragmaUse::refused, rule.reason.empty()) << rule.name;
}

}  // namespace
}  // namespace penstock::sqlite
