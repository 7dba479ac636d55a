#include "datasources/sqlite/column_types.hpp"

#include <array>
#include <optional>

#include "penstock/utf8.hpp"

#include "core/json_check.hpp"
#include "datasources/sqlite/lexer.hpp"

namespace penstock::sqlite {

namespace {

struct NamedType {
  std::string_view name;
  Mapping mapping = Mapping::by_value;
};

// In small letters, without what stands in parentheses.
constexpr std::array kNamedTypes{
    NamedType{"any", Mapping::by_value},
    NamedType{"bool", Mapping::boolean},
    NamedType{"boolean", Mapping::boolean},
    NamedType{"date", Mapping::date},
    NamedType{"datetime", Mapping::timestamp},
    NamedType{"dec", Mapping::number},
    NamedType{"decimal", Mapping::number},
    NamedType{"guid", Mapping::uuid},
    NamedType{"json", Mapping::json},
    NamedType{"jsonb", Mapping::json},
    NamedType{"money", Mapping::number},
    NamedType{"number", Mapping::number},
    NamedType{"numeric", Mapping::number},
    NamedType{"string", Mapping::text},
    NamedType{"time", Mapping::time},
    NamedType{"timestamp", Mapping::timestamp},
    NamedType{"timestamp without time zone", Mapping::timestamp},
    NamedType{"uuid", Mapping::uuid},
};

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

std::string_view text_of(sqlite3_value* cell) noexcept {
  // The text first, the length after: the call may convert it from UTF-16.
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(cell));
  const int bytes = sqlite3_value_bytes(cell);
  return text == nullptr ? std::string_view{} : std::string_view(text, static_cast<std::size_t>(bytes));
}

std::span<const std::byte> blob_of(sqlite3_value* cell) noexcept {
  const auto* bytes = static_cast<const std::byte*>(sqlite3_value_blob(cell));
  return {bytes, static_cast<std::size_t>(sqlite3_value_bytes(cell))};
}

// Counts the bytes of a value against the limit on one value.
bool take(ReadValues& read, std::size_t bytes) noexcept {
  read.bytes += bytes;
  return std::cmp_less_equal(bytes, read.max_value_bytes);
}

CellStatus null_or_misfit(int storage, ColumnBuilder& out) {
  if (storage != SQLITE_NULL) return CellStatus::misfit;
  out.append_null();
  return CellStatus::appended;
}

CellStatus read_integer(ReadValues&, sqlite3_value* cell, ColumnBuilder& out) {
  const int storage = sqlite3_value_type(cell);
  if (storage != SQLITE_INTEGER) return null_or_misfit(storage, out);
  out.append_int64(sqlite3_value_int64(cell));
  return CellStatus::appended;
}

CellStatus read_real(ReadValues&, sqlite3_value* cell, ColumnBuilder& out) {
  const int storage = sqlite3_value_type(cell);
  if (storage != SQLITE_FLOAT) return null_or_misfit(storage, out);
  out.append_float64(sqlite3_value_double(cell));
  return CellStatus::appended;
}

CellStatus read_boolean(ReadValues&, sqlite3_value* cell, ColumnBuilder& out) {
  const int storage = sqlite3_value_type(cell);
  if (storage != SQLITE_INTEGER) return null_or_misfit(storage, out);
  const std::int64_t value = sqlite3_value_int64(cell);
  if (value != 0 && value != 1) return CellStatus::misfit;
  out.append_bool(value == 1);
  return CellStatus::appended;
}

CellStatus read_text(ReadValues& read, sqlite3_value* cell, ColumnBuilder& out) {
  const int storage = sqlite3_value_type(cell);
  if (storage != SQLITE_TEXT) return null_or_misfit(storage, out);
  const std::string_view text = text_of(cell);
  if (!take(read, text.size())) return CellStatus::too_large;
  if (!is_valid_utf8(text)) return CellStatus::misfit;
  out.append_string(text);
  return CellStatus::appended;
}

CellStatus read_blob(ReadValues& read, sqlite3_value* cell, ColumnBuilder& out) {
  const int storage = sqlite3_value_type(cell);
  if (storage != SQLITE_BLOB) return null_or_misfit(storage, out);
  const std::span<const std::byte> bytes = blob_of(cell);
  if (!take(read, bytes.size())) return CellStatus::too_large;
  out.append_bytes(bytes);
  return CellStatus::appended;
}

CellStatus read_json(ReadValues& read, sqlite3_value* cell, ColumnBuilder& out) {
  const int storage = sqlite3_value_type(cell);
  if (storage != SQLITE_TEXT) return null_or_misfit(storage, out);
  const std::string_view text = text_of(cell);
  if (!take(read, text.size())) return CellStatus::too_large;
  if (!is_json(text)) return CellStatus::misfit;
  out.append_string(text);
  return CellStatus::appended;
}

// Text of one exact form, such as a date.
template <auto Parse, auto Append>
CellStatus read_form(ReadValues&, sqlite3_value* cell, ColumnBuilder& out) {
  const int storage = sqlite3_value_type(cell);
  if (storage != SQLITE_TEXT) return null_or_misfit(storage, out);
  const auto value = Parse(text_of(cell));
  if (!value) return CellStatus::misfit;
  (out.*Append)(*value);
  return CellStatus::appended;
}

// The parsers below take only what printing the value gives back: so the text that a caller reads finds its
// row again, and no value is altered.

// The fraction as it is printed: without zeros at its end.
bool has_printed_fraction(std::string_view text, std::size_t whole_seconds) noexcept {
  return text.size() == whole_seconds || text.back() != '0';
}

std::optional<Time> parse_printed_time(std::string_view text) noexcept {
  constexpr std::size_t kWholeSeconds = 8;
  const auto time = parse_time(text);
  return time && has_printed_fraction(text, kWholeSeconds) ? time : std::nullopt;
}

std::optional<Timestamp> parse_printed_timestamp(std::string_view text) noexcept {
  constexpr std::size_t kWholeSeconds = 19;
  const auto timestamp = parse_timestamp(text);
  return timestamp && text[10] == ' ' && has_printed_fraction(text, kWholeSeconds) ? timestamp : std::nullopt;
}

// In small letters alone.
std::optional<Uuid> parse_printed_uuid(std::string_view text) noexcept {
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') return std::nullopt;
  }
  return parse_uuid(text);
}

