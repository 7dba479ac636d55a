// Branches, products, accounts and cards.
#include <algorithm>
#include <array>
#include <string_view>

#include "demo/bank.hpp"
#include "demo/names.hpp"

namespace penstock::demo {

namespace {

constexpr std::int64_t kCents = 100;
constexpr std::int64_t kBranches = 42;
constexpr std::array<Product, 7> kProducts{{
    {"CUR", "Current Account", "current", 0, 0},
    {"PRE", "Premium Account", "current", 0, 11'940},
    {"STU", "Student Account", "current", 0, 0},
    {"BUS", "Business Account", "current", 0, 17'400},
    {"SAV", "Instant Savings", "savings", 1250, 0},
    {"FIX", "One-Year Savings", "savings", 2400, 0},
    {"FCY", "Foreign Currency Account", "current", 0, 6000},
}};
enum ProductIndex : std::size_t { kCurrent, kPremium, kStudent, kBusiness, kSavings, kFixed, kForeign };

/// The check digits of an IBAN: ISO 7064, MOD 97-10, of the account's part and the country's letters as
/// numbers.
std::string iban(std::int64_t number) {
  const std::string account = numbered("", 10, 4'100'000'000 + number * 7);
  std::int64_t remainder = 0;
  const auto feed = [&](std::string_view digits) {
    for (const char c : digits)
      remainder = (remainder * 10 + (c - '0')) % 97;
  };
  feed("10211322");  // ALDM, the bank
  feed(account);
  feed("2321");  // NL
  feed("00");
  return "NL" + numbered("", 2, 98 - remainder) + "ALDM" + account;
}

std::size_t draw_product(Random& random, const Customer& customer, int place) {
  if (place == 0) {
    if (customer.business) return kBusiness;
    if (customer.born && kToday - *customer.born < 365 * 25 && random.chance(600)) return kStudent;
    const std::string_view segment = customer.segment;
    return segment == "premium" || segment == "private" ? kPremium : kCurrent;
  }
  return std::array{kSavings, kFixed, kForeign, kCurrent}[random.weighted({62, 15, 9, 14})];
}

std::int64_t draw_overdraft(Random& random, const Customer& customer, std::size_t product) {
  if (product >= kSavings || product == kStudent || customer.credit_score.value_or(0) < 620) return 0;
  if (product == kBusiness) return random.between(1, 20) * 2500 * kCents;
  return random.between(1, 10) * 250 * kCents;
}

/// An open branch, one in the customer's country if a few draws find one. The first branches are the largest.
std::size_t draw_branch(Random& random, const Bank& bank, std::string_view country) {
  std::optional<std::size_t> found;
  for (int draws = 0; !found || draws < 12; ++draws) {
    const auto drawn = static_cast<std::size_t>(random.shaped({{0, 0}, {500, 9}, {1000, kBranches - 1}}));
    if (bank.branches[drawn].closed) continue;
    found = drawn;
    if (bank.branches[drawn].country == country) break;
  }
  return *found;
}

void add_account(Random& random, Bank& bank, std::size_t customer, int place) {
  const Customer& holder = bank.customers[customer];
  Account account;
  account.id = numbered("ACC-", 7, static_cast<std::int64_t>(bank.accounts.size()) + 1);
  account.customer = customer;
  account.product = draw_product(random, holder, place);
  account.branch = draw_branch(random, bank, countries()[holder.country].code);
  if (account.product == kForeign)
    account.currency = std::array{"USD", "GBP", "CHF"}[random.weighted({6, 3, 1})];
  const Day last = holder.closed.value_or(kToday);
  account.opened = place == 0 ? holder.joined : static_cast<Day>(random.between(holder.joined, last));
  if (holder.closed) {
    account.closed = holder.closed;
  } else if (place > 0 && last - account.opened > 200 && random.chance(90)) {
    account.closed = static_cast<Day>(random.between(account.opened + 100, last));
  }
  account.joint = !holder.business && random.chance(110);
  account.overdraft = draw_overdraft(random, holder, account.product);
  bank.accounts.push_back(account);
}

void add_cards(Random& random, Bank& bank) {
  for (std::size_t index = 0; index < bank.accounts.size(); ++index) {
    Account& account = bank.accounts[index];
    if (kProducts[account.product].kind != std::string_view("current")) continue;
    const bool debit = random.chance(860);
    const bool credit = account.product != kStudent && random.chance(account.product == kPremium ? 620 : 190);
    for (const bool is_credit : {false, true}) {
      if (is_credit ? !credit : !debit) continue;
      Card card;
      card.id = numbered("CARD-", 7, static_cast<std::int64_t>(bank.cards.size()) + 1);
      card.account = index;
      card.credit = is_credit;
      card.issued = std::max(account.opened, kToday - static_cast<Day>(random.between(30, 1400)));
      if (account.closed) card.issued = std::min(card.issued, *account.closed);
      if (!is_credit) account.debit_card = bank.cards.size();
      bank.cards.push_back(card);
    }
  }
}

Table branches_table(const BankPtr& bank) {
  return {.name = "branches",
          .comment = "The bank's branches",
          .columns = {required("branch_id", varchar(50), "Branch number, such as BR-007"),
                      required("name", varchar(100), "Name of the branch"),
                      required("city", varchar(100), "City"),
                      required("country_code", fixed_char(2), "Country, ISO 3166-1 alpha-2"),
                      required("opened_on", date(), "First day of business"),
                      optional("closed_on", date(), "Last day of business; NULL while it is open",
                               "closed_on IS NULL OR closed_on >= opened_on")},
          .primary_key = {"branch_id"},
          .foreign_keys = {},
          .indexes = {{{"city"}, false}},
          .rows = [bank](RowSink& sink) {
            for (const Branch& branch : bank->branches) {
              sink.add({branch.id, branch.name, branch.city, branch.country, date_value(branch.opened),
                        branch.closed ? date_value(*branch.closed) : Value()});
            }
          }};
}

Table products_table() {
  return {.name = "products",
          .comment = "The kinds of account that the bank offers",
          .columns = {required("product_code", varchar(10), "Short name, such as SAV"),
                      required("name", varchar(100), "Name in advertising"),
                      choice("kind", {"current", "savings"}, "What it is for"),
                      required("interest_rate", decimal(6, 3), "Interest on the balance, per cent a year",
                               "interest_rate >= 0"),
                      required("annual_fee", money(),
                               "Fee a year, in the account's currency, charged on 1 December",
                               "annual_fee >= 0")},
          .primary_key = {"product_code"},
          .foreign_keys = {},
          .indexes = {},
          .rows = [](RowSink& sink) {
            std::array<Product, kProducts.size()> sorted = kProducts;
            std::ranges::sort(sorted, {},
                              [](const Product& product) { return std::string_view(product.code); });
            for (const Product& product : sorted) {
              const std::string rate = numbered("", 4, product.rate);
              sink.add({product.code, product.name, product.kind,
                        Decimal{rate.substr(0, rate.size() - 3) + "." + rate.substr(rate.size() - 3)},
                        money_value(product.annual_fee)});
            }
          }};
}

std::vector<Column> account_columns() {
  return {
      required("account_id", varchar(50), "Account number, such as ACC-0001234"),
      required("customer_id", varchar(50), "Holder: customer_db.customers.customer_id"),
      required("product_code", varchar(10), "Kind of account"),
      required("branch_id", varchar(50), "Branch that keeps it"),
      required("iban", varchar(34), "International bank account number, with valid check digits"),
      required("currency", fixed_char(3), "Currency of all amounts of this account, ISO 4217"),
      required("balance", money(),
               "Balance on 2025-12-31: the sum of the account's transactions; 0 when closed"),
      required("overdraft_limit", money(), "How far the balance may fall below zero", "overdraft_limit >= 0"),
      choice("status", {"open", "closed"}, "Whether it can be used"),
      required("is_joint", boolean(), "Whether a second person may use it"),
      required("opened_on", date(), "First day"),
      optional("closed_on", date(), "Last day; NULL while it is open",
               "closed_on IS NULL OR closed_on >= opened_on")};
}

Table accounts_table(const BankPtr& bank) {
  return {
      .name = "accounts",
      .comment = "Current and savings accounts, closed ones included",
      .columns = account_columns(),
      .primary_key = {"account_id"},
      .foreign_keys = {{"product_code", "products", "product_code"}, {"branch_id", "branches", "branch_id"}},
      .indexes = {{{"iban"}, true}, {{"customer_id"}, false}, {{"branch_id"}, false}},
      .rows = [bank](RowSink& sink) {
        for (std::int64_t number = 0; const Account& account : bank->accounts) {
          sink.add({account.id, bank->customers[account.customer].id, kProducts[account.product].code,
                    bank->branches[account.branch].id, iban(++number), account.currency,
                    money_value(account.balance), money_value(account.overdraft),
                    account.closed ? "closed" : "open", account.joint, date_value(account.opened),
                    account.closed ? date_value(*account.closed) : Value()});
        }
      }};
}

Table cards_table(const BankPtr& bank) {
  return {
      .name = "cards",
      .comment = "Debit and credit cards",
      .columns = {required("card_id", varchar(50),
                           "Number of the card in the bank's books, such as CARD-0000042"),
                  required("account_id", varchar(50), "The account that is charged"),
                  choice("kind", {"debit", "credit"}, "What it is"),
                  required("last_four", fixed_char(4), "Last four digits printed on the card"),
                  choice("status", {"active", "blocked", "expired", "cancelled"}, "Whether it can be used"),
                  required("daily_limit", money(), "Most that can be paid in a day", "daily_limit > 0"),
                  required("contactless", boolean(), "Whether it pays without being inserted"),
                  required("issued_on", date(), "Day of issue"),
                  required("expires_on", date(), "Last day of use", "expires_on > issued_on")},
      .primary_key = {"card_id"},
      .foreign_keys = {{"account_id", "accounts", "account_id"}},
      .indexes = {{{"account_id"}, false}, {{"expires_on"}, false}},
      .rows = [bank](RowSink& sink) {
        Random random("cards.details");
        for (const Card& card : bank->cards) {
          const Day expires = months_later(card.issued, 48);
          const char* status = random.chance(25) ? "blocked" : "active";
          if (expires < kToday) status = "expired";
          if (bank->accounts[card.account].closed) status = "cancelled";
          const std::int64_t limit = random.between(1, 10) * (card.credit ? 500 : 250);
          sink.add({card.id, bank->accounts[card.account].id, card.credit ? "credit" : "debit",
                    numbered("", 4, random.below(10'000)), status, money_value(limit * kCents),
                    random.chance(930), date_value(card.issued), date_value(expires)});
        }
      }};
}

Table transactions_table(const BankPtr& bank) {
  return {
      .name = "transactions",
      .comment = "Everything that moved money on an account in 2025, oldest first",
      .columns = {required("transaction_id", integer(), "Number of the transaction; rises with time"),
                  required("account_id", varchar(50), "The account"),
                  required("booked_at", timestamp(), "When it was booked, local time"),
                  required("amount", money(), "Amount in the account's currency: positive in, negative out",
                           "amount <> 0"),
                  required("balance_after", money(), "Balance of the account right after it"),
                  choice("kind",
                         {"opening_balance", "salary", "card_payment", "cash_withdrawal", "cash_deposit",
                          "transfer_in", "transfer_out", "direct_debit", "fee", "interest"},
                         "What it is; opening_balance carries over from 2024"),
                  optional(
                      "category", varchar(30),
                      "What was paid for: groceries, restaurants, transport, travel, clothing, electronics, "
                      "health, leisure, housing, utilities; NULL when unknown"),
                  optional("counterparty", varchar(200),
                           "Shop, employer or other party; NULL for the bank itself"),
                  optional("card_id", varchar(50), "Card that was used; NULL without a card")},
      .primary_key = {"transaction_id"},
      .foreign_keys = {{"account_id", "accounts", "account_id"}, {"card_id", "cards", "card_id"}},
      .indexes = {{{"account_id", "booked_at"}, false}, {{"booked_at"}, false}, {{"kind"}, false}},
      .rows = [bank](RowSink& sink) {
        const auto text_or_null = [](const char* word) { return word == nullptr ? Value() : Value(word); };
        for (std::int64_t number = 0; const Transaction& entry : bank->transactions) {
          sink.add({++number, bank->accounts[entry.account].id, timestamp_value(entry.booked),
                    money_value(entry.amount), money_value(entry.balance_after), entry.kind,
                    text_or_null(entry.category), text_or_null(entry.counterparty),
                    entry.card ? Value(bank->cards[*entry.card].id) : Value()});
        }
      }};
}

}  // namespace

std::span<const Product> products() noexcept {
  return kProducts;
}

void make_branches(Bank& bank) {
  Random random("branches");
  for (std::int64_t number = 1; number <= kBranches; ++number) {
    const Country& country = countries()[draw_country(random)];
    const City& city = random.one_of(country.cities);
    Branch branch;
    branch.id = numbered("BR-", 3, number);
    branch.city = city.name;
    branch.name = branch.city + " " +
                  std::array{"Centre", "Station", "Harbour", "Market"}[random.weighted({4, 3, 1, 2})];
    branch.country = country.code;
    branch.opened = day(2004, 3, 1) + static_cast<Day>(random.below(6000));
    if (number > 5 && random.chance(90))
      branch.closed = static_cast<Day>(random.between(day(2023, 1, 1), day(2024, 12, 1)));
    bank.branches.push_back(branch);
  }
}

void make_accounts(Bank& bank) {
  Random random("accounts");
  for (std::size_t customer = 0; customer < bank.customers.size(); ++customer) {
    const auto count = static_cast<int>(random.weighted({62, 28, 8, 2})) + 1;
    for (int place = 0; place < count; ++place)
      add_account(random, bank, customer, place);
  }
  add_cards(random, bank);
}

Database accounts_db(const BankPtr& bank) {
  return {
      .name = "accounts_db",
      .tables = {branches_table(bank), products_table(), accounts_table(bank), cards_table(bank),
                 transactions_table(bank)},
      .views = {
          {.name = "open_accounts",
           .comment = "Accounts that can be used, with the names of their product and their branch",
           .query = "SELECT a.account_id, a.customer_id, p.name AS product, b.name AS branch, a.currency, "
                    "a.balance\n"
                    "FROM accounts a\n"
                    "JOIN products p ON p.product_code = a.product_code\n"
                    "JOIN branches b ON b.branch_id = a.branch_id\n"
                    "WHERE a.closed_on IS NULL"},
          {.name = "spending_by_category",
           .comment = "What was paid by card or direct debit in 2025, by currency and category",
           .query = "SELECT a.currency, t.category, COUNT(*) AS payments, -SUM(t.amount) AS total\n"
                    "FROM transactions t\n"
                    "JOIN accounts a ON a.account_id = t.account_id\n"
                    "WHERE t.amount < 0 AND t.category IS NOT NULL\n"
                    "GROUP BY a.currency, t.category"}}};
}

}  // namespace penstock::demo
