#include "datasources/duckdb/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "datasources/duckdb/number_text.hpp"

namespace penstock::duckdb {

namespace {

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorCode::invalid_argument, std::move(message));
}

std::string counted(std::size_t values) {
  return std::to_string(values) + (values == 1 ? " value" : " values");
}

constexpr std::size_t kMostDigits = 38;  // https://duckdb.org/docs/stable/sql/data_types/numeric

// "-12.50": its digits as one number, and how many of them stand behind the point.
std::optional<duckdb_decimal> decimal_of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  Int128 value = 0;
  std::size_t digits = 0;
  std::size_t scale = 0;
  bool behind_point = false;
  for (const char c : text) {
    if (c == '.' && !behind_point) {
      behind_point = true;
      continue;
    }
    if (c < '0' || c > '9' || ++digits > kMostDigits) return std::nullopt;
    value = value * 10 + (c - '0');
    if (behind_point) ++scale;
  }
  if (digits == 0) return std::nullopt;
  const auto whole = static_cast<UInt128>(negative ? -value : value);
  const duckdb_hugeint raw{static_cast<std::uint64_t>(whole), static_cast<std::int64_t>(whole >> 64U)};
  return duckdb_decimal{static_cast<std::uint8_t>(std::max(digits, scale)), static_cast<std::uint8_t>(scale),
                        raw};
}

// A value as DuckDB's own; what is wrong with it otherwise, said of "the value of parameter x".
class Maker {
 public:
  using Made = std::expected<ValueHandle, std::string>;
  explicit Maker(const Api& api) noexcept : api_(api) {}