CellStatus read_nothing_but_null(ReadValues&, sqlite3_value* cell, ColumnBuilder& out) {
  return null_or_misfit(sqlite3_value_type(cell), out);
}

}  // namespace

Mapping mapping_of(std::string_view declared_type) {
  const std::string type = folded(trimmed(declared_type.substr(0, declared_type.find('('))));
  if (type.empty()) return Mapping::by_value;
  for (const NamedType& named : kNamedTypes) {
    if (named.name == type) return named.mapping;
  }
  // The whole declaration counts for the affinity, parentheses too, and in this order.
  const std::string whole = folded(declared_type);
  const auto contains = [&](std::string_view part) { return whole.find(part) != std::string::npos; };
  if (contains("int")) return Mapping::integer;
  if (contains("char") || contains("clob") || contains("text")) return Mapping::text;
  if (contains("blob")) return Mapping::blob;
  if (contains("real") || contains("floa") || contains("doub")) return Mapping::real;
  return Mapping::by_value;
}

TypeId type_of(Mapping mapping) noexcept {
  switch (mapping) {
    case Mapping::by_value:
      return TypeId::null;
    case Mapping::integer:
      return TypeId::int64;
    case Mapping::real:
    case Mapping::number:
      return TypeId::float64;
    case Mapping::boolean:
      return TypeId::boolean;
    case Mapping::date:
      return TypeId::date;
    case Mapping::time:
      return TypeId::time;
    case Mapping::timestamp:
      return TypeId::timestamp;
    case Mapping::text:
      return TypeId::string;
    case Mapping::blob:
      return TypeId::bytes;
    case Mapping::json:
      return TypeId::json;
    case Mapping::uuid:
      return TypeId::uuid;
  }
  std::unreachable();
}

Mapping natural_mapping(TypeId type) noexcept {
  switch (type) {
    case TypeId::int64:
      return Mapping::integer;
    case TypeId::float64:
      return Mapping::real;
    case TypeId::string:
      return Mapping::text;
    case TypeId::bytes:
      return Mapping::blob;
    default:
      return Mapping::by_value;
  }
}

CellReader reader_of(Mapping mapping) noexcept {
  switch (mapping) {
    case Mapping::by_value:
      return &read_nothing_but_null;
    case Mapping::integer:
      return &read_integer;
    case Mapping::real:
    case Mapping::number:
      return &read_real;
    case Mapping::boolean:
      return &read_boolean;
    case Mapping::date:
      return &read_form<parse_date, &ColumnBuilder::append_date>;
    case Mapping::time:
      return &read_form<parse_printed_time, &ColumnBuilder::append_time>;
    case Mapping::timestamp:
      return &read_form<parse_printed_timestamp, &ColumnBuilder::append_timestamp>;
    case Mapping::text:
      return &read_text;
    case Mapping::blob:
      return &read_blob;
    case Mapping::json:
      return &read_json;
    case Mapping::uuid:
      return &read_form<parse_printed_uuid, &ColumnBuilder::append_uuid>;
  }
  std::unreachable();
}

TypeId natural_type(sqlite3_value* cell) {
  switch (sqlite3_value_type(cell)) {
    case SQLITE_INTEGER:
      return TypeId::int64;
    case SQLITE_FLOAT:
      return TypeId::float64;
    case SQLITE_TEXT:
      return is_valid_utf8(text_of(cell)) ? TypeId::string : TypeId::bytes;
    case SQLITE_BLOB:
      return TypeId::bytes;
    default:
      return TypeId::null;
  }
}

CellStatus read_variant(Mapping mapping, ReadValues& read, sqlite3_value* cell, ColumnBuilder& out) {
  if (mapping == Mapping::number) mapping = Mapping::by_value;  // an integer stays one
  // On a trial column, as a variant wants to know the type before the value. Columns that mix types are rare.
  ColumnBuilder trial{DataType(type_of(mapping))};
  CellStatus status = reader_of(mapping)(read, cell, trial);
  if (status == CellStatus::misfit) {
    const TypeId natural = natural_type(cell);
    if (natural == TypeId::bytes && sqlite3_value_type(cell) == SQLITE_TEXT) {
      const std::string_view text = text_of(cell);  // not valid UTF-8: as the bytes it is
      if (!take(read, text.size())) return CellStatus::too_large;
      out.alternative(TypeId::bytes).append_bytes(std::as_bytes(std::span(text)));
      return CellStatus::appended;
    }
    trial = ColumnBuilder{DataType(natural)};
    status = reader_of(natural_mapping(natural))(read, cell, trial);
  }
  if (status != CellStatus::appended) return status;
  std::vector<Buffer> storage;
  const ArrayData value = trial.finish(storage);
  // It fits by its making: the alternatives are all that a mapping can be.
  static_cast<void>(out.append_from(value, 0));
  return CellStatus::appended;
}

}  // namespace penstock::sqlite
