// The demo bank's content: complete, consistent within and across its databases, and the same on every
// machine.
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "demo/bank.hpp"
#include "demo/sqlite_file.hpp"
#include "integration/demo_files.hpp"
#include "servers/scratch.hpp"

namespace penstock::demo {
namespace {

using demo_test::PlainFile;

/// FNV-1a over everything that a sink would see.
class Checksum : public RowSink {
 public:
  using RowSink::add;
  void add(std::span<const Value> row) override {
    for (const Value& value : row)
      take(value.to_text());
  }
  void take(std::string_view text) {
    for (const char c : text)
      value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    value_ = (value_ ^ 0xffU) * 0x100000001b3U;
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

std::uint64_t content_checksum() {
  Checksum checksum;
  std::vector<Database> databases = bank_databases();
  databases.push_back(rates_db());
  for (const Database& database : databases) {
    for (const Table& table : database.tables) {
      checksum.take(create_table_sql(table));
      table.rows(checksum);
    }
    for (const View& view : database.views)
      checksum.take(create_view_sql(view));
  }
  return checksum.value();
}

TEST(DemoBank, IsTheSameOnEveryMachine) {
  // Another content is another version: raise kBankVersion, so that banks on disk are written anew, and put
  // the new checksum here.
  ASSERT_EQ(kBankVersion, 1);
  EXPECT_EQ(content_checksum(), 5187973243165388923U);
}

/// Every value has the type of its column, and nulls are only where they may be.
class TypeCheck : public RowSink {
 public:
  explicit TypeCheck(const Table& table) : table_(table) {}
  using RowSink::add;
  void add(std::span<const Value> row) override {
    ASSERT_EQ(row.size(), table_.columns.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Column& column = table_.columns[i];
      const bool fits = row[i].is_null() ? column.nullable : row[i].type() == column.type.value;
      ASSERT_TRUE(fits) << table_.name << "." << column.name << " holds " << row[i].to_text();
      nulls_[i] += row[i].is_null() ? 1 : 0;
    }
    ++count_;
  }
  void expect_nulls_where_declared() const {
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      const Column& column = table_.columns[i];
      if (!column.nullable) continue;
      EXPECT_GT(nulls_[i], 0) << table_.name << "." << column.name << " is never NULL";
      EXPECT_LT(nulls_[i], count_) << table_.name << "." << column.name << " is always NULL";
    }
  }

 private:
  const Table& table_;
  std::vector<std::int64_t> nulls_ = std::vector<std::int64_t>(table_.columns.size());
  std::int64_t count_ = 0;
};

TEST(DemoBank, IsDescribedWithoutAFlawAndHoldsWhatItDescribes) {
  std::vector<Database> databases = bank_databases();
  databases.push_back(rates_db());
  ASSERT_EQ(databases.size(), 7U);
  for (const Database& database : databases) {
    EXPECT_EQ(first_flaw(database), "");
    for (const Table& table : database.tables) {
      TypeCheck check(table);
      table.rows(check);
      check.expect_nulls_where_declared();
    }
  }
}

TEST(DemoBank, FindsFlawsInADescription) {
  const Table sound{.name = "t",
                    .comment = "a table",
                    .columns = {required("a", integer(), "a number")},
                    .primary_key = {"a"},
                    .foreign_keys = {},
                    .indexes = {},
                    .rows = {}};
  const auto flaw = [](const Table& table) {
    return first_flaw({.name = "d", .tables = {table}, .views = {}});
  };
  EXPECT_EQ(flaw(sound), "");
  Table table = sound;
  table.primary_key = {"b"};
  EXPECT_EQ(flaw(table), "d.t: the primary key names b");
  table = sound;
  table.foreign_keys = {{"a", "elsewhere", "a"}};
  EXPECT_EQ(flaw(table), "d.t: the foreign key of a leads nowhere");
  table = sound;
  table.columns[0].comment.clear();
  EXPECT_EQ(flaw(table), "d.t: a has no comment");
  table = sound;
  table.indexes = {{{"b"}, false}};
  EXPECT_EQ(flaw(table), "d.t: an index names b");
}

/// A column that holds keys of another database.
struct Reference {
  const char* from;
  const char* column;
  const char* to;
  const char* key;
};
constexpr Reference kReferences[] = {
    {"customer_db.customers", "relationship_manager_id", "employees_db.employees", "employee_id"},
    {"customer_db.interactions", "employee_id", "employees_db.employees", "employee_id"},
    {"customer_db.complaints", "handler_id", "employees_db.employees", "employee_id"},
    {"accounts_db.accounts", "customer_id", "customer_db.customers", "customer_id"},
    {"loans_db.loans", "customer_id", "customer_db.customers", "customer_id"},
    {"loans_db.loans", "account_id", "accounts_db.accounts", "account_id"},
    {"loans_db.loans", "officer_id", "employees_db.employees", "employee_id"},
    {"insurance_db.policies", "customer_id", "customer_db.customers", "customer_id"},
    {"insurance_db.policies", "sold_by", "employees_db.employees", "employee_id"},
    {"insurance_db.claims", "adjuster_id", "employees_db.employees", "employee_id"},
    {"compliance_db.risk_ratings", "customer_id", "customer_db.customers", "customer_id"},
    {"compliance_db.kyc_checks", "customer_id", "customer_db.customers", "customer_id"},
    {"compliance_db.kyc_checks", "officer_id", "employees_db.employees", "employee_id"},
    {"compliance_db.sanctions_screenings", "customer_id", "customer_db.customers", "customer_id"},
    {"compliance_db.sanctions_screenings", "reviewer_id", "employees_db.employees", "employee_id"},
    {"compliance_db.alerts", "customer_id", "customer_db.customers", "customer_id"},
    {"compliance_db.alerts", "account_id", "accounts_db.accounts", "account_id"},
    {"compliance_db.alerts", "transaction_id", "accounts_db.transactions", "transaction_id"},
    {"compliance_db.alerts", "investigator_id", "employees_db.employees", "employee_id"},
    {"employees_db.branch_assignments", "branch_id", "accounts_db.branches", "branch_id"},
};

/// What the descriptions of tables and columns promise, each as a query for what breaks it.
constexpr const char* kBroken[] = {
    // An account's balance is the sum of its transactions, and what the last of them left.
    "SELECT a.account_id FROM accounts_db.accounts a WHERE ABS(a.balance - COALESCE((SELECT SUM(t.amount) "
    "FROM "
    "accounts_db.transactions t WHERE t.account_id = a.account_id), 0)) > 0.005",
    "SELECT account_id FROM (SELECT account_id, balance_after, SUM(amount) OVER (PARTITION BY account_id "
    "ORDER BY "
    "transaction_id) AS running FROM accounts_db.transactions) WHERE ABS(running - balance_after) > 0.005",
    "SELECT account_id FROM accounts_db.accounts WHERE status = 'closed' AND balance <> 0",
    "SELECT t.transaction_id FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id) "
    "WHERE t.balance_after < -a.overdraft_limit - 0.005 AND t.amount < 0",
    // Numbers rise with time, and nothing happens outside of an account's life or after the last day.
    "SELECT transaction_id FROM (SELECT transaction_id, booked_at, LAG(booked_at) OVER (ORDER BY "
    "transaction_id) AS "
    "before FROM accounts_db.transactions) WHERE booked_at < before",
    "SELECT t.transaction_id FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id) "
    "WHERE t.booked_at < a.opened_on OR substr(t.booked_at, 1, 10) > COALESCE(a.closed_on, '2025-12-31')",
    "SELECT transaction_id FROM accounts_db.transactions WHERE booked_at < '2025-01-01'",
    // A salary comes at most once a month into an account.
    "SELECT account_id FROM accounts_db.transactions WHERE kind = 'salary' GROUP BY account_id, "
    "substr(booked_at, 1, "
    "7) HAVING COUNT(*) > 1",
    // The cards used are the account's own.
    "SELECT t.transaction_id FROM accounts_db.transactions t JOIN accounts_db.cards c USING (card_id) "
    "WHERE c.account_id <> t.account_id",
    // Dormant customers have no payments.
    "SELECT c.customer_id FROM customer_db.customers c JOIN accounts_db.accounts a USING (customer_id) JOIN "
    "accounts_db.transactions t USING (account_id) WHERE c.status = 'dormant' AND t.kind NOT IN "
    "('opening_balance', "
    "'cash_deposit', 'fee', 'interest', 'transfer_out', 'transfer_in')",
    "SELECT customer_id FROM customer_db.customers WHERE (customer_type = 'business') <> (date_of_birth IS "
    "NULL)",
    "SELECT customer_id FROM customer_db.customers WHERE segment IN ('private', 'business') AND "
    "relationship_manager_id IS NULL",
    "SELECT c.customer_id FROM customer_db.customers c WHERE NOT EXISTS (SELECT 1 FROM accounts_db.accounts "
    "a WHERE "
    "a.customer_id = c.customer_id)",
    // What is outstanding on a loan is what was lent less what was repaid.
    "SELECT l.loan_id FROM loans_db.loans l WHERE ABS(l.principal - l.outstanding - COALESCE((SELECT "
    "SUM(r.principal_part) FROM loans_db.repayments r WHERE r.loan_id = l.loan_id AND r.paid_on IS NOT "
    "NULL), 0)) > "
    "0.005",
    "SELECT loan_id FROM loans_db.loans WHERE (status = 'repaid') <> (outstanding = 0)",
    "SELECT l.loan_id FROM loans_db.loans l JOIN accounts_db.accounts a USING (account_id) WHERE "
    "a.customer_id <> "
    "l.customer_id",
    "SELECT l.loan_id FROM loans_db.loans l WHERE l.product IN ('mortgage', 'auto') AND NOT EXISTS (SELECT 1 "
    "FROM "
    "loans_db.collateral c WHERE c.loan_id = l.loan_id)",
    // Claims fall into the time that their policy covers, and never cost more than it does.
    "SELECT c.claim_id FROM insurance_db.claims c JOIN insurance_db.policies p USING (policy_id) WHERE "
    "c.incident_on "
    "NOT BETWEEN p.started_on AND COALESCE(p.ended_on, '2025-12-31') OR c.amount_paid > p.coverage - "
    "p.deductible",
    "SELECT claim_id FROM insurance_db.claims WHERE (status = 'paid') <> (amount_paid IS NOT NULL)",
    // Every large cash deposit raised an alert, on the account and customer that it was made by.
    "SELECT t.transaction_id FROM accounts_db.transactions t WHERE t.kind = 'cash_deposit' AND t.amount >= "
    "10000 AND "
    "NOT EXISTS (SELECT 1 FROM compliance_db.alerts a WHERE a.transaction_id = t.transaction_id)",
    "SELECT l.alert_id FROM compliance_db.alerts l JOIN accounts_db.transactions t USING (transaction_id) "
    "JOIN "
    "accounts_db.accounts a ON a.account_id = t.account_id WHERE l.account_id <> a.account_id OR "
    "l.customer_id <> "
    "a.customer_id",
    "SELECT employee_id FROM employees_db.employees WHERE is_active <> (left_on IS NULL)",
    // JSON columns hold JSON.
    "SELECT customer_id FROM customer_db.customers WHERE preferences IS NOT NULL AND NOT "
    "json_valid(preferences)",
    "SELECT policy_id FROM insurance_db.policies WHERE beneficiaries IS NOT NULL AND NOT "
    "json_valid(beneficiaries)",
    "SELECT check_id FROM compliance_db.kyc_checks WHERE NOT json_valid(documents)",
    "SELECT customer_id FROM compliance_db.risk_ratings WHERE reasons IS NOT NULL AND NOT "
    "json_valid(reasons)",
};

TEST(DemoBank, HoldsTogetherWithinAndAcrossItsDatabases) {
  const test::ScratchFolder folder("penstock-demo-");
  demo_test::write_bank(folder.path());
  PlainFile bank(":memory:");
  for (const std::string_view name : demo_test::kBankDatabases) {
    const auto file = folder.path() / "data" / (std::string(name) + ".sqlite");
    PlainFile alone(file);
    // Both look at every row: checks and NOT NULL, and foreign keys.
    EXPECT_EQ(alone.value("PRAGMA integrity_check"), "ok") << name;
    EXPECT_EQ(alone.rows("PRAGMA foreign_key_check").size(), 0U) << name;
    EXPECT_EQ(alone.value("PRAGMA journal_mode"), "delete") << name;
    EXPECT_NE(alone.value("SELECT COUNT(*) FROM sqlite_stat1"), "0") << name;
    bank.attach(file, std::string(name));
  }
  for (const Reference& reference : kReferences) {
    const std::string from = reference.from;
    const std::string column = reference.column;
    EXPECT_EQ(bank.value("SELECT COUNT(*) FROM " + from + " WHERE " + column + " IS NOT NULL AND " + column +
                         " NOT IN (SELECT " + reference.key + " FROM " + reference.to + ")"),
              "0")
        << from << "." << column;
  }
  for (const char* query : kBroken)
    EXPECT_EQ(bank.rows(query).size(), 0U) << query;

  EXPECT_EQ(bank.value("SELECT COUNT(*) FROM customer_db.customers"), "20000");
  EXPECT_NEAR(std::stod(bank.value("SELECT COUNT(*) FROM accounts_db.accounts")), 30'000, 1'000);
  EXPECT_NEAR(std::stod(bank.value("SELECT COUNT(*) FROM accounts_db.transactions")), 265'000, 20'000);
}

Database one_table(std::function<void(RowSink&)> rows) {
  Table table{.name = "numbers",
              .comment = "Some numbers",
              .columns = {required("number", integer(), "A number", "number > 0"),
                          optional("word", varchar(10), "Its name; NULL when it has none")},
              .primary_key = {"number"},
              .foreign_keys = {},
              .indexes = {{{"word"}, true}},
              .rows = std::move(rows)};
  return {.name = "numbers_db",
          .tables = {std::move(table)},
          .views = {{.name = "nameless",
                     .comment = "Those without a name",
                     .query = "SELECT number FROM numbers WHERE word IS NULL"}}};
}

TEST(DemoBankFile, KeepsCommentsWhereSqliteKeepsTheStatement) {
  const test::ScratchFolder folder("penstock-demo-");
  const auto path = folder.path() / "numbers_db.sqlite";
  const RowCounts counts = write_sqlite_file(one_table([](RowSink& sink) {
                                               sink.add({1, "one"});
                                               sink.add({2, nullptr});
                                             }),
                                             path, 7);
  EXPECT_EQ(counts, (RowCounts{{"numbers", 2}}));
  PlainFile file(path);
  EXPECT_EQ(file.value("SELECT sql FROM sqlite_schema WHERE name = 'numbers'"),
            "CREATE TABLE numbers ( -- Some numbers\n"
            "  number INTEGER NOT NULL CHECK (number > 0), -- A number\n"
            "  word VARCHAR(10), -- Its name; NULL when it has none\n"
            "  PRIMARY KEY (number)\n"
            ")");
  EXPECT_EQ(file.value("SELECT number FROM nameless"), "2");
  EXPECT_TRUE(has_version(path, 7));
  EXPECT_FALSE(has_version(path, 8));
  EXPECT_FALSE(has_version(folder.path() / "absent.sqlite", 7));
}

TEST(DemoBankFile, IsReplacedWholeOrNotAtAll) {
  const test::ScratchFolder folder("penstock-demo-");
  const auto path = folder.path() / "numbers_db.sqlite";
  write_sqlite_file(one_table([](RowSink& sink) { sink.add({1, "one"}); }), path, 1);
  const Database broken = one_table([](RowSink& sink) {
    sink.add({2, "two"});
    sink.add({-3, "less than the check allows"});
  });
  EXPECT_THROW(write_sqlite_file(broken, path, 2), std::runtime_error);
  EXPECT_TRUE(has_version(path, 1));
  EXPECT_EQ(PlainFile(path).value("SELECT word FROM numbers"), "one");
  std::set<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    left.insert(entry.path().filename());
  EXPECT_THAT(left, testing::Not(testing::Contains(testing::HasSubstr(".new-"))));

  write_sqlite_file(one_table([](RowSink& sink) { sink.add({4, "four"}); }), path, 3);
  EXPECT_EQ(PlainFile(path).value("SELECT word FROM numbers"), "four");
}

TEST(DemoRandom, DrawsWhatThePublishedGeneratorDraws) {
  // What the authors' xoshiro256starstar.c yields from this state.
  Random random(std::array<std::uint64_t, 4>{1, 2, 3, 4});
  for (const std::uint64_t expected :
       {11520ULL, 0ULL, 1509978240ULL, 1215971899390074240ULL, 1216172134540287360ULL, 607988272756665600ULL,
        16172922978634559625ULL, 8476171486693032832ULL}) {
    EXPECT_EQ(random.next(), expected);
  }
}

TEST(DemoRandom, KeepsItsBoundsAndShapes) {
  Random first("a");
  Random again("a");
  Random other("b");
  EXPECT_EQ(first.next(), again.next());
  EXPECT_NE(first.next(), other.next());
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t between = first.between(-3, 3);
    ASSERT_TRUE(between >= -3 && between <= 3);
    const std::int64_t shaped = first.shaped({{0, 10}, {500, 20}, {1000, 1000}});
    ASSERT_TRUE(shaped >= 10 && shaped <= 1000);
    ASSERT_EQ(first.weighted({0, 5, 0}), 1U);
  }
  std::int64_t below_middle = 0;
  for (int i = 0; i < 10'000; ++i)
    below_middle += first.shaped({{0, 10}, {500, 20}, {1000, 1000}}) < 20 ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(below_middle), 5000, 250);
}

}  // namespace
}  // namespace penstock::demo
