#include "datasources/mysql/parameters.hpp"

#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <variant>

#include "penstock/utf8.hpp"

#include "datasources/mysql/wire.hpp"

namespace penstock::mysql {

namespace {

constexpr std::size_t kMostParameters = 65'535;  // sent in 16 bits
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// Appends a value's type and bytes; says what is wrong with it when it cannot.
class Binder {
 public:
  using Problem = std::optional<std::string>;
  explicit Binder(BoundParameters& into) noexcept : into_(into) {}

  Problem operator()(std::monostate) { return fixed(6, 0, {}); }
  Problem operator()(bool value) { return number(1, static_cast<std::uint8_t>(value ? 1 : 0)); }
  Problem operator()(std::int64_t value) { return number(8, value); }
  Problem operator()(std::uint64_t value) { return number(8, value, kUnsigned); }
  Problem operator()(float value) {
    if (!std::isfinite(value)) return "is not a finite number, which is all the engine has";
    return number(4, value);
  }
  Problem operator()(double value) {
    if (!std::isfinite(value)) return "is not a finite number, which is all the engine has";
    return number(5, value);
  }
  Problem operator()(const Decimal& value) {
    if (value.text.find_first_of("Nn") != value.text.npos)
      return "is not a finite number, which is all the engine has";
    return lengthy(246, value.text);
  }
  Problem operator()(const std::string& value) { return text(value); }
  Problem operator()(const Json& value) { return text(value.text); }
  Problem operator()(const Uuid& value) {
    std::string written;
    append_text(written, value);
    return text(written);
  }
  Problem operator()(const Bytes& value) {
    return lengthy(252, {reinterpret_cast<const char*>(value.data.data()), value.data.size()});
  }
  Problem operator()(Date value) {
    std::string out;
    if (!put_date(out, value.days)) return "is a date beyond the years 0 to 9999";
    return lengthy(10, out);
  }
  Problem operator()(Timestamp value) { return moment(value.microseconds); }
  // The session's time zone is UTC.
  Problem operator()(TimestampTz value) { return moment(value.microseconds); }
  Problem operator()(Time value) { return time(value.microseconds); }
  Problem operator()(Interval value) {
    if (value.months != 0) return "is an interval with months, which no type of the engine holds";
    if (value.nanoseconds % 1'000 != 0) return "is an interval of less than microseconds";
    return time(value.days * kDay + value.nanoseconds / 1'000);
  }
  Problem operator()(const Value::List&) { return "is a list, which no type of the engine holds"; }

 private:
  static constexpr std::uint8_t kUnsigned = 0x80;

  Problem fixed(std::uint8_t type, std::uint8_t flags, std::string_view bytes) {
    into_.types += static_cast<char>(type);
    into_.types += static_cast<char>(flags);
    into_.values += bytes;
    return std::nullopt;
  }
  template <typename T>
  Problem number(std::uint8_t type, T value, std::uint8_t flags = 0) {
    return fixed(type, flags, {reinterpret_cast<const char*>(&value), sizeof value});
  }
  Problem lengthy(std::uint8_t type, std::string_view bytes) {
    static_cast<void>(fixed(type, 0, {}));
    put_length(into_.values, bytes.size());
    into_.values += bytes;
    return std::nullopt;
  }
  Problem text(std::string_view value) {
    if (!is_valid_utf8(value)) return "is text that is not valid UTF-8: give it as bytes";
    return lengthy(253, value);
  }
  static bool put_date(std::string& out, std::int64_t days) {
    constexpr std::int64_t kFirst = -719'528;  // 0000-01-01
    constexpr std::int64_t kLast = 2'932'896;  // 9999-12-31
    if (days < kFirst || days > kLast) return false;
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    const auto year = static_cast<std::uint16_t>(static_cast<int>(date.year()));
    out.append(reinterpret_cast<const char*>(&year), sizeof year);
    out += static_cast<char>(static_cast<unsigned>(date.month()));
    out += static_cast<char>(static_cast<unsigned>(date.day()));
    return true;
  }
  static void put_clock(std::string& out, std::int64_t of_day) {
    const std::int64_t seconds = of_day / kSecond;
    out += static_cast<char>(seconds / 3'600);
    out += static_cast<char>(seconds / 60 % 60);
    out += static_cast<char>(seconds % 60);
    const auto fraction = static_cast<std::uint32_t>(of_day % kSecond);
    out.append(reinterpret_cast<const char*>(&fraction), sizeof fraction);
  }
  Problem moment(std::int64_t microseconds) {
    std::string out;
    const std::int64_t days = (microseconds >= 0 ? microseconds : microseconds - kDay + 1) / kDay;
    if (!put_date(out, days)) return "is a time beyond the years 0 to 9999";
    put_clock(out, microseconds - days * kDay);
    return lengthy(12, out);
  }
  Problem time(std::int64_t microseconds) {
    constexpr std::int64_t kMost = (838LL * 3'600 + 59LL * 60 + 60) * kSecond;
    if (microseconds <= -kMost || microseconds >= kMost)
      return "is beyond 838 hours, which is all a TIME holds";
    const std::int64_t size = microseconds < 0 ? -microseconds : microseconds;
    std::string out(1, microseconds < 0 ? '\1' : '\0');
    const auto days = static_cast<std::uint32_t>(size / kDay);
    out.append(reinterpret_cast<const char*>(&days), sizeof days);
    put_clock(out, size % kDay);
    return lengthy(11, out);
  }

  BoundParameters& into_;
};

}  // namespace

Result<BoundParameters> bind_parameters(const Params& params) {
  if (params.is_named()) {
    return fail(ErrorCode::invalid_argument,
                "the engine numbers its parameters, and the values came with names; write `?` and give them "
                "in order");
  }
  if (params.size() > kMostParameters)
    return fail(ErrorCode::invalid_argument, "a statement has at most 65535 parameters");
  BoundParameters bound;
  bound.count = params.size();
  bound.nulls.assign((params.size() + 7) / 8, '\0');
  Binder binder(bound);
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (params[i].is_null()) bound.nulls[i / 8] = static_cast<char>(bound.nulls[i / 8] | (1 << (i % 8)));
    if (auto problem = std::visit(binder, params[i].storage())) {
      return fail(ErrorCode::invalid_argument,
                  "the value of parameter " + std::to_string(i + 1) + " " + *problem);
    }
  }
  return bound;
}

}  // namespace penstock::mysql
