// What customers and the bank had to say to each other: interactions, complaints, campaigns.
#include <algorithm>
#include <array>

#include "demo/bank.hpp"

namespace penstock::demo {

namespace {

constexpr std::int64_t kInteractions = 42'000;

struct Campaign {
  const char* name;
  const char* channel;
  const char* goal;
  Day start;
  Day end;  // 0 while it runs
  std::int64_t budget;
  int appeal;  // how many in a hundred accept
};
constexpr Campaign kCampaigns[] = {
    {"Spring Savings", "email", "savings", day(2024, 3, 4), day(2024, 4, 30), 4'500'000, 6},
    {"Home Loan Days", "post", "mortgage", day(2024, 5, 13), day(2024, 6, 28), 12'000'000, 3},
    {"Summer Travel Cover", "app", "insurance", day(2024, 6, 3), day(2024, 8, 31), 3'800'000, 11},
    {"Student Welcome", "app", "current account", day(2024, 8, 19), day(2024, 10, 11), 2'600'000, 9},
    {"Year-End Pension Check", "phone", "private banking", day(2024, 11, 4), day(2024, 12, 20), 6'100'000, 5},
    {"Car Loan Spring", "email", "auto loan", day(2025, 3, 10), day(2025, 5, 9), 5'200'000, 4},
    {"Bring a Friend", "app", "current account", day(2025, 4, 7), day(2025, 7, 4), 7'400'000, 13},
    {"Summer Travel Cover 2025", "app", "insurance", day(2025, 6, 2), day(2025, 8, 29), 4'100'000, 12},
    {"Back to Business", "phone", "business loan", day(2025, 9, 1), day(2025, 10, 31), 8'800'000, 2},
    {"Winter Savings", "email", "savings", day(2025, 11, 17), 0, 5'000'000, 8},
};

/// Someone who was a customer on some day between `from` and `to`, and such a day.
struct Moment {
  std::size_t customer;
  Day day;
};
Moment draw_moment(Random& random, const Bank& bank, Day from, Day to) {
  while (true) {
    const auto customer =
        static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bank.customers.size())));
    const Day drawn = static_cast<Day>(random.between(from, to));
    const Customer& who = bank.customers[customer];
    if (who.joined <= drawn && drawn <= who.closed.value_or(kToday)) return {customer, drawn};
  }
}

