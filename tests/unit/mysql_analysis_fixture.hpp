// The analysis of MySQL's statements as a datasource with two databases has it.
#pragma once

#include <string>
#include <string_view>

#include "datasources/mysql/analysis.hpp"

namespace penstock::mysql::test {

inline const Analyzer& analyzer() {
  static const Analyzer one({.databases = {{"customer_db", "customer_db"}, {"accounts", "accounts_db"}},
                             .allow_functions = {"age_of", "accounts_db.balance"}});
  return one;
}

[[nodiscard]] inline Result<Analysis> analyze(std::string_view sql, Access access = Access::read_only) {
  return analyzer().analyze({.sql = sql, .database = "customer_db", .access = access});
}

}  // namespace penstock::mysql::test
