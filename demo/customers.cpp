// Customers, where they live, and what they and the bank had to say to each other.
#include <algorithm>
#include <array>
#include <string_view>

#include "demo/bank.hpp"
#include "demo/names.hpp"

namespace penstock::demo {

namespace {

constexpr std::int64_t kCustomers = 20'000;
constexpr std::int64_t kCents = 100;
constexpr Day kFounded = day(2004, 3, 1);

constexpr const char* kMailProviders[] = {"example.com", "example.net", "example.org"};
constexpr const char* kLanguages[] = {"nl", "de", "fr", "es", "pl", "en"};  // by country

const char* draw_segment(Random& random, const Customer& customer) {
  if (customer.business) return "business";
  const std::int64_t income = customer.income.value_or(0) / kCents;
  if (income > 180'000) return "private";
  if (income > 75'000) return random.chance(700) ? "premium" : "standard";
  return random.chance(620) ? "standard" : "basic";
}

void draw_person_details(Random& random, Customer& customer) {
  // Grown up when they joined, and at most 101 years old.
  const Day eldest = std::max(day(1925, 1, 1), months_later(customer.joined, -12 * 80));
  const Day youngest = months_later(customer.joined, -12 * 18);
  const std::int64_t span = youngest - eldest;
  customer.born =
      eldest +
      static_cast<Day>(random.shaped({{0, 0}, {200, span * 45 / 100}, {600, span * 78 / 100}, {1000, span}}));
  const int age = (kToday - *customer.born) / 365;
  if (!random.chance(120)) {
    customer.income =
        random.shaped(
            {{0, 9'000}, {150, 19'000}, {500, 36'000}, {850, 66'000}, {980, 140'000}, {1000, 620'000}}) /
        100 * 100 * kCents;
  }
  customer.salaried = age >= 19 && age <= 66 && customer.income && random.chance(350);
}

Customer draw_customer(Random& random, const Bank& bank, std::int64_t number) {
  Customer customer;
  customer.id = numbered("CUST-", 6, number);
  customer.country = draw_country(random);
  customer.business = random.chance(110);
  const Country& country = countries()[customer.country];
  const Person person = customer.business ? draw_business(random, country) : draw_person(random, country);
  customer.name = person.name;
  if (!random.chance(25)) {
    customer.email = customer.business
                         ? "info@" + person.mailbox + std::to_string(number) + ".example"
                         : person.mailbox + std::to_string(number) + "@" + random.one_of(kMailProviders);
  }
  const std::int64_t age = kToday - kFounded;
  customer.joined = kFounded + static_cast<Day>(random.shaped(
                                   {{0, 0}, {300, age * 45 / 100}, {700, age * 80 / 100}, {1000, age - 2}}));
  if (customer.business) {
    customer.income = random.shaped({{0, 60'000}, {500, 420'000}, {900, 2'600'000}, {1000, 48'000'000}}) /
                      1000 * 1000 * kCents;
  } else {
    draw_person_details(random, customer);
  }
  customer.segment = draw_segment(random, customer);
  if (!random.chance(80))
    customer.credit_score = random.shaped({{0, 310}, {100, 540}, {500, 690}, {850, 770}, {1000, 850}});
  if (kToday - customer.joined > 400 && random.chance(60)) {
    customer.closed = static_cast<Day>(random.between(customer.joined + 200, kToday - 1));
  }
  customer.dormant = !customer.closed && !customer.salaried && random.chance(110);
  if (customer.business || std::string_view(customer.segment) == "private") {
    customer.manager = bank.draw_employee(random, customer.business ? Team::business : Team::private_banking);
  }
  return customer;
}

const char* status_of(const Customer& customer) {
  if (customer.closed) return "closed";
  return customer.dormant ? "dormant" : "active";
}

Value draw_preferences(Random& random, const Customer& customer) {
  if (random.chance(180)) return {};
  std::string text = R"({"language": ")";
  text += random.chance(850) ? kLanguages[customer.country] : "en";
  text += R"(", "paperless": )";
  text += random.chance(720) ? "true" : "false";
  text += R"(, "channels": [)";
  text += std::array{R"("app")", R"("app", "email")", R"("phone")",
                     R"("email", "post")"}[random.weighted({45, 30, 15, 10})];
  return Json{text + "]}"};
}

std::vector<Column> customer_columns() {
  return {required("customer_id", varchar(50),
                   "Customer number, such as CUST-000123; every database refers to it"),
          required("name", varchar(200), "Full name of the person, or name of the business"),
          optional("email", varchar(150), "E-mail address; NULL when the customer gave none"),
          optional("phone", varchar(40), "Telephone number with country code; NULL when unknown"),
          choice("customer_type", {"person", "business"}, "What the customer is"),
          choice("segment", {"basic", "standard", "premium", "private", "business"},
                 "Service level, by income; private customers and businesses have a relationship manager"),
          optional("date_of_birth", date(), "Date of birth; NULL for a business"),
          optional("annual_income", decimal(14, 2),
                   "Declared income of a person, or revenue of a business, EUR a year before tax; NULL when "
                   "not declared",
                   "annual_income IS NULL OR annual_income >= 0"),
          optional("credit_score", integer(),
                   "Creditworthiness from 300 (poor) to 850 (excellent); NULL when never scored",
                   "credit_score IS NULL OR credit_score BETWEEN 300 AND 850"),
          required("country_code", fixed_char(2), "Country of residence, ISO 3166-1 alpha-2"),
          choice("status", {"active", "dormant", "closed"},
                 "State of the relationship; dormant: no payments in 2025"),
          required("joined_on", date(), "First day as a customer"),
          optional("closed_on", date(), "Last day as a customer; NULL unless closed",
                   "closed_on IS NULL OR closed_on >= joined_on"),
          optional("relationship_manager_id", varchar(50),
                   "Personal adviser: employees_db.employees.employee_id; NULL for most persons"),
          required("marketing_consent", boolean(), "Whether the customer may be sent advertising"),
          optional("preferences", json(),
                   "Language, paperless and channels, as a JSON object; NULL when never set"),
          required("updated_at", timestamp(), "When this record was last changed")};
}

Table customers_table(const BankPtr& bank) {
  return {.name = "customers",
          .comment = "One row for each customer, a person or a business, former ones included",
          .columns = customer_columns(),
          .primary_key = {"customer_id"},
          .foreign_keys = {},
          .indexes = {{{"email"}, true},
                      {{"name"}, false},
                      {{"segment", "status"}, false},
                      {{"joined_on"}, false}},
          .rows = [bank](RowSink& sink) {
            Random random("customers.details");
            for (const Customer& customer : bank->customers) {
              const Country& country = countries()[customer.country];
              const Value email = customer.email.empty() ? Value() : Value(customer.email);
              const Value phone = random.chance(70) ? Value() : Value(draw_phone(random, country));
              const Value born = customer.born ? date_value(*customer.born) : Value();
              const Value income = customer.income ? money_value(*customer.income) : Value();
              const Value score = customer.credit_score ? Value(*customer.credit_score) : Value();
              const Value closed = customer.closed ? date_value(*customer.closed) : Value();
              const Value manager = customer.manager ? Value(bank->employees[*customer.manager].id) : Value();
              const Day changed =
                  static_cast<Day>(random.between(customer.joined, customer.closed.value_or(kToday)));
              sink.add({customer.id, customer.name, email, phone, customer.business ? "business" : "person",
                        customer.segment, born, income, score, country.code, status_of(customer),
                        date_value(customer.joined), closed, manager, random.chance(580),
                        draw_preferences(random, customer),
                        timestamp_value(at(changed, random.between(28'000, 72'000)))});
            }
          }};
}

Table addresses_table(const BankPtr& bank) {
  return {
      .name = "addresses",
      .comment = "Postal addresses of customers, former ones included",
      .columns = {required("address_id", integer(), "Number of the address"),
                  required("customer_id", varchar(50), "Whose address it is"),
                  choice("kind", {"home", "business", "mailing"}, "What it is used for"),
                  required("street", varchar(200), "Street and number"),
                  required("postal_code", varchar(12), "Postal code"), required("city", varchar(100), "City"),
                  optional("region", varchar(100), "Province or state; NULL where addresses name none"),
                  required("country_code", fixed_char(2), "Country, ISO 3166-1 alpha-2"),
                  required("valid_from", date(), "First day of use"),
                  optional("valid_to", date(), "Last day of use; NULL while it is in use",
                           "valid_to IS NULL OR valid_to >= valid_from")},
      .primary_key = {"address_id"},
      .foreign_keys = {{"customer_id", "customers", "customer_id"}},
      .indexes = {{{"customer_id"}, false}, {{"city"}, false}},
      .rows = [bank](RowSink& sink) {
        Random random("addresses");
        std::int64_t number = 0;
        for (const Customer& customer : bank->customers) {
          const Country& country = countries()[customer.country];
          const bool moved = kToday - customer.joined > 1200 && random.chance(210);
          const Day change =
              moved ? static_cast<Day>(random.between(customer.joined + 300, kToday - 300)) : 0;
          for (int part = 0; part < (moved ? 2 : 1); ++part) {
            const City& city = random.one_of(country.cities);
            const Value region = city.region == nullptr ? Value() : Value(city.region);
            const bool former = moved && part == 0;
            const bool mailing = !former && random.chance(45);
            const char* kind = customer.business ? "business" : "home";
            sink.add({++number, customer.id, mailing ? "mailing" : kind, draw_street(random, country),
                      draw_postal_code(random, city), city.name, region, country.code,
                      date_value(moved && !former ? change + 1 : customer.joined),
                      former ? date_value(change) : Value()});
          }
        }
      }};
}

}  // namespace

void make_customers(Bank& bank) {
  Random random("customers");
  for (std::int64_t number = 1; number <= kCustomers; ++number) {
    bank.customers.push_back(draw_customer(random, bank, number));
  }
}

Database customer_db(const BankPtr& bank) {
  Database database{
      .name = "customer_db", .tables = {customers_table(bank), addresses_table(bank)}, .views = {}};
  for (Table& table : contact_tables(bank))
    database.tables.push_back(std::move(table));
  database.views = {
      {.name = "active_customers",
       .comment = "Customers who are neither dormant nor closed, without the details",
       .query = "SELECT customer_id, name, email, customer_type, segment, country_code, joined_on\n"
                "FROM customers\n"
                "WHERE status = 'active'"},
      {.name = "open_complaints",
       .comment = "Complaints that are not settled yet, with the customer's name and segment",
       .query = "SELECT p.complaint_id, p.customer_id, c.name, c.segment, p.category, p.severity, "
                "p.opened_on\n"
                "FROM complaints p\n"
                "JOIN customers c ON c.customer_id = p.customer_id\n"
                "WHERE p.closed_on IS NULL"}};
  return database;
}

}  // namespace penstock::demo