Table interactions_table(const BankPtr& bank) {
  return {
      .name = "interactions",
      .comment = "Contacts between a customer and the bank in 2024 and 2025, by any channel",
      .columns = {required("interaction_id", integer(), "Number of the contact"),
                  required("customer_id", varchar(50), "The customer"),
                  optional(
                      "employee_id", varchar(50),
                      "Who spoke for the bank: employees_db.employees.employee_id; NULL for self-service"),
                  choice("channel", {"app", "phone", "email", "branch", "chat"}, "How"),
                  choice("topic", {"payments", "cards", "loans", "savings", "insurance", "login", "other"},
                         "About what"),
                  required("occurred_at", timestamp(), "When it began, local time"),
                  optional("duration_seconds", integer(),
                           "How long it took; NULL for e-mail and self-service",
                           "duration_seconds IS NULL OR duration_seconds > 0"),
                  optional("sentiment", varchar(30),
                           "Mood of the customer: positive, neutral, negative; NULL when not rated",
                           "sentiment IN ('positive', 'neutral', 'negative')"),
                  required("resolved", boolean(), "Whether the matter was settled at once")},
      .primary_key = {"interaction_id"},
      .foreign_keys = {{"customer_id", "customers", "customer_id"}},
      .indexes = {{{"customer_id", "occurred_at"}, false}, {{"employee_id"}, false}},
      .rows = [bank](RowSink& sink) {
        Random random("interactions");
        for (std::int64_t number = 1; number <= kInteractions; ++number) {
          const Moment moment = draw_moment(random, *bank, day(2024, 1, 1), kToday);
          const std::size_t channel = random.weighted({38, 24, 16, 14, 8});
          const bool alone = channel == 0;
          const bool written = channel == 2;
          const Team team = channel == 3 ? Team::branches : Team::contact;
          const Value employee =
              alone ? Value() : Value(bank->employees[bank->draw_employee(random, team)].id);
          const Value duration = alone || written
                                     ? Value()
                                     : Value(random.shaped({{0, 20}, {500, 260}, {900, 900}, {1000, 4200}}));
          const std::size_t mood = random.weighted({25, 40, 15, 20});
          const Value sentiment =
              mood == 3 ? Value() : Value(std::array{"positive", "neutral", "negative"}[mood]);
          sink.add(
              {number, bank->customers[moment.customer].id, employee,
               std::array{"app", "phone", "email", "branch", "chat"}[channel],
               std::array{"payments", "cards", "loans", "savings", "insurance", "login",
                          "other"}[random.weighted({28, 20, 12, 9, 8, 13, 10})],
               timestamp_value(at(moment.day, random.shaped({{0, 25'200}, {500, 46'800}, {1000, 79'200}}))),
               duration, sentiment, random.chance(mood == 2 ? 420 : 810)});
        }
      }};
}

struct Grievance {
  const char* category;
  const char* summary;
};
constexpr std::array<Grievance, 12> kGrievances{{
    {"fees", "A fee was charged twice"},
    {"fees", "The annual fee was raised without notice"},
    {"payments", "The transfer arrived three days late"},
    {"payments", "The statement shows an unknown direct debit"},
    {"payments", "A standing order was carried out after it had been cancelled"},
    {"cards", "The card was declined abroad although the journey was announced"},
    {"cards", "The new PIN letter was sent to a former address"},
    {"service", "The branch had closed earlier than posted"},
    {"service", "The promised call back never came"},
    {"digital", "The app signed the customer out during a payment"},
    {"digital", "The new phone could not be registered for a week"},
    {"advice", "The risk of the investment was not explained"},
}};

std::vector<Column> complaint_columns() {
  return {required("complaint_id", integer(), "Number of the complaint"),
          required("customer_id", varchar(50), "Who complained"),
          choice("category", {"fees", "payments", "cards", "service", "digital", "advice"}, "About what"),
          required("severity", integer(), "From 1 (a nuisance) to 5 (grave loss or breach of law)",
                   "severity BETWEEN 1 AND 5"),
          required("summary", text(), "What the customer said, in one sentence"),
          required("opened_on", date(), "Day it was received"),
          optional("closed_on", date(), "Day it was settled; NULL while open",
                   "closed_on IS NULL OR closed_on >= opened_on"),
          optional("handler_id", varchar(50),
                   "Who handles it: employees_db.employees.employee_id; NULL when not assigned yet"),
          optional("compensation", money(), "Paid to the customer, EUR; NULL when nothing was paid",
                   "compensation IS NULL OR compensation > 0")};
}

Table complaints_table(const BankPtr& bank) {
  return {.name = "complaints",
          .comment = "Complaints received in 2024 and 2025, open ones included",
          .columns = complaint_columns(),
          .primary_key = {"complaint_id"},
          .foreign_keys = {{"customer_id", "customers", "customer_id"}},
          .indexes = {{{"customer_id"}, false}, {{"closed_on"}, false}},
          .rows = [bank](RowSink& sink) {
            Random random("complaints");
            for (std::int64_t number = 1; number <= 2400; ++number) {
              const Moment moment = draw_moment(random, *bank, day(2024, 1, 1), kToday);
              const Grievance& grievance = random.one_of(kGrievances);
              const auto severity = static_cast<std::int64_t>(random.weighted({34, 31, 20, 11, 4})) + 1;
              const Day settled =
                  moment.day + static_cast<Day>(random.shaped({{0, 0}, {500, 16}, {900, 80}, {1000, 290}}) *
                                                (severity + 1) / 3);
              const bool open = settled > kToday;
              const Value handler =
                  open && random.chance(300)
                      ? Value()
                      : Value(bank->employees[bank->draw_employee(random, Team::contact)].id);
              const bool paid = !open && random.chance(90 * severity);
              sink.add({number, bank->customers[moment.customer].id, grievance.category, severity,
                        grievance.summary, date_value(moment.day), open ? Value() : date_value(settled),
                        handler, paid ? money_value(random.between(4, 60) * 250 * severity) : Value()});
            }
          }};
}

Table campaigns_table() {
  return {
      .name = "campaigns",
      .comment = "Advertising campaigns",
      .columns = {required("campaign_id", integer(), "Number of the campaign"),
                  required("name", varchar(100), "Name of the campaign"),
                  choice("channel", {"email", "post", "app", "phone"}, "How customers were addressed"),
                  required("goal", varchar(50), "What was to be sold"),
                  required("started_on", date(), "First day"),
                  optional("ended_on", date(), "Last day; NULL while it runs",
                           "ended_on IS NULL OR ended_on >= started_on"),
                  required("budget", money(), "Budget, EUR", "budget > 0")},
      .primary_key = {"campaign_id"},
      .foreign_keys = {},
      .indexes = {{{"name"}, true}},
      .rows = [](RowSink& sink) {
        for (std::int64_t number = 0; const Campaign& campaign : kCampaigns) {
          sink.add({++number, campaign.name, campaign.channel, campaign.goal, date_value(campaign.start),
                    campaign.end == 0 ? Value() : date_value(campaign.end), money_value(campaign.budget)});
        }
      }};
}

Table responses_table(const BankPtr& bank) {
  return {
      .name = "campaign_responses",
      .comment = "Whom a campaign addressed, and how each of them answered",
      .columns = {required("campaign_id", integer(), "The campaign"),
                  required("customer_id", varchar(50), "Who was addressed"),
                  required("sent_at", timestamp(), "When the message went out"),
                  choice("response", {"none", "viewed", "declined", "accepted"}, "How far the customer went"),
                  optional("responded_at", timestamp(),
                           "When the customer answered; NULL for none and viewed")},
      .primary_key = {"campaign_id", "customer_id"},
      .foreign_keys = {{"campaign_id", "campaigns", "campaign_id"},
                       {"customer_id", "customers", "customer_id"}},
      .indexes = {{{"customer_id"}, false}},
      .rows = [bank](RowSink& sink) {
        Random random("campaign_responses");
        for (std::int64_t number = 0; const Campaign& campaign : kCampaigns) {
          ++number;
          const Day last = (campaign.end == 0 ? kToday : campaign.end) - 20;
          for (const Customer& customer : bank->customers) {
            if (customer.joined > campaign.start || customer.closed || customer.dormant ||
                !random.chance(190))
              continue;
            const std::int64_t second = random.between(28'800, 64'800);
            const Second sent = at(static_cast<Day>(random.between(campaign.start, last)), second);
            const std::size_t response = random.weighted({63 - campaign.appeal, 29, 8, campaign.appeal});
            const Second answered =
                sent + random.shaped({{0, 60}, {500, 40'000}, {900, 500'000}, {1000, 1'500'000}});
            sink.add({number, customer.id, timestamp_value(sent),
                      std::array{"none", "viewed", "declined", "accepted"}[response],
                      response >= 2 ? timestamp_value(answered) : Value()});
          }
        }
      }};
}

}  // namespace

std::vector<Table> contact_tables(const BankPtr& bank) {
  return {interactions_table(bank), complaints_table(bank), campaigns_table(), responses_table(bank)};
}

}  // namespace penstock::demo
