// Exchange and interest rates: a second datasource, so that there is something to be refused across.
#include <algorithm>
#include <array>

#include "demo/bank.hpp"

namespace penstock::demo {

namespace {

struct Currency {
  const char* code;
  std::int64_t start;  // millionths for one euro
  std::int64_t step;   // most it moves in a day
};
constexpr std::array<Currency, 6> kCurrencies{{
    {"CHF", 940'000, 2600},
    {"GBP", 829'000, 2900},
    {"JPY", 162'700'000, 720'000},
    {"PLN", 4'275'000, 13'000},
    {"SEK", 11'440'000, 36'000},
    {"USD", 1'036'000, 4800},
}};

struct PolicyRate {
  const char* name;
  Day from;
  const char* rate;
};
constexpr std::array<PolicyRate, 12> kPolicyRates{{
    {"deposit facility", day(2024, 6, 12), "3.750"},
    {"deposit facility", day(2024, 9, 18), "3.500"},
    {"deposit facility", day(2024, 10, 23), "3.250"},
    {"deposit facility", day(2024, 12, 18), "3.000"},
    {"deposit facility", day(2025, 2, 5), "2.750"},
    {"deposit facility", day(2025, 3, 12), "2.500"},
    {"deposit facility", day(2025, 4, 23), "2.250"},
    {"deposit facility", day(2025, 6, 11), "2.000"},
    {"house mortgage", day(2025, 1, 1), "3.450"},
    {"house mortgage", day(2025, 6, 16), "3.200"},
    {"house personal loan", day(2025, 1, 1), "7.900"},
    {"house personal loan", day(2025, 6, 16), "7.600"},
}};

std::string millionths(std::int64_t rate) {
  const std::string digits = numbered("", 7, rate);
  return digits.substr(0, digits.size() - 6) + "." + digits.substr(digits.size() - 6);
}

Table exchange_table() {
  return {.name = "exchange_rates",
          .comment = "What one euro bought on each working day of 2025",
          .columns = {required("currency", fixed_char(3), "The currency, ISO 4217"),
                      required("quoted_on", date(), "Working day"),
                      required("rate", decimal(12, 6), "Units of the currency for one euro", "rate > 0")},
          .primary_key = {"currency", "quoted_on"},
          .foreign_keys = {},
          .indexes = {{{"quoted_on"}, false}},
          .rows = [](RowSink& sink) {
            Random random("exchange_rates");
            for (const Currency& currency : kCurrencies) {
              std::int64_t rate = currency.start;
              for (Day quoted = kFirstDay; quoted <= kToday; ++quoted) {
                if (is_weekend(quoted)) continue;
                // Drawn back towards where it started, so that a year of steps stays believable.
                const std::int64_t pull = (currency.start - rate) / 60;
                rate += pull + random.between(-currency.step, currency.step);
                sink.add({currency.code, date_value(quoted), Decimal{millionths(rate)}});
              }
            }
          }};
}

Table interest_table() {
  return {.name = "interest_rates",
          .comment = "Reference rates and the bank's own, with the day from which each holds",
          .columns = {required("rate_name", varchar(50), "Name of the rate"),
                      required("effective_from", date(),
                               "First day; it holds until the next one of the same name"),
                      required("rate", decimal(6, 3), "Per cent a year")},
          .primary_key = {"rate_name", "effective_from"},
          .foreign_keys = {},
          .indexes = {},
          .rows = [](RowSink& sink) {
            for (const PolicyRate& rate : kPolicyRates) {
              sink.add({rate.name, date_value(rate.from), Decimal{rate.rate}});
            }
          }};
}

}  // namespace

Database rates_db() {
  return {.name = "rates_db",
          .tables = {exchange_table(), interest_table()},
          .views = {{.name = "year_end_rates",
                     .comment = "Exchange rates of the last working day of 2025",
                     .query = "SELECT currency, rate\nFROM exchange_rates\nWHERE quoted_on = '2025-12-31'"}}};
}

}  // namespace penstock::demo