  Made operator()(std::monostate) const { return made(api_.create_null_value()); }
  Made operator()(bool value) const { return made(api_.create_bool(value)); }
  Made operator()(std::int64_t value) const { return made(api_.create_int64(value)); }
  Made operator()(std::uint64_t value) const { return made(api_.create_uint64(value)); }
  Made operator()(float value) const { return made(api_.create_float(value)); }
  Made operator()(double value) const { return made(api_.create_double(value)); }
  Made operator()(const std::string& value) const { return text(value); }
  Made operator()(const Json& value) const { return text(value.text); }
  Made operator()(const Decimal& value) const {
    const auto number = decimal_of(value.text);
    if (!number)
      return std::unexpected("is no number of at most 38 digits, which is what DuckDB's DECIMAL holds");
    return made(api_.create_decimal(*number));
  }
  Made operator()(const Bytes& value) const {
    return made(
        api_.create_blob(reinterpret_cast<const std::uint8_t*>(value.data.data()), value.data.size()));
  }
  Made operator()(Date value) const { return made(api_.create_date(duckdb_date{infinite(value.days)})); }
  Made operator()(Time value) const { return made(api_.create_time(duckdb_time{value.microseconds})); }
  Made operator()(Timestamp value) const {
    return made(api_.create_timestamp(duckdb_timestamp{infinite(value.microseconds)}));
  }
  Made operator()(TimestampTz value) const {
    return made(api_.create_timestamp_tz(duckdb_timestamp{infinite(value.microseconds)}));
  }
  Made operator()(Interval value) const {
    if (value.nanoseconds % 1'000 != 0) return std::unexpected("is finer than a microsecond");
    return made(api_.create_interval(duckdb_interval{value.months, value.days, value.nanoseconds / 1'000}));
  }
  Made operator()(const Uuid& value) const {
    std::uint64_t upper = 0;
    std::uint64_t lower = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      upper = upper << 8U | std::to_integer<std::uint64_t>(value.bytes[i]);
      lower = lower << 8U | std::to_integer<std::uint64_t>(value.bytes[i + 8]);
    }
    return made(api_.create_uuid(duckdb_uhugeint{lower, upper}));
  }
  Made operator()(const Value::List& values) const {
    std::vector<ValueHandle> owners;
    std::vector<duckdb_value> raw;
    duckdb_type type = DUCKDB_TYPE_SQLNULL;
    for (const Value& value : values) {
      const duckdb_type own = type_of(value.type());
      if (own == DUCKDB_TYPE_INVALID) return std::unexpected("holds what cannot lie in a list");
      if (own != DUCKDB_TYPE_SQLNULL && type != DUCKDB_TYPE_SQLNULL && own != type)
        return std::unexpected("holds values of different types");
      if (own != DUCKDB_TYPE_SQLNULL) type = own;
      auto element = std::visit(*this, value.storage());
      if (!element) return element;
      raw.push_back(element->get());
      owners.push_back(std::move(*element));
    }
    if (type == DUCKDB_TYPE_SQLNULL) type = DUCKDB_TYPE_VARCHAR;  // DuckDB makes no list of nothing
    const TypeHandle element_type(api_, api_.create_logical_type(type));
    if (raw.empty()) raw.reserve(1);  // a list of nothing wants a place all the same
    return made(api_.create_list_value(element_type.get(), raw.data(), raw.size()));
  }

 private:
  template <typename T>
  static T infinite(T value) noexcept {
    return value == std::numeric_limits<T>::min() ? -std::numeric_limits<T>::max() : value;
  }
  static duckdb_type type_of(TypeId type) noexcept {
    switch (type) {
      case TypeId::null:
        return DUCKDB_TYPE_SQLNULL;
      case TypeId::boolean:
        return DUCKDB_TYPE_BOOLEAN;
      case TypeId::int64:
        return DUCKDB_TYPE_BIGINT;
      case TypeId::uint64:
        return DUCKDB_TYPE_UBIGINT;
      case TypeId::float32:
        return DUCKDB_TYPE_FLOAT;
      case TypeId::float64:
        return DUCKDB_TYPE_DOUBLE;
      case TypeId::string:
      case TypeId::json:
        return DUCKDB_TYPE_VARCHAR;
      case TypeId::bytes:
        return DUCKDB_TYPE_BLOB;
      case TypeId::date:
        return DUCKDB_TYPE_DATE;
      case TypeId::time:
        return DUCKDB_TYPE_TIME;
      case TypeId::timestamp:
        return DUCKDB_TYPE_TIMESTAMP;
      case TypeId::timestamp_tz:
        return DUCKDB_TYPE_TIMESTAMP_TZ;
      case TypeId::interval:
        return DUCKDB_TYPE_INTERVAL;
      case TypeId::uuid:
        return DUCKDB_TYPE_UUID;
      default:
        return DUCKDB_TYPE_INVALID;
    }
  }
  Made text(const std::string& value) const {
    return made(api_.create_varchar_length(value.data(), value.size()));
  }
  Made made(duckdb_value value) const {
    if (value == nullptr) return std::unexpected("cannot be bound");
    return ValueHandle(api_, value);
  }

  const Api& api_;
};

// A parameter of the statement: its number, or its name.
struct Marker {
  std::size_t number = 0;  // from 1; 0: it has a name
  std::string name;
};

class Binder {
 public:
  Binder(const Api& api, duckdb_prepared_statement statement) : api_(api), statement_(statement) {
    for (idx_t i = 1; i <= api.nparams(statement); ++i) {
      Marker marker;
      marker.name = name_of(i);
      const char* end = marker.name.data() + marker.name.size();
      if (std::from_chars(marker.name.data(), end, marker.number).ptr != end) marker.number = 0;
      named_ = named_ || marker.number == 0;
      count_ = std::max(count_, marker.number);
      markers_.push_back(std::move(marker));
    }
  }

  Result<void> bind(const Params& params) const {
    if (markers_.empty()) {
      if (params.empty()) return {};
      return invalid("the statement has no parameters, but " + counted(params.size()) + " came with it");
    }
    return named_ ? bind_named(params) : bind_numbered(params);
  }

 private:
  std::string name_of(idx_t index) const {
    const char* name = api_.parameter_name(statement_, index);
    return taken_text(api_,
                      const_cast<char*>(name));  // NOLINT(cppcoreguidelines-pro-type-const-cast): to be freed
  }

  Result<void> bind_numbered(const Params& params) const {
    if (params.is_named()) {
      return invalid(
          "the statement numbers its parameters (`?`, `$1`), but the values came with names, such as `" +
          params.names().front() + "`");
    }
    if (params.size() != count_) {
      return invalid("the statement wants " + counted(count_) + " for its parameters, and " +
                     counted(params.size()) + " came");
    }
    for (std::size_t i = 0; i < markers_.size(); ++i) {
      if (auto bound = bind_value(i, params[markers_[i].number - 1], markers_[i].name); !bound) return bound;
    }
    return {};
  }

  Result<void> bind_named(const Params& params) const {
    if (!params.is_named())
      return invalid("the statement names its parameters (" + list_names() + "); give their values by name");
    for (std::size_t i = 0; i < params.size(); ++i) {
      const std::string& name = params.names()[i];
      if (std::ranges::find(markers_, name, &Marker::name) == markers_.end())
        return invalid("the statement has no parameter $" + name + "; it has " + list_names());
      if (std::ranges::count(params.names(), name) > 1)
        return invalid("parameter $" + name + " came with two values");
    }
    for (std::size_t i = 0; i < markers_.size(); ++i) {
      const auto found = std::ranges::find(params.names(), markers_[i].name);
      if (found == params.names().end()) return invalid("no value came for parameter $" + markers_[i].name);
      const Value& value = params[static_cast<std::size_t>(found - params.names().begin())];
      if (auto bound = bind_value(i, value, "$" + markers_[i].name); !bound) return bound;
    }
    return {};
  }

  Result<void> bind_value(std::size_t index, const Value& value, const std::string& parameter) const {
    const auto made = std::visit(Maker(api_), value.storage());
    if (!made) return invalid("the value of parameter " + parameter + " " + made.error());
    if (api_.bind_value(statement_, index + 1, made->get()) != DuckDBSuccess)
      return invalid("the value of parameter " + parameter + " cannot be bound");
    return {};
  }

  std::string list_names() const {
    std::string names;
    for (const Marker& marker : markers_)
      names += (names.empty() ? "$" : ", $") + marker.name;
    return names;
  }

  const Api& api_;
  duckdb_prepared_statement statement_;
  std::vector<Marker> markers_;
  std::size_t count_ = 0;  // of the values wanted
  bool named_ = false;
};

}  // namespace

Result<void> bind(const Api& api, duckdb_prepared_statement statement, const Params& params) {
  return Binder(api, statement).bind(params);
}

}  // namespace penstock::duckdb
