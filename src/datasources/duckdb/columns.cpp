#include "datasources/duckdb/columns.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace penstock::duckdb {

namespace {

struct Plain {
  duckdb_type id;
  std::string_view name;
  TypeId type;
};
// A small unsigned integer fits int64; what is exact in no type here is text.
constexpr std::array kPlain{
    Plain{DUCKDB_TYPE_BOOLEAN, "BOOLEAN", TypeId::boolean},
    Plain{DUCKDB_TYPE_TINYINT, "TINYINT", TypeId::int64},
    Plain{DUCKDB_TYPE_SMALLINT, "SMALLINT", TypeId::int64},
    Plain{DUCKDB_TYPE_INTEGER, "INTEGER", TypeId::int64},
    Plain{DUCKDB_TYPE_BIGINT, "BIGINT", TypeId::int64},
    Plain{DUCKDB_TYPE_UTINYINT, "UTINYINT", TypeId::int64},
    Plain{DUCKDB_TYPE_USMALLINT, "USMALLINT", TypeId::int64},
    Plain{DUCKDB_TYPE_UINTEGER, "UINTEGER", TypeId::int64},
    Plain{DUCKDB_TYPE_UBIGINT, "UBIGINT", TypeId::uint64},
    Plain{DUCKDB_TYPE_HUGEINT, "HUGEINT", TypeId::decimal},
    Plain{DUCKDB_TYPE_UHUGEINT, "UHUGEINT", TypeId::decimal},
    Plain{DUCKDB_TYPE_BIGNUM, "BIGNUM", TypeId::decimal},
    Plain{DUCKDB_TYPE_FLOAT, "FLOAT", TypeId::float32},
    Plain{DUCKDB_TYPE_DOUBLE, "DOUBLE", TypeId::float64},
    Plain{DUCKDB_TYPE_VARCHAR, "VARCHAR", TypeId::string},
    Plain{DUCKDB_TYPE_BLOB, "BLOB", TypeId::bytes},
    Plain{DUCKDB_TYPE_BIT, "BIT", TypeId::string},
    Plain{DUCKDB_TYPE_DATE, "DATE", TypeId::date},
    Plain{DUCKDB_TYPE_TIME, "TIME", TypeId::time},
    Plain{DUCKDB_TYPE_TIME_NS, "TIME_NS", TypeId::time},
    Plain{DUCKDB_TYPE_TIME_TZ, "TIME WITH TIME ZONE", TypeId::string},
    Plain{DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP", TypeId::timestamp},
    Plain{DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S", TypeId::timestamp},
    Plain{DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS", TypeId::timestamp},
    Plain{DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS", TypeId::timestamp},
    Plain{DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE", TypeId::timestamp_tz},
    Plain{DUCKDB_TYPE_INTERVAL, "INTERVAL", TypeId::interval},
    Plain{DUCKDB_TYPE_UUID, "UUID", TypeId::uuid},
    Plain{DUCKDB_TYPE_SQLNULL, "\"NULL\"", TypeId::null},
};

DataType list_of(const DataType& element) {
  const bool nests = element.id == TypeId::list || element.id == TypeId::json || element.id == TypeId::null;
  return nests ? DataType(TypeId::json) : DataType::list_of(element);
}

class TypeReader {
 public:
  TypeReader(const Api& api, const std::string& column) noexcept : api_(api), column_(column) {}

  Result<ColumnType> read(duckdb_logical_type type) const {
    ColumnType out;
    out.id = api_.get_type_id(type);
    const std::string alias = taken_text(api_, api_.logical_type_get_alias(type));
    if (const auto plain = std::ranges::find(kPlain, out.id, &Plain::id); plain != kPlain.end()) {
      out.type = plain->type;
      out.name = plain->name;
      if (out.id == DUCKDB_TYPE_VARCHAR && alias == "JSON") {
        out.type = TypeId::json;
        out.name = alias;
      }
      return out;
    }
    switch (out.id) {
      case DUCKDB_TYPE_DECIMAL:
        return decimal(type, std::move(out));
      case DUCKDB_TYPE_ENUM:
        return enumeration(type, std::move(out));
      case DUCKDB_TYPE_LIST:
      case DUCKDB_TYPE_ARRAY:
        return list(type, std::move(out));
      case DUCKDB_TYPE_MAP:
        return map(type, std::move(out));
      case DUCKDB_TYPE_STRUCT:
      case DUCKDB_TYPE_UNION:
        return structure(type, std::move(out));
      default:
        return fail(ErrorCode::unsupported, "column `" + column_ + "` is of a type that Penstock cannot read",
                    "Cast it: CAST(" + column_ + " AS VARCHAR).");
    }
  }

 private:
  ColumnType decimal(duckdb_logical_type type, ColumnType out) const {
    out.storage = api_.decimal_internal_type(type);
    out.scale = api_.decimal_scale(type);
    out.type = TypeId::decimal;
    out.name = "DECIMAL(" + std::to_string(api_.decimal_width(type)) + "," + std::to_string(out.scale) + ")";
    return out;
  }
  ColumnType enumeration(duckdb_logical_type type, ColumnType out) const {
    out.storage = api_.enum_internal_type(type);
    for (std::uint32_t i = 0; i < api_.enum_dictionary_size(type); ++i)
      out.labels.push_back(taken_text(api_, api_.enum_dictionary_value(type, i)));
    out.type = TypeId::string;
    out.name = "ENUM";
    return out;
  }
  Result<ColumnType> list(duckdb_logical_type type, ColumnType out) const {
    const bool is_array = out.id == DUCKDB_TYPE_ARRAY;
    const TypeHandle child(api_,
                           is_array ? api_.array_type_child_type(type) : api_.list_type_child_type(type));
    auto element = read(child.get());
    if (!element) return element;
    if (is_array) out.array_size = api_.array_type_array_size(type);
    out.type = list_of(element->type);
    out.name = element->name + (is_array ? "[" + std::to_string(out.array_size) + "]" : "[]");
    out.children.push_back(std::move(*element));
    return out;
  }
  Result<ColumnType> map(duckdb_logical_type type, ColumnType out) const {
    const TypeHandle key(api_, api_.map_type_key_type(type));
    const TypeHandle value(api_, api_.map_type_value_type(type));
    for (const TypeHandle* part : {&key, &value}) {
      auto read_part = read(part->get());
      if (!read_part) return read_part;
      out.children.push_back(std::move(*read_part));
    }
    out.type = TypeId::json;
    out.name = "MAP(" + out.children[0].name + ", " + out.children[1].name + ")";
    return out;
  }
  Result<ColumnType> structure(duckdb_logical_type type, ColumnType out) const {
    const bool is_union = out.id == DUCKDB_TYPE_UNION;
    const idx_t count = is_union ? api_.union_type_member_count(type) : api_.struct_type_child_count(type);
    out.type = TypeId::json;
    out.name = is_union ? "UNION(" : "STRUCT(";
    for (idx_t i = 0; i < count; ++i) {
      out.labels.push_back(taken_text(
          api_, is_union ? api_.union_type_member_name(type, i) : api_.struct_type_child_name(type, i)));
      const TypeHandle child(
          api_, is_union ? api_.union_type_member_type(type, i) : api_.struct_type_child_type(type, i));
      auto field = read(child.get());
      if (!field) return field;
      out.name += (i == 0 ? "" : ", ") + out.labels.back() + " " + field->name;
      out.children.push_back(std::move(*field));
    }
    out.name += ")";
    return out;
  }

  const Api& api_;
  const std::string& column_;
};

}  // namespace

Result<ColumnType> read_type(const Api& api, duckdb_logical_type type, const std::string& column) {
  return TypeReader(api, column).read(type);
}

DataType type_named(std::string_view name) {
  if (name.ends_with(']')) return list_of(type_named(name.substr(0, name.rfind('['))));
  if (name == "JSON") return TypeId::json;
  if (const auto plain = std::ranges::find(kPlain, name, &Plain::name); plain != kPlain.end())
    return plain->type;
  if (name.starts_with("DECIMAL(")) return TypeId::decimal;
  if (name.starts_with("ENUM(")) return TypeId::string;
  const bool nests = name.starts_with("STRUCT(") || name.starts_with("MAP(") || name.starts_with("UNION(");
  return nests ? TypeId::json : TypeId::string;
}

std::vector<std::string> labels_named(std::string_view name) {
  std::vector<std::string> labels;
  if (!name.starts_with("ENUM(") || !name.ends_with(")")) return labels;
  std::optional<std::string> open;
  for (std::size_t i = 5; i + 1 < name.size(); ++i) {
    if (name[i] != '\'') {
      if (open) *open += name[i];
    } else if (!open) {
      open.emplace();
    } else if (name[i + 1] == '\'') {
      *open += name[i++];
    } else {
      labels.push_back(std::move(*open));
      open.reset();
    }
  }
  return labels;
}

}  // namespace penstock::duckdb
