#include "conformance/duckdb_language.hpp"

#include <optional>

#include "conformance/duckdb_attacks.hpp"

namespace penstock::conformance {

namespace {

class DuckDbLanguage final : public SqlLanguage {
 public:
  [[nodiscard]] std::string rows_equal_named(std::string_view table, std::string_view column,
                                             std::string_view parameter) const override {
    return rows(table) + " WHERE " + quoted(column) + " = $" + std::string(parameter);
  }

 protected:
  [[nodiscard]] std::optional<std::string> column_type(TypeId type) const override {
    switch (type) {
      case TypeId::boolean:
        return "BOOLEAN";
      case TypeId::int64:
        return "BIGINT";
      case TypeId::uint64:
        return "UBIGINT";
      case TypeId::float32:
        return "FLOAT";
      case TypeId::float64:
        return "DOUBLE";
      case TypeId::decimal:
        return "DECIMAL(38, 0)";
      case TypeId::string:
        return "VARCHAR";
      case TypeId::bytes:
        return "BLOB";
      case TypeId::date:
        return "DATE";
      case TypeId::time:
        return "TIME";
      case TypeId::timestamp:
        return "TIMESTAMP";
      case TypeId::timestamp_tz:
        return "TIMESTAMPTZ";
      case TypeId::interval:
        return "INTERVAL";
      case TypeId::uuid:
        return "UUID";
      case TypeId::json:
        return "JSON";
      case TypeId::list:
        return "VARCHAR[]";
      default:
        return std::nullopt;
    }
  }
  [[nodiscard]] std::string literal(const Value& value) const override {
    // As text, so that no digit is read as a decimal's.
    const bool is_float = value.get_if<double>() != nullptr || value.get_if<float>() != nullptr;
    if (is_float) return "'" + value.to_text() + "'";
    if (const auto* bytes = value.get_if<Bytes>())
      return "unhex('" + Value(*bytes).to_text().substr(2) + "')";
    if (const auto* interval = value.get_if<Interval>()) {
      return "to_months(" + std::to_string(interval->months) + ") + to_days(" +
             std::to_string(interval->days) + ") + to_microseconds(" +
             std::to_string(interval->nanoseconds / 1'000) + ")";
    }
    if (const auto* list = value.get_if<Value::List>()) {
      std::string out;
      for (const Value& element : *list)
        out += (out.empty() ? "" : ", ") + literal(element);
      return "[" + out + "]";
    }
    return SqlLanguage::literal(value);
  }
  [[nodiscard]] std::string placeholder(std::size_t index) const override {
    return "$" + std::to_string(index);
  }
  [[nodiscard]] std::vector<std::string> comment_statements(const TableSpec& table) const override {
    std::vector<std::string> out;
    const auto is = [&](const std::string& comment) { return " IS " + literal(Value(comment)); };
    if (!table.comment.empty()) out.push_back("COMMENT ON TABLE " + quoted(table.name) + is(table.comment));
    for (const ColumnSpec& column : table.columns) {
      if (column.comment.empty()) continue;
      out.push_back("COMMENT ON COLUMN " + quoted(table.name) + "." + quoted(column.name) +
                    is(column.comment));
    }
    return out;
  }
};

}  // namespace

std::shared_ptr<const SqlLanguage> duckdb_language() {
  static const auto language = std::make_shared<const DuckDbLanguage>();
  return language;
}

Quirks duckdb_common_quirks() {
  Quirks quirks;
  // https://duckdb.org/docs/stable/clients/c/vector: 2,048 rows at once, of a mebibyte in the test of that
  quirks.reply_bytes = 2'048LL << 20;
  for (const Feature feature : {Feature::counted_connections, Feature::sessions}) {
    quirks.without[feature] = {"it runs within the process, so there are no sessions to see or to lose",
                               "https://duckdb.org/docs/stable/connect/concurrency"};
  }
  for (const char* name : {"decimal_trailing_zero", "decimal_scale_30", "decimal_money"}) {
    quirks.without_values[name] = {"a decimal column has one scale for all of its values",
                                   "https://duckdb.org/docs/stable/sql/data_types/numeric"};
  }
  quirks.leaks = duckdb_leaks();
  quirks.two_statements = "SELECT 1; SELECT 2";
  return quirks;
}

#if PENSTOCK_WITH_DUCKDB
demo::DuckDbWriter& duckdb_writer() {
  static demo::DuckDbWriter instance;
  return instance;
}
#endif

}  // namespace penstock::conformance
