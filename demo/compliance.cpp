// What the law makes a bank find out about its customers.
#include <algorithm>
#include <array>
#include <string_view>

#include "demo/bank.hpp"

namespace penstock::demo {

namespace {

constexpr std::int64_t kCents = 100;
constexpr std::int64_t kReportedCash = 10'000 * kCents;

std::string_view draw_rating(Random& random, const Customer& customer) {
  const std::size_t drawn = customer.business ? random.weighted({60, 30, 10}) : random.weighted({88, 10, 2});
  return std::array{"low", "medium", "high"}[drawn];
}

/// How each customer is rated, the same for every table that asks.
std::vector<std::string_view> make_ratings(const Bank& bank) {
  Random random("risk_ratings");
  std::vector<std::string_view> ratings;
  ratings.reserve(bank.customers.size());
  for (const Customer& customer : bank.customers)
    ratings.push_back(draw_rating(random, customer));
  return ratings;
}
using Ratings = std::shared_ptr<const std::vector<std::string_view>>;

Value draw_reasons(Random& random, std::string_view rating, bool exposed) {
  if (rating == "low") return {};
  std::string text = R"(["cash intensive business")";
  if (random.chance(500)) text = R"(["unusual payment pattern")";
  if (rating == "high") text += R"(, "counterparties abroad")";
  if (exposed) text += R"(, "politically exposed person")";
  return Json{text + "]"};
}

Table ratings_table(const BankPtr& bank, const Ratings& ratings) {
  return {
      .name = "risk_ratings",
      .comment = "The money-laundering risk of each customer, as last assessed",
      .columns = {required("customer_id", varchar(50), "The customer: customer_db.customers.customer_id"),
                  choice("rating", {"low", "medium", "high"}, "Risk"),
                  required("is_pep", boolean(), "Whether the customer is a politically exposed person"),
                  required("rated_on", date(), "Day of the assessment"),
                  optional("reasons", json(),
                           "Why the risk is not low, as a JSON list of texts; NULL when it is low")},
      .primary_key = {"customer_id"},
      .foreign_keys = {},
      .indexes = {{{"rating"}, false}},
      .rows = [bank, ratings](RowSink& sink) {
        Random random("risk_ratings.details");
        for (std::size_t index = 0; const Customer& customer : bank->customers) {
          const std::string_view rating = (*ratings)[index++];
          const bool exposed = !customer.business && rating == "high" && random.chance(350);
          const Day last = customer.closed.value_or(kToday);
          const Day rated = std::max(customer.joined, last - static_cast<Day>(random.below(700)));
          sink.add({customer.id, rating, exposed, date_value(rated), draw_reasons(random, rating, exposed)});
        }
      }};
}

Value draw_documents(Random& random, bool business) {
  if (business) return Json{R"(["register extract", "articles of association", "owner passport"])"};
  return Json{random.chance(640) ? R"(["identity card"])" : R"(["passport", "proof of address"])"};
}

Table kyc_table(const BankPtr& bank, const Ratings& ratings) {
  return {.name = "kyc_checks",
          .comment = "Identity checks (know your customer): one when joining, and again as the risk demands",
          .columns = {required("check_id", integer(), "Number of the check"),
                      required("customer_id", varchar(50), "The customer: customer_db.customers.customer_id"),
                      choice("level", {"simplified", "standard", "enhanced"}, "How thorough, by risk"),
                      choice("result", {"passed", "failed", "pending"}, "Outcome"),
                      required("checked_on", date(), "Day of the check"),
                      optional("valid_until", date(), "Day by which it must be repeated; NULL unless passed"),
                      required("officer_id", varchar(50), "Who checked: employees_db.employees.employee_id"),
                      required("documents", json(), "Documents that were seen, as a JSON list of texts")},
          .primary_key = {"check_id"},
          .foreign_keys = {},
          .indexes = {{{"customer_id", "checked_on"}, false}, {{"valid_until"}, false}},
          .rows = [bank, ratings](RowSink& sink) {
            Random random("kyc_checks");
            std::int64_t number = 0;
            for (std::size_t index = 0; const Customer& customer : bank->customers) {
              const std::string_view rating = (*ratings)[index++];
              const std::size_t level =
                  rating == "low" ? (random.chance(400) ? 0U : 1U) : (rating == "medium" ? 1U : 2U);
              const int years = rating == "high" ? 1 : (rating == "medium" ? 3 : 8);
              const Day last = customer.closed.value_or(kToday);
              for (Day checked = customer.joined; checked <= last;
                   checked = months_later(checked, 12 * years)) {
                const bool recent = kToday - checked < 25;
                const char* result = recent && random.chance(300) ? "pending"
                                     : random.chance(14)          ? "failed"
                                                                  : "passed";
                const Value valid = result == std::string_view("passed")
                                        ? date_value(months_later(checked, 12 * years))
                                        : Value();
                sink.add({++number, customer.id, std::array{"simplified", "standard", "enhanced"}[level],
                          result, date_value(checked), valid,
                          bank->employees[bank->draw_employee(random, Team::compliance)].id,
                          draw_documents(random, customer.business)});
              }
            }
          }};
}

Table screenings_table(const BankPtr& bank) {
  return {
      .name = "sanctions_screenings",
      .comment = "Comparisons of customers' names with sanctions lists",
      .columns = {required("screening_id", integer(), "Number of the screening"),
                  required("customer_id", varchar(50), "The customer: customer_db.customers.customer_id"),
                  choice("list_name", {"EU", "UN", "OFAC"},
                         "The list: of the European Union, the United Nations, the US Treasury"),
                  required("screened_at", timestamp(), "When"),
                  required("matched", boolean(), "Whether a name on the list was similar enough"),
                  optional("match_score", decimal(5, 2),
                           "Similarity of the names in per cent; NULL without a match",
                           "match_score IS NULL OR match_score BETWEEN 0 AND 100"),
                  optional("decision", varchar(30),
                           "cleared or confirmed, by a person; NULL without a match or not yet decided",
                           "decision IN ('cleared', 'confirmed')"),
                  optional("reviewer_id", varchar(50),
                           "Who decided: employees_db.employees.employee_id; NULL when nobody did")},
      .primary_key = {"screening_id"},
      .foreign_keys = {},
      .indexes = {{{"customer_id"}, false}, {{"matched"}, false}},
      .rows = [bank](RowSink& sink) {
        Random random("sanctions_screenings");
        std::int64_t number = 0;
        for (const Customer& customer : bank->customers) {
          const Day last = customer.closed.value_or(kToday);
          const int times = 1 + static_cast<int>(random.chance(150)) + static_cast<int>(customer.business);
          for (int time = 0; time < times; ++time) {
            const Day screened =
                static_cast<Day>(random.between(std::max(customer.joined, last - 700), last));
            const bool matched = random.chance(9);
            const bool decided = matched && random.chance(880);
            const Value score = matched ? Value(Decimal{money_text(random.between(7600, 9990))}) : Value();
            const Value decision = decided ? Value(random.chance(30) ? "confirmed" : "cleared") : Value();
            const Value reviewer =
                decided ? Value(bank->employees[bank->draw_employee(random, Team::compliance)].id) : Value();
            sink.add({++number, customer.id, std::array{"EU", "UN", "OFAC"}[random.weighted({5, 3, 2})],
                      timestamp_value(at(screened, random.between(1800, 10'800))), matched, score, decision,
                      reviewer});
          }
        }
      }};
}

std::vector<Column> alert_columns() {
  return {
      required("alert_id", integer(), "Number of the alert"),
      required("customer_id", varchar(50), "The customer: customer_db.customers.customer_id"),
      required("account_id", varchar(50), "The account: accounts_db.accounts.account_id"),
      required("transaction_id", integer(), "What raised it: accounts_db.transactions.transaction_id"),
      choice("rule", {"large_cash_deposit", "large_transfer", "unusual_spending"}, "The rule that raised it"),
      required("severity", integer(), "From 1 (for the record) to 3 (report to the authority within a day)",
               "severity BETWEEN 1 AND 3"),
      choice("status", {"open", "investigating", "cleared", "reported"}, "State; reported: to the authority"),
      required("raised_at", timestamp(), "When"),
      optional("closed_at", timestamp(), "When it was cleared or reported; NULL until then"),
      optional("investigator_id", varchar(50),
               "Who investigates: employees_db.employees.employee_id; NULL while open"),
      optional("note", text(), "What the investigator found; NULL until then")};
}

/// The rule that a transaction breaks, and how gravely; a null rule for none.
struct Finding {
  const char* rule = nullptr;
  std::int64_t severity = 1;
};
Finding examine(Random& random, const Transaction& entry) {
  const std::string_view kind = entry.kind;
  if (kind == "cash_deposit" && entry.amount >= kReportedCash) {
    return {"large_cash_deposit", entry.amount >= 2 * kReportedCash ? 3 : 2};
  }
  if (kind.starts_with("transfer_") && (entry.amount > 3'000'000 || entry.amount < -3'000'000) &&
      random.chance(350)) {
    return {"large_transfer", 2};
  }
  if (kind == "card_payment" && entry.amount < -80'000 && random.chance(300)) return {"unusual_spending", 1};
  return {};
}

void add_alert(Random& random, RowSink& sink, const Bank& bank, std::int64_t number, std::size_t index,
               Finding finding) {
  const Transaction& entry = bank.transactions[index];
  const Account& account = bank.accounts[entry.account];
  const Second raised = entry.booked + random.between(5, 900);
  const Second closed =
      raised + random.shaped({{0, 3600}, {500, 400'000}, {900, 2'400'000}, {1000, 6'000'000}});
  const bool done = closed <= at(kToday, 86'399);
  const bool taken = done || random.chance(600);
  const bool reported = done && random.chance(finding.severity == 3 ? 520 : 40);
  const char* status = done ? (reported ? "reported" : "cleared") : (taken ? "investigating" : "open");
  const char* note =
      reported ? "The origin of the funds could not be shown" : "Fits what the customer is known to do";
  sink.add({number, bank.customers[account.customer].id, account.id, static_cast<std::int64_t>(index) + 1,
            finding.rule, finding.severity, status, timestamp_value(raised),
            done ? timestamp_value(closed) : Value(),
            taken ? Value(bank.employees[bank.draw_employee(random, Team::compliance)].id) : Value(),
            done ? Value(note) : Value()});
}

Table alerts_table(const BankPtr& bank) {
  return {.name = "alerts",
          .comment =
              "Transactions of 2025 that broke a monitoring rule; every cash deposit from 10,000 up is here",
          .columns = alert_columns(),
          .primary_key = {"alert_id"},
          .foreign_keys = {},
          .indexes = {{{"customer_id"}, false}, {{"transaction_id"}, true}, {{"status", "severity"}, false}},
          .rows = [bank](RowSink& sink) {
            Random random("alerts");
            std::int64_t number = 0;
            for (std::size_t index = 0; index < bank->transactions.size(); ++index) {
              const Finding finding = examine(random, bank->transactions[index]);
              if (finding.rule != nullptr) add_alert(random, sink, *bank, ++number, index, finding);
            }
          }};
}

}  // namespace

Database compliance_db(const BankPtr& bank) {
  const auto ratings = std::make_shared<const std::vector<std::string_view>>(make_ratings(*bank));
  return {
      .name = "compliance_db",
      .tables = {ratings_table(bank, ratings), kyc_table(bank, ratings), screenings_table(bank),
                 alerts_table(bank)},
      .views = {{.name = "open_alerts",
                 .comment = "Alerts that are neither cleared nor reported",
                 .query = "SELECT alert_id, customer_id, transaction_id, rule, severity, status, raised_at\n"
                          "FROM alerts\n"
                          "WHERE closed_at IS NULL"}}};
}

}  // namespace penstock::demo
