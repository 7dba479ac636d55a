#include "penstock/value.hpp"

namespace penstock {

std::string_view to_string(TypeId type) noexcept {
  switch (type) {
    case TypeId::null:
      return "null";
    case TypeId::boolean:
      return "bool";
    case TypeId::int64:
      return "int64";
    case TypeId::uint64:
      return "uint64";
    case TypeId::float32:
      return "float32";
    case TypeId::float64:
      return "float64";
    case TypeId::decimal:
      return "decimal";
    case TypeId::string:
      return "string";
    case TypeId::bytes:
      return "bytes";
    case TypeId::date:
      return "date";
    case TypeId::time:
      return "time";
    case TypeId::timestamp:
      return "timestamp";
    case TypeId::timestamp_tz:
      return "timestamp_tz";
    case TypeId::interval:
      return "interval";
    case TypeId::uuid:
      return "uuid";
    case TypeId::json:
      return "json";
    case TypeId::list:
      return "list";
    case TypeId::variant:
      return "variant";
  }
  return "null";
}

DataType DataType::list_of(DataType element) {
  DataType type(TypeId::list);
  type.element = std::make_shared<const DataType>(std::move(element));
  return type;
}

std::string DataType::name() const {
  std::string name(to_string(id));
  if (id == TypeId::list && element) name.append("<").append(element->name()).append(">");
  return name;
}

bool operator==(const DataType& a, const DataType& b) noexcept {
  if (a.id != b.id) return false;
  if (a.element == b.element) return true;
  return a.element && b.element && *a.element == *b.element;
}

TypeId Value::type() const noexcept {
  static constexpr std::array kTypes{
      TypeId::null,    TypeId::boolean,   TypeId::int64,        TypeId::uint64,   TypeId::float32,
      TypeId::float64, TypeId::decimal,   TypeId::string,       TypeId::bytes,    TypeId::date,
      TypeId::time,    TypeId::timestamp, TypeId::timestamp_tz, TypeId::interval, TypeId::uuid,
      TypeId::json,    TypeId::list};
  static_assert(kTypes.size() == std::variant_size_v<Storage>);
  return kTypes[storage_.index()];
}

namespace {

struct TextAppender {
  std::string& out;

  void operator()(std::monostate) const { out += "NULL"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { out += std::to_string(value); }
  void operator()(std::uint64_t value) const { out += std::to_string(value); }
  void operator()(const Decimal& value) const { out += value.text; }
  void operator()(const std::string& value) const { out += value; }
  void operator()(const Json& value) const { out += value.text; }
  void operator()(const Bytes& value) const { append_text(out, std::span<const std::byte>(value.data)); }
  void operator()(const Value::List& values) const {
    out += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) out += ", ";
      std::visit(*this, values[i].storage());
    }
    out += ']';
  }
  template <typename T>
  void operator()(const T& value) const {
    append_text(out, value);
  }
};

}  // namespace

std::string Value::to_text() const {
  std::string text;
  std::visit(TextAppender{text}, storage_);
  return text;
}

}  // namespace penstock
