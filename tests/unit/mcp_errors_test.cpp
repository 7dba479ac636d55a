#include "server/mcp_errors.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace penstock::server {
namespace {

DatabaseSchema two_tables() {
  TableInfo customers{.name = "customers"};
  customers.columns = {{.name = "first_name"}, {.name = "city"}};
  TableInfo loans{.name = "loans"};
  loans.columns = {{.name = "amount"}};
  return {.database = "bank", .tables = {customers, loans}};
}

Error missing(std::string sqlstate, std::string message) {
  return {.code = ErrorCode::not_found, .message = std::move(message), .sqlstate = std::move(sqlstate)};
}

TEST(McpErrors, NameWhatThereIs) {
  EXPECT_EQ(what_there_is(missing("42P01", "there is no table `bank.custmers`"), two_tables(), ""),
            "Did you mean customers? The tables of bank: customers, loans.");
  EXPECT_EQ(what_there_is(missing("42703", "there is no column `frist_name`"), two_tables(),
                          "SELECT frist_name FROM Customers WHERE loans_x = 1"),
            "Did you mean first_name of customers? The columns of customers: first_name, city.");
  EXPECT_EQ(what_there_is(missing("42601", "a syntax error"), two_tables(), ""), "");
}

TEST(McpErrors, KeepWhatTheServerSaidToThemselves) {
  Error error = missing("42P01", "there is no such table");
  error.server_message = "secret";
  error.hint = "Look again.";
  EXPECT_EQ(error_text(error), "ERROR not_found (SQLSTATE 42P01): there is no such table. Hint: Look again.");
}

}  // namespace
}  // namespace penstock::server
