// The demo bank: who works there, who its customers are, and what they did until the end of 2025.
//
// Its parts refer to each other by index into Bank's lists. Everything else (addresses, complaints, claims,
// ...) hangs on these and is drawn while its table is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "demo/calendar.hpp"
#include "demo/database.hpp"
#include "demo/random.hpp"

namespace penstock::demo {

/// Changes whenever the content does, so that an older bank on disk is written anew.
inline constexpr int kBankVersion = 1;

/// The departments that other tables draw people from, as indexes into the list of departments.
enum class Team : std::uint8_t {
  branches = 3,
  contact,
  private_banking,
  business,
  lending,
  insurance,
  compliance
};

struct Employee {
  std::string id;
  std::string name;
  std::string email;
  std::size_t department = 0;
  std::optional<std::size_t> manager;
  std::string title;
  Day hired = 0;
  std::optional<Day> left;
  std::int64_t salary = 0;  ///< cents a year
};

struct Branch {
  std::string id;
  std::string name;
  std::string city;
  std::string country;
  Day opened = 0;
  std::optional<Day> closed;
};

struct Customer {
  std::string id;
  std::string name;
  std::string email;
  std::size_t country = 0;
  bool business = false;
  const char* segment = "";
  Day joined = 0;
  std::optional<Day> closed;
  bool dormant = false;
  std::optional<Day> born;
  std::optional<std::int64_t> income;  ///< cents a year, before tax
  std::optional<std::int64_t> credit_score;
  bool salaried = false;  ///< the salary comes in here
  std::optional<std::size_t> manager;
};

struct Account {
  std::string id;
  std::size_t customer = 0;
  std::size_t product = 0;
  std::size_t branch = 0;
  const char* currency = "EUR";
  Day opened = 0;
  std::optional<Day> closed;
  bool joint = false;
  std::int64_t overdraft = 0;  ///< cents, not negative
  std::int64_t balance = 0;    ///< cents: the sum of its transactions
  std::optional<std::size_t> debit_card;
};

struct Card {
  std::string id;
  std::size_t account = 0;
  bool credit = false;
  Day issued = 0;
};

struct Transaction {
  std::size_t account = 0;
  Second booked = 0;
  const char* kind = "";
  const char* category = nullptr;
  const char* counterparty = nullptr;
  std::int64_t amount = 0;         ///< cents, negative when money leaves
  std::int64_t balance_after = 0;  ///< cents
  std::optional<std::size_t> card;
};

/// What an account can be.
struct Product {
  const char* code = "";
  const char* name = "";
  const char* kind = "";
  std::int64_t rate = 0;        ///< thousandths of a per cent a year
  std::int64_t annual_fee = 0;  ///< cents
};
[[nodiscard]] std::span<const Product> products() noexcept;

struct Bank {
  std::vector<Employee> employees;
  std::vector<Branch> branches;
  std::vector<Customer> customers;
  std::vector<Account> accounts;
  std::vector<Card> cards;
  std::vector<Transaction> transactions;  ///< by time

  /// Someone of a team, by index into `employees`.
  [[nodiscard]] std::size_t draw_employee(Random& random, Team team) const;
};
using BankPtr = std::shared_ptr<const Bank>;

// The steps that make a bank, each of which needs those before it.
void make_branches(Bank& bank);
void make_employees(Bank& bank);
void make_customers(Bank& bank);
void make_accounts(Bank& bank);
void make_transactions(Bank& bank);
/// All of them.
[[nodiscard]] BankPtr make_bank();

/// The part of customer_db about what was said: interactions, complaints, campaigns.
[[nodiscard]] std::vector<Table> contact_tables(const BankPtr& bank);
[[nodiscard]] Database customer_db(const BankPtr& bank);
[[nodiscard]] Database accounts_db(const BankPtr& bank);
[[nodiscard]] Database loans_db(const BankPtr& bank);
[[nodiscard]] Database insurance_db(const BankPtr& bank);
[[nodiscard]] Database compliance_db(const BankPtr& bank);
[[nodiscard]] Database employees_db(const BankPtr& bank);
/// The six above.
[[nodiscard]] std::vector<Database> bank_databases();
/// Exchange and interest rates, which belong to no bank.
[[nodiscard]] Database rates_db();

}  // namespace penstock::demo
