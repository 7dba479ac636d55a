// Loans, what has been repaid of them, and what secures them.
#include <algorithm>
#include <array>
#include <string_view>

#include "demo/bank.hpp"

namespace penstock::demo {

namespace {

constexpr std::int64_t kLoans = 4800;
constexpr std::int64_t kCents = 100;

enum class State : std::uint8_t { active, repaid, defaulted };

struct Loan {
  std::string id;
  std::size_t account = 0;  // and by it, the customer
  const char* product = "";
  std::int64_t principal = 0;  // cents
  std::int64_t rate = 0;       // thousandths of a per cent a year
  int months = 0;
  Day started = 0;
  State state = State::active;
  std::int64_t outstanding = 0;  // cents
  std::size_t officer = 0;
};

/// One instalment that has fallen due.
struct Repayment {
  std::size_t loan = 0;
  Day due = 0;
  std::optional<Day> paid;
  std::int64_t principal = 0;
  std::int64_t interest = 0;
};

struct Portfolio {
  std::vector<Loan> loans;
  std::vector<Repayment> repayments;
};

void draw_terms(Random& random, const Customer& customer, Loan& loan) {
  const std::size_t kind = customer.business ? 3 : random.weighted({26, 46, 28});
  loan.product = std::array{"mortgage", "personal", "auto", "business"}[kind];
  switch (kind) {
    case 0:
      loan.principal =
          random.shaped({{0, 60'000}, {500, 210'000}, {900, 390'000}, {1000, 900'000}}) / 1000 * 1000;
      loan.months = static_cast<int>(random.between(15, 30)) * 12;
      loan.rate = random.between(140, 430) * 10;
      break;
    case 1:
      loan.principal = random.shaped({{0, 1500}, {500, 8000}, {900, 25'000}, {1000, 50'000}}) / 100 * 100;
      loan.months = static_cast<int>(random.between(2, 12)) * 6;
      loan.rate = random.between(490, 1190) * 10;
      break;
    case 2:
      loan.principal = random.shaped({{0, 5000}, {500, 18'000}, {900, 38'000}, {1000, 95'000}}) / 100 * 100;
      loan.months = static_cast<int>(random.between(2, 7)) * 12;
      loan.rate = random.between(290, 790) * 10;
      break;
    default:
      loan.principal =
          random.shaped({{0, 10'000}, {500, 75'000}, {900, 420'000}, {1000, 3'000'000}}) / 1000 * 1000;
      loan.months = static_cast<int>(random.between(2, 20)) * 6;
      loan.rate = random.between(350, 920) * 10;
      break;
  }
  loan.principal *= kCents;
}

/// The instalments of a loan up to today: equal parts of the principal, and interest on what is left. Someone
/// of poor credit pays late more often, and may stop altogether.
void draw_repayments(Random& random, const Customer& customer, std::size_t index, Portfolio& portfolio) {
  Loan& loan = portfolio.loans[index];
  const std::int64_t score = customer.credit_score.value_or(640);
  const bool stops = random.chance(std::clamp<std::int64_t>((790 - score) * 4 / 5, 12, 360));
  const int last_paid = stops ? static_cast<int>(random.between(1, loan.months)) : loan.months;
  const std::int64_t late_permille = std::clamp<std::int64_t>((820 - score) / 3, 10, 170);
  loan.outstanding = loan.principal;
  int missed = 0;
  for (int number = 1; number <= loan.months; ++number) {
    Repayment repayment{
        .loan = index, .due = months_later(loan.started, number), .paid = {}, .principal = 0, .interest = 0};
    if (repayment.due > kToday || missed == 6) break;
    const std::int64_t part = loan.principal / loan.months;
    repayment.principal = number == loan.months ? loan.principal - part * (loan.months - 1) : part;
    const std::int64_t left = loan.principal - part * (number - 1);
    repayment.interest = left * loan.rate / 100'000 / 12;
    const Day delay =
        random.chance(late_permille) ? static_cast<Day>(random.shaped({{0, 2}, {700, 14}, {1000, 75}})) : 0;
    if (number <= last_paid && repayment.due + delay <= kToday) {
      repayment.paid = repayment.due + delay;
      loan.outstanding -= repayment.principal;
    } else {
      ++missed;
    }
    portfolio.repayments.push_back(repayment);
  }
  if (loan.outstanding == 0) loan.state = State::repaid;
  if (missed >= 3) loan.state = State::defaulted;
}

Portfolio make_portfolio(const Bank& bank) {
  Random random("loans");
  Portfolio portfolio;
  while (portfolio.loans.size() < static_cast<std::size_t>(kLoans)) {
    const auto account =
        static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bank.accounts.size())));
    const Account& pays = bank.accounts[account];
    const Customer& customer = bank.customers[pays.customer];
    const bool fits = !pays.closed && pays.currency == std::string_view("EUR") && !customer.dormant &&
                      (customer.business || customer.income) && kToday - pays.opened > 90;
    if (!fits) continue;
    Loan loan;
    loan.id = numbered("LN-", 6, static_cast<std::int64_t>(portfolio.loans.size()) + 1);
    loan.account = account;
    draw_terms(random, customer, loan);
    loan.started = static_cast<Day>(random.between(std::max(pays.opened + 30, day(2019, 1, 1)), kToday - 40));
    loan.officer = bank.draw_employee(random, customer.business ? Team::business : Team::lending);
    portfolio.loans.push_back(loan);
    draw_repayments(random, customer, portfolio.loans.size() - 1, portfolio);
  }
  return portfolio;
}

using PortfolioPtr = std::shared_ptr<const Portfolio>;

std::string rate_text(std::int64_t rate) {
  const std::string digits = numbered("", 4, rate);
  return digits.substr(0, digits.size() - 3) + "." + digits.substr(digits.size() - 3);
}

Table loans_table(const BankPtr& bank, const PortfolioPtr& portfolio) {
  return {
      .name = "loans",
      .comment = "Loans granted since 2019, repaid and defaulted ones included; all in EUR",
      .columns = {required("loan_id", varchar(50), "Loan number, such as LN-000123"),
                  required("customer_id", varchar(50), "Borrower: customer_db.customers.customer_id"),
                  required("account_id", varchar(50), "Account that pays: accounts_db.accounts.account_id"),
                  choice("product", {"mortgage", "personal", "auto", "business"}, "Kind of loan"),
                  required("principal", money(), "Amount that was lent, EUR", "principal > 0"),
                  required("interest_rate", decimal(6, 3), "Per cent a year on what is outstanding",
                           "interest_rate > 0"),
                  required("term_months", integer(), "Number of monthly instalments", "term_months > 0"),
                  required("outstanding", money(), "Principal not repaid yet on 2025-12-31, EUR",
                           "outstanding >= 0"),
                  choice("status", {"active", "repaid", "defaulted"},
                         "State; defaulted: three or more instalments missed"),
                  required("started_on", date(), "Day the money was paid out"),
                  required("matures_on", date(), "Day of the last instalment", "matures_on > started_on"),
                  required("officer_id", varchar(50), "Who granted it: employees_db.employees.employee_id")},
      .primary_key = {"loan_id"},
      .foreign_keys = {},
      .indexes = {{{"customer_id"}, false}, {{"status", "product"}, false}, {{"account_id"}, false}},
      .rows = [bank, portfolio](RowSink& sink) {
        for (const Loan& loan : portfolio->loans) {
          const Account& account = bank->accounts[loan.account];
          const char* state =
              std::array{"active", "repaid", "defaulted"}[static_cast<std::size_t>(loan.state)];
          sink.add({loan.id, bank->customers[account.customer].id, account.id, loan.product,
                    money_value(loan.principal), Decimal{rate_text(loan.rate)}, loan.months,
                    money_value(loan.outstanding), state, date_value(loan.started),
                    date_value(months_later(loan.started, loan.months)), bank->employees[loan.officer].id});
        }
      }};
}

Table repayments_table(const PortfolioPtr& portfolio) {
  return {
      .name = "repayments",
      .comment = "Instalments that fell due by 2025-12-31, paid or not; none after six were missed",
      .columns = {required("repayment_id", integer(), "Number of the instalment in the bank's books"),
                  required("loan_id", varchar(50), "The loan"), required("due_on", date(), "Day it fell due"),
                  optional("paid_on", date(), "Day it was paid; NULL when it was not",
                           "paid_on IS NULL OR paid_on >= due_on"),
                  required("principal_part", money(), "Part that reduces the debt, EUR",
                           "principal_part > 0"),
                  required("interest_part", money(), "Part that is interest, EUR", "interest_part >= 0")},
      .primary_key = {"repayment_id"},
      .foreign_keys = {{"loan_id", "loans", "loan_id"}},
      .indexes = {{{"loan_id", "due_on"}, true}, {{"paid_on"}, false}},
      .rows = [portfolio](RowSink& sink) {
        for (std::int64_t number = 0; const Repayment& repayment : portfolio->repayments) {
          sink.add({++number, portfolio->loans[repayment.loan].id, date_value(repayment.due),
                    repayment.paid ? date_value(*repayment.paid) : Value(), money_value(repayment.principal),
                    money_value(repayment.interest)});
        }
      }};
}

Table collateral_table(const PortfolioPtr& portfolio) {
  return {
      .name = "collateral",
      .comment = "What secures a loan: every mortgage and auto loan has one, some business loans too",
      .columns = {required("collateral_id", integer(), "Number of the record"),
                  required("loan_id", varchar(50), "The loan it secures"),
                  choice("kind", {"house", "flat", "land", "vehicle", "machinery", "receivables"},
                         "What it is"),
                  required("appraised_value", money(), "Value at the appraisal, EUR", "appraised_value > 0"),
                  required("appraised_on", date(), "Day of the appraisal"),
                  optional("insured_until", date(), "Last day of its insurance; NULL when not insured")},
      .primary_key = {"collateral_id"},
      .foreign_keys = {{"loan_id", "loans", "loan_id"}},
      .indexes = {{{"loan_id"}, false}},
      .rows = [portfolio](RowSink& sink) {
        Random random("collateral");
        std::int64_t number = 0;
        for (const Loan& loan : portfolio->loans) {
          const std::string_view product = loan.product;
          const bool home = product == "mortgage";
          if (product == "personal" || (product == "business" && !random.chance(550))) continue;
          const char* kind = "vehicle";
          if (home) kind = std::array{"house", "flat", "land"}[random.weighted({54, 43, 3})];
          if (product == "business")
            kind = std::array{"machinery", "receivables", "vehicle"}[random.weighted({5, 3, 2})];
          const std::int64_t value = loan.principal / 100 * random.between(home ? 102 : 85, home ? 190 : 130);
          const Day appraised = loan.started - static_cast<Day>(random.between(3, 60));
          const Day insured = kToday + static_cast<Day>(random.between(-90, 360));
          sink.add({++number, loan.id, kind, money_value(value / 10'000 * 10'000), date_value(appraised),
                    random.chance(110) ? Value() : date_value(insured)});
        }
      }};
}

}  // namespace

Database loans_db(const BankPtr& bank) {
  const auto portfolio = std::make_shared<const Portfolio>(make_portfolio(*bank));
  return {.name = "loans_db",
          .tables = {loans_table(bank, portfolio), repayments_table(portfolio), collateral_table(portfolio)},
          .views = {{.name = "missed_repayments",
                     .comment = "Instalments that fell due and were never paid, with borrower and amount",
                     .query = "SELECT r.repayment_id, r.loan_id, l.customer_id, r.due_on, "
                              "r.principal_part + r.interest_part AS amount_due\n"
                              "FROM repayments r\n"
                              "JOIN loans l ON l.loan_id = r.loan_id\n"
                              "WHERE r.paid_on IS NULL"}}};
}

}  // namespace penstock::demo
