// A bank of three logical databases, for tests of the analysis of PostgreSQL statements.
#pragma once

#include <string>
#include <string_view>

#include "datasources/postgresql/analysis.hpp"

namespace penstock::postgresql::test {

/// customer_db lives in the schema customers_v2; extensions in `extensions`; two functions of the company are
/// allowed.
inline Policy bank_policy() {
  Policy policy;
  policy.database = "bank";
  policy.databases = {{"customer_db", "customers_v2"}, {"accounts_db", "accounts_db"}, {"Odd db", "Odd"}};
  policy.extension_schemas = {"extensions"};
  policy.allow_functions = {"risk_score", "accounts_db.open_balance", "reporting.\"Total\""};
  return policy;
}

inline const Analyzer& bank_analyzer() {
  static const Analyzer analyzer{bank_policy()};
  return analyzer;
}

inline Result<Analysis> analyze(std::string_view sql, Access access = Access::read_only,
                                std::string_view database = "customer_db") {
  return bank_analyzer().analyze({sql, database, access});
}

/// What went wrong, for messages of failed expectations.
inline std::string outcome(const Result<Analysis>& analysis) {
  if (analysis) return "allowed";
  return std::string(to_string(analysis.error().code)) + ": " + analysis.error().message;
}

}  // namespace penstock::postgresql::test
