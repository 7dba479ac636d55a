#include "datasources/sqlite/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "penstock/utf8.hpp"

namespace penstock::sqlite {

namespace {

// The number in "?3" or "$3"; nothing for a name.
std::optional<std::size_t> number_in(std::string_view marker) noexcept {
  std::size_t number = 0;
  const std::string_view digits = marker.substr(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::unexpected<Error> invalid(std::string message) {
  auto error = fail(ErrorCode::invalid_argument, std::move(message));
  error.error().sqlstate = "07001";
  return error;
}

std::string counted(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " value" : " values");
}

// Binds one value; the text of a failure says what is wrong with the value.
class Binder {
 public:
  Binder(sqlite3_stmt* statement, int index) noexcept : statement_(statement), index_(index) {}

  std::optional<std::string> operator()(std::monostate) const {
    return check(sqlite3_bind_null(statement_, index_));
  }
  std::optional<std::string> operator()(bool value) const {
    return check(sqlite3_bind_int(statement_, index_, value ? 1 : 0));
  }
  std::optional<std::string> operator()(std::int64_t value) const {
    return check(sqlite3_bind_int64(statement_, index_, value));
  }
  std::optional<std::string> operator()(std::uint64_t value) const {
    if (!std::in_range<std::int64_t>(value)) return "is beyond SQLite's 64-bit signed integers";
    return (*this)(static_cast<std::int64_t>(value));
  }
  std::optional<std::string> operator()(float value) const { return (*this)(static_cast<double>(value)); }
  std::optional<std::string> operator()(double value) const {
    if (std::isnan(value)) return "is NaN, which SQLite would store as NULL";
    return check(sqlite3_bind_double(statement_, index_, value));
  }
  std::optional<std::string> operator()(const std::string& value) const { return text(value, SQLITE_STATIC); }
  std::optional<std::string> operator()(const Decimal& value) const {
    return text(value.text, SQLITE_STATIC);
  }
  std::optional<std::string> operator()(const Json& value) const { return text(value.text, SQLITE_STATIC); }
  std::optional<std::string> operator()(const Bytes& value) const {
    // A null pointer would bind NULL, and an empty vector may have one.
    if (value.data.empty()) return check(sqlite3_bind_zeroblob(statement_, index_, 0));
    return check(
        sqlite3_bind_blob64(statement_, index_, value.data.data(), value.data.size(), SQLITE_STATIC));
  }
  // In UTC, as SQLite's own date functions write it: text is what SQLite compares.
  std::optional<std::string> operator()(const TimestampTz& value) const {
    return (*this)(Timestamp{value.microseconds});
  }
  std::optional<std::string> operator()(const Value::List&) const {
    return "is a list, which SQLite does not have";
  }
  template <typename T>
  std::optional<std::string> operator()(const T& value) const {
    std::string written;
    append_text(written, value);
    return text(written, SQLITE_TRANSIENT);
  }

 private:
  [[nodiscard]] std::optional<std::string> text(std::string_view value,
                                                sqlite3_destructor_type lifetime) const {
    if (!is_valid_utf8(value)) return "is text that is not valid UTF-8: give it as bytes";
    const char* data = value.data() == nullptr ? "" : value.data();
    return check(sqlite3_bind_text64(statement_, index_, data, value.size(), lifetime, SQLITE_UTF8));
  }
  static std::optional<std::string> check(int code) {
    if (code == SQLITE_OK) return std::nullopt;
    if (code == SQLITE_TOOBIG) return "is larger than a single value may be";
    return "cannot be bound (" + std::string(sqlite3_errstr(code)) + ")";
  }

  sqlite3_stmt* statement_;
  int index_;
};

Result<void> bind_value(sqlite3_stmt* statement, int index, const Value& value, std::string_view parameter) {
  if (auto problem = std::visit(Binder(statement, index), value.storage())) {
    return invalid("the value of parameter " + std::string(parameter) + " " + *problem);
  }
  return {};
}

}  // namespace

Result<Parameters> Parameters::of(sqlite3_stmt* statement) {
  Parameters parameters;
  const int count = sqlite3_bind_parameter_count(statement);
  bool question = false;
  bool dollar = false;
  bool named = false;
  for (int index = 1; index <= count; ++index) {
    const char* written = sqlite3_bind_parameter_name(statement, index);
    const std::string_view marker = written == nullptr ? std::string_view("?") : std::string_view(written);
    Slot slot;
    slot.index = index;
    if (marker.front() == '?') {
      question = true;
      slot.number = static_cast<std::size_t>(index) - 1;
    } else if (const auto number = number_in(marker); number && marker.front() == '$') {
      if (*number == 0) return invalid("parameters are numbered from $1");
      dollar = true;
      slot.number = *number - 1;
    } else {
      named = true;
      slot.name = marker.substr(1);
    }
    parameters.count_ = std::max(parameters.count_, slot.number + 1);
    parameters.slots_.push_back(std::move(slot));
  }
  if (question + dollar + named > 1) {
    return invalid(
        "the statement mixes ways to write a parameter; use `?`, `$1` or names (`:id`) throughout");
  }
  parameters.style_ = named ? Style::named : count == 0 ? Style::none : Style::numbered;
  return parameters;
}

std::string Parameters::list_names() const {
  std::string names;
  for (const Slot& slot : slots_)
    names += (names.empty() ? ":" : ", :") + slot.name;
  return names;
}

Result<void> Parameters::bind(sqlite3_stmt* statement, const Params& params) const {
  switch (style_) {
    case Style::none:
      if (params.empty()) return {};
      return invalid("the statement has no parameters, but " + counted(params.size()) + " came with it");
    case Style::numbered:
      return bind_numbered(statement, params);
    case Style::named:
      return bind_named(statement, params);
  }
  std::unreachable();
}

Result<void> Parameters::bind_numbered(sqlite3_stmt* statement, const Params& params) const {
  if (params.is_named()) {
    return invalid(
        "the statement numbers its parameters (`?`, `$1`), but the values came with names, such as `" +
        params.names().front() + "`");
  }
  if (params.size() != count_) {
    return invalid("the statement wants " + counted(count_) + " for its parameters, and " +
                   counted(params.size()) + " came");
  }
  for (const Slot& slot : slots_) {
    const Value& value = params[slot.number];
    if (const auto* integer =
            value.get_if<std::int64_t>()) {  // the commonest, without a name made for the error
      sqlite3_bind_int64(statement, slot.index, *integer);
      continue;
    }
    if (auto bound = bind_value(statement, slot.index, value, std::to_string(slot.number + 1)); !bound)
      return bound;
  }
  return {};
}

Result<void> Parameters::bind_named(sqlite3_stmt* statement, const Params& params) const {
  if (!params.is_named()) {
    return invalid("the statement names its parameters (" + list_names() + "); give their values by name");
  }
  for (std::size_t i = 0; i < params.size(); ++i) {
    const std::string& name = params.names()[i];
    if (std::ranges::find(slots_, name, &Slot::name) == slots_.end()) {
      return invalid("the statement has no parameter :" + name + "; it has " + list_names());
    }
    if (std::find(params.names().begin(), params.names().begin() + static_cast<std::ptrdiff_t>(i), name) !=
        params.names().begin() + static_cast<std::ptrdiff_t>(i)) {
      return invalid("parameter :" + name + " came with two values");
    }
  }
  for (const Slot& slot : slots_) {
    const auto found = std::ranges::find(params.names(), slot.name);
    if (found == params.names().end()) return invalid("no value came for parameter :" + slot.name);
    const Value& value = params[static_cast<std::size_t>(found - params.names().begin())];
    if (auto bound = bind_value(statement, slot.index, value, ":" + slot.name); !bound) return bound;
  }
  return {};
}

}  // namespace penstock::sqlite
