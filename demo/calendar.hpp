// Days and seconds as numbers, so that the bank's time is arithmetic and ends on one fixed day.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "penstock/value.hpp"

namespace penstock::demo {

/// Days since 1970-01-01.
using Day = std::int32_t;
/// Seconds since 1970-01-01T00:00:00, no zone.
using Second = std::int64_t;

constexpr Day day(int year, unsigned month, unsigned day_of_month) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day_of_month)};
  return static_cast<Day>(std::chrono::sys_days(date).time_since_epoch().count());
}

/// The bank's today: nothing in it is later, but for what is planned (a card's expiry, a loan's end).
inline constexpr Day kToday = day(2025, 12, 31);
/// The first day with transactions.
inline constexpr Day kFirstDay = day(2025, 1, 1);

constexpr std::chrono::year_month_day date_of(Day day) {
  return std::chrono::year_month_day{std::chrono::sys_days(std::chrono::days(day))};
}
constexpr int year_of(Day day) {
  return static_cast<int>(date_of(day).year());
}
constexpr unsigned month_of(Day day) {
  return static_cast<unsigned>(date_of(day).month());
}

constexpr bool is_weekend(Day day) {
  const std::chrono::weekday weekday{std::chrono::sys_days(std::chrono::days(day))};
  return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
}
/// The same day of the month so many months later, or the last day of a month that has no such day.
constexpr Day months_later(Day start, int months) {
  const std::chrono::year_month_day from = date_of(start);
  const std::chrono::year_month target = from.year() / from.month() + std::chrono::months(months);
  const std::chrono::year_month_day_last last{target.year(), std::chrono::month_day_last(target.month())};
  const std::chrono::day day_of_month = from.day() < last.day() ? from.day() : last.day();
  return static_cast<Day>(std::chrono::sys_days(target / day_of_month).time_since_epoch().count());
}
/// The last day of a month of the bank's year 2025 that is not on a weekend: when salaries are paid.
constexpr Day last_working_day(unsigned month) {
  Day result = months_later(day(2025, month, 1), 1) - 1;
  while (is_weekend(result))
    --result;
  return result;
}

constexpr Second at(Day day, std::int64_t second_of_day) {
  return Second{day} * 86'400 + second_of_day;
}

inline Value date_value(Day day) {
  return Date{day};
}
inline Value timestamp_value(Second second) {
  return Timestamp{second * 1'000'000};
}
/// "-12.50" of -1250.
std::string money_text(std::int64_t cents);
inline Value money_value(std::int64_t cents) {
  return Decimal{money_text(cents)};
}
/// "CUST-000123" of ("CUST-", 6, 123).
std::string numbered(const char* prefix, int digits, std::int64_t number);

}  // namespace penstock::demo
