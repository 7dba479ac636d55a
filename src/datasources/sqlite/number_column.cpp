#include "datasources/sqlite/number_column.hpp"

#include <utility>

namespace penstock::sqlite {

namespace {

// The array of a column that is about to be built anew.
class Spent {
 public:
  explicit Spent(ColumnBuilder& column) : array_(column.finish(storage_)) {}
  [[nodiscard]] const ArrayData& array() const noexcept { return array_; }

 private:
  std::vector<Buffer> storage_;  // before what borrows from it
  ArrayData array_;
};

}  // namespace

std::optional<double> exact_double(std::int64_t value) noexcept {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (value < -kExact || value > kExact) return std::nullopt;
  return static_cast<double>(value);
}

bool integers_to_reals(ColumnBuilder& column, std::vector<std::int64_t>& rows) {
  const Spent spent(column);
  const ArrayData& integers = spent.array();
  ColumnBuilder same{DataType(TypeId::int64)};
  ColumnBuilder reals{DataType(TypeId::float64)};
  bool exact = true;
  for (std::int64_t row = 0; row < integers.length; ++row) {
    if (integers.is_null(row)) {
      reals.append_null();
      same.append_null();
      continue;
    }
    const std::int64_t value = integers.values_as<std::int64_t>()[row];
    const auto real = exact_double(value);
    exact = exact && real;
    reals.append_float64(real.value_or(0));
    same.append_int64(value);
    rows.push_back(row);
  }
  if (!exact) rows.clear();
  column = exact ? std::move(reals) : std::move(same);
  return exact;
}

void reals_to_variant(ColumnBuilder& column, const std::vector<std::int64_t>& rows) {
  const Spent spent(column);
  const ArrayData& reals = spent.array();
  ColumnBuilder variant{DataType(TypeId::variant)};
  auto integer = rows.begin();
  for (std::int64_t row = 0; row < reals.length; ++row) {
    const bool is_integer = integer != rows.end() && *integer == row;
    if (is_integer) ++integer;
    if (reals.is_null(row)) {
      variant.append_null();
    } else if (is_integer) {
      const double value = reals.values_as<double>()[row];
      variant.alternative(TypeId::int64).append_int64(static_cast<std::int64_t>(value));
    } else {
      variant.alternative(TypeId::float64).append_float64(reals.values_as<double>()[row]);
    }
  }
  column = std::move(variant);
}

}  // namespace penstock::sqlite
