// Insurance policies and the claims on them.
#include <algorithm>
#include <array>
#include <string_view>

#include "demo/bank.hpp"
#include "demo/names.hpp"

namespace penstock::demo {

namespace {

constexpr std::int64_t kPolicies = 9000;
constexpr std::int64_t kCents = 100;

struct Line {
  const char* product;
  int weight;
  std::int64_t coverage_low;  // EUR
  std::int64_t coverage_high;
  std::int64_t premium_per_mille;  // of the coverage, a year
  int claims_permille;             // how likely one is within a year
  std::array<const char*, 4> causes;
};
constexpr std::array<Line, 5> kLines{{
    {"home", 30, 90'000, 650'000, 2, 70, {"water damage", "storm", "burglary", "fire"}},
    {"auto", 28, 8000, 70'000, 32, 150, {"collision", "hail", "theft", "windscreen"}},
    {"travel", 18, 3000, 20'000, 14, 130, {"cancellation", "lost luggage", "medical abroad", "delay"}},
    {"health", 12, 20'000, 120'000, 16, 320, {"hospital", "dental", "physiotherapy", "medication"}},
    {"life", 12, 50'000, 800'000, 4, 4, {"death", "disability", "critical illness", "accident"}},
}};

struct Policy {
  std::string id;
  std::size_t customer = 0;
  std::size_t line = 0;
  std::int64_t coverage = 0;  // cents
  std::int64_t premium = 0;   // cents a month
  std::int64_t deductible = 0;
  Day started = 0;
  std::optional<Day> ended;
  std::size_t seller = 0;
};
using Policies = std::shared_ptr<const std::vector<Policy>>;

std::vector<Policy> make_policies(const Bank& bank) {
  Random random("policies");
  std::vector<Policy> policies;
  std::array<int, kLines.size()> weights{};
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = kLines[i].weight;
  while (policies.size() < static_cast<std::size_t>(kPolicies)) {
    const auto customer =
        static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bank.customers.size())));
    const Customer& holder = bank.customers[customer];
    if (holder.business || holder.closed || kToday - holder.joined < 60) continue;
    Policy policy;
    policy.id = numbered("POL-", 6, static_cast<std::int64_t>(policies.size()) + 1);
    policy.customer = customer;
    policy.line = random.weighted(weights);
    const Line& line = kLines[policy.line];
    const std::int64_t middle = line.coverage_low + (line.coverage_high - line.coverage_low) / 4;
    policy.coverage = random.shaped({{0, line.coverage_low}, {600, middle}, {1000, line.coverage_high}}) /
                      500 * 500 * kCents;
    policy.premium = std::max<std::int64_t>(
        policy.coverage / 1000 * line.premium_per_mille / 12 * random.between(80, 140) / 100, 390);
    policy.deductible = random.chance(300) ? 0 : random.between(1, 10) * 50 * kCents;
    policy.started =
        static_cast<Day>(random.between(std::max(holder.joined + 10, day(2018, 1, 1)), kToday - 10));
    if (kToday - policy.started > 365 && random.chance(220)) {
      policy.ended = static_cast<Day>(random.between(policy.started + 300, kToday));
    }
    policy.seller = bank.draw_employee(random, random.chance(600) ? Team::branches : Team::insurance);
    policies.push_back(policy);
  }
  return policies;
}

Value draw_beneficiaries(Random& random, const Bank& bank, const Policy& policy) {
  if (kLines[policy.line].product != std::string_view("life")) return {};
  const Country& country = countries()[bank.customers[policy.customer].country];
  std::string text = R"([{"name": ")" + draw_person(random, country).name + R"(", "share": )";
  if (random.chance(600)) return Json{text + "100}]"};
  return Json{text + R"(60}, {"name": ")" + draw_person(random, country).name + R"(", "share": 40}])"};
}

Table policies_table(const BankPtr& bank, const Policies& policies) {
  return {.name = "policies",
          .comment = "Insurance policies of persons, ended ones included; all in EUR",
          .columns = {required("policy_id", varchar(50), "Policy number, such as POL-000123"),
                      required("customer_id", varchar(50), "Policyholder: customer_db.customers.customer_id"),
                      choice("product", {"home", "auto", "travel", "health", "life"}, "What is insured"),
                      required("coverage", money(), "Most that is paid for one claim, EUR", "coverage > 0"),
                      required("monthly_premium", money(), "What the policyholder pays a month, EUR",
                               "monthly_premium > 0"),
                      required("deductible", money(), "Part of each claim that the policyholder bears, EUR",
                               "deductible >= 0"),
                      choice("status", {"active", "ended"}, "Whether it covers anything on 2025-12-31"),
                      required("started_on", date(), "First day of cover"),
                      optional("ended_on", date(), "Last day of cover; NULL while active",
                               "ended_on IS NULL OR ended_on >= started_on"),
                      required("sold_by", varchar(50), "Who sold it: employees_db.employees.employee_id"),
                      optional("beneficiaries", json(),
                               "Who receives a life insurance: JSON list of name and share in per "
                               "cent; NULL for other products")},
          .primary_key = {"policy_id"},
          .foreign_keys = {},
          .indexes = {{{"customer_id"}, false}, {{"product", "status"}, false}},
          .rows = [bank, policies](RowSink& sink) {
            Random random("policies.details");
            for (const Policy& policy : *policies) {
              sink.add({policy.id, bank->customers[policy.customer].id, kLines[policy.line].product,
                        money_value(policy.coverage), money_value(policy.premium),
                        money_value(policy.deductible), policy.ended ? "ended" : "active",
                        date_value(policy.started), policy.ended ? date_value(*policy.ended) : Value(),
                        bank->employees[policy.seller].id, draw_beneficiaries(random, *bank, policy)});
            }
          }};
}

void add_claim(Random& random, RowSink& sink, const Bank& bank, const Policy& policy, std::int64_t number) {
  const Line& line = kLines[policy.line];
  const Day incident = static_cast<Day>(random.between(policy.started, policy.ended.value_or(kToday)));
  const Day filed =
      std::min(kToday, incident + static_cast<Day>(random.shaped({{0, 0}, {600, 4}, {1000, 60}})));
  const std::int64_t share = random.shaped({{0, 4}, {500, 30}, {900, 160}, {1000, 700}});
  const bool whole = line.product == std::string_view("life");
  const std::int64_t claimed =
      whole ? policy.coverage : std::max<std::int64_t>(policy.coverage / 1000 * share, 4000) / 100 * 100;
  const bool open = filed + 45 > kToday && random.chance(650);
  const bool rejected = !open && random.chance(130);
  const std::int64_t due = std::min(claimed, policy.coverage) - policy.deductible;
  const bool paid = !open && !rejected && due > 0;
  const Day settled =
      std::min(kToday, filed + static_cast<Day>(random.shaped({{0, 1}, {500, 12}, {1000, 90}})));
  const char* status = open ? "open" : paid ? "paid" : "rejected";
  const Value adjuster = open && random.chance(250)
                             ? Value()
                             : Value(bank.employees[bank.draw_employee(random, Team::insurance)].id);
  sink.add({number, policy.id, line.causes[random.weighted({50, 24, 16, 10})], status, money_value(claimed),
            paid ? money_value(due) : Value(), date_value(incident), date_value(filed),
            open ? Value() : date_value(settled), adjuster, random.chance(rejected ? 190 : 12)});
}

Table claims_table(const BankPtr& bank, const Policies& policies) {
  return {
      .name = "claims",
      .comment = "Claims on insurance policies",
      .columns =
          {required("claim_id", integer(), "Number of the claim"),
           required("policy_id", varchar(50), "The policy"), required("cause", varchar(50), "What happened"),
           choice("status", {"open", "paid", "rejected"}, "State of the claim"),
           required("amount_claimed", money(), "What the policyholder asks for, EUR", "amount_claimed > 0"),
           optional("amount_paid", money(), "What was paid, after the deductible, EUR; NULL unless paid",
                    "amount_paid IS NULL OR amount_paid > 0"),
           required("incident_on", date(), "Day it happened"),
           required("filed_on", date(), "Day it was reported", "filed_on >= incident_on"),
           optional("settled_on", date(), "Day it was paid or rejected; NULL while open",
                    "settled_on IS NULL OR settled_on >= filed_on"),
           optional("adjuster_id", varchar(50),
                    "Who examines it: employees_db.employees.employee_id; NULL when not assigned yet"),
           required("fraud_suspected", boolean(), "Whether the adjuster suspects fraud")},
      .primary_key = {"claim_id"},
      .foreign_keys = {{"policy_id", "policies", "policy_id"}},
      .indexes = {{{"policy_id"}, false}, {{"status"}, false}, {{"filed_on"}, false}},
      .rows = [bank, policies](RowSink& sink) {
        Random random("claims");
        std::int64_t number = 0;
        for (const Policy& policy : *policies) {
          const int years = (policy.ended.value_or(kToday) - policy.started) / 365 + 1;
          const bool once = kLines[policy.line].product == std::string_view("life");
          for (int year = 0; year < (once ? 1 : years); ++year) {
            if (random.chance(kLines[policy.line].claims_permille))
              add_claim(random, sink, *bank, policy, ++number);
          }
        }
      }};
}

}  // namespace

Database insurance_db(const BankPtr& bank) {
  const auto policies = std::make_shared<const std::vector<Policy>>(make_policies(*bank));
  return {.name = "insurance_db",
          .tables = {policies_table(bank, policies), claims_table(bank, policies)},
          .views = {{.name = "claims_by_product",
                     .comment = "Number of claims, what was asked for and what was paid, by product",
                     .query = "SELECT p.product, COUNT(*) AS claims, SUM(c.amount_claimed) AS claimed, "
                              "SUM(c.amount_paid) AS paid\n"
                              "FROM claims c\n"
                              "JOIN policies p ON p.policy_id = c.policy_id\n"
                              "GROUP BY p.product"}}};
}

}  // namespace penstock::demo
