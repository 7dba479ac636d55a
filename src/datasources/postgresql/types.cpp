#include "datasources/postgresql/types.hpp"

#include <algorithm>

#include "datasources/postgresql/decode.hpp"
#include "datasources/postgresql/geometry.hpp"

namespace penstock::postgresql {

namespace {

struct BuiltIn {
  Oid type;
  Oid array;  // 0: none
  Codec codec;
};

Codec plain(std::string name, TypeId type, Codec::Append append) {
  return Codec{.name = std::move(name), .type = type, .append = append};
}

Codec as_text(std::string name) {
  Codec codec = text_codec();
  codec.name = std::move(name);
  return codec;
}

// Object identifiers as in PostgreSQL 15's pg_type.dat; they are fixed for ever.
std::vector<BuiltIn> built_in_types() {
  using enum TypeId;
  return {
      {16, 1000, plain("boolean", boolean, decode::boolean)},
      {17, 1001, plain("bytea", bytes, decode::bytes)},
      {18, 1002, plain("\"char\"", string, decode::single_char)},
      {19, 1003, plain("name", string, decode::text)},
      {20, 1016, plain("bigint", int64, decode::int8)},
      {21, 1005, plain("smallint", int64, decode::int2)},
      {23, 1007, plain("integer", int64, decode::int4)},
      {25, 1009, plain("text", string, decode::text)},
      {26, 1028, plain("oid", int64, decode::uint4)},
      {27, 1010, plain("tid", string, decode::tuple_id)},
      {28, 1011, plain("xid", int64, decode::uint4)},
      {29, 1012, plain("cid", int64, decode::uint4)},
      {114, 199, plain("json", json, decode::text)},
      {142, 143, plain("xml", string, decode::text)},
      {700, 1021, plain("real", float32, decode::float4)},
      {701, 1022, plain("double precision", float64, decode::float8)},
      {705, 0, plain("unknown", string, decode::text)},
      {790, 791, plain("money", decimal, decode::money)},
      {829, 1040, plain("macaddr", string, decode::mac_address)},
      {774, 775, plain("macaddr8", string, decode::mac_address)},
      {869, 1041, plain("inet", string, decode::network_address)},
      {650, 651, plain("cidr", string, decode::network_address)},
      {1042, 1014, plain("bpchar", string, decode::text)},
      {1043, 1015, plain("character varying", string, decode::text)},
      {1082, 1182, plain("date", date, decode::date)},
      {1083, 1183, plain("time without time zone", time, decode::time)},
      {1114, 1115, plain("timestamp without time zone", timestamp, decode::timestamp)},
      {1184, 1185, plain("timestamp with time zone", timestamp_tz, decode::timestamp_tz)},
      {1186, 1187, plain("interval", interval, decode::interval)},
      {1266, 1270, plain("time with time zone", string, decode::time_tz)},
      {1560, 1561, plain("\"bit\"", string, decode::bits)},
      {1562, 1563, plain("bit varying", string, decode::bits)},
      {1700, 1231, plain("numeric", decimal, decode::numeric)},
      {2278, 0, plain("void", string, decode::text)},
      {2950, 2951, plain("uuid", uuid, decode::uuid)},
      {3220, 3221, plain("pg_lsn", string, decode::log_position)},
      {3802, 3807, plain("jsonb", json, decode::jsonb)},
      {5069, 271, plain("xid8", uint64, decode::uint8)},
  };
}

// Domains over arrays of domains, and so on: more than anybody has.
constexpr int kDeepest = 16;

// What stands in parentheses behind a type, such as "(10,2)"; empty for nothing. Types that carry a modifier
// have it in the form of their typmodout function.
std::string modifiers(Oid type, std::int32_t modifier) {
  constexpr std::int32_t kHeader = 4;  // counted in the modifiers of types of variable length
  if (modifier < 0) return {};
  switch (type) {
    case 1042:  // character
    case 1043:  // character varying
      return modifier < kHeader ? std::string() : "(" + std::to_string(modifier - kHeader) + ")";
    case 1083:  // times and timestamps: digits of a second
    case 1114:
    case 1184:
    case 1266:
    case 1560:  // bit
    case 1562:  // bit varying
      return "(" + std::to_string(modifier) + ")";
    case 1700: {  // numeric: eleven bits of scale, which may be negative, below the precision
      if (modifier < kHeader) return {};
      const std::int32_t packed = modifier - kHeader;
      const std::int32_t scale = ((packed & 0x7FF) ^ 1024) - 1024;
      return "(" + std::to_string((packed >> 16) & 0xFFFF) + "," + std::to_string(scale) + ")";
    }
    default:
      return {};
  }
}

// The element of a built-in array; any other type is its own.
Oid element_of(Oid type) {
  static const std::map<Oid, Oid> kElements = [] {
    std::map<Oid, Oid> elements;
    for (const BuiltIn& built_in : built_in_types())
      if (built_in.array != 0) elements.emplace(built_in.array, built_in.type);
    return elements;
  }();
  const auto found = kElements.find(type);
  return found == kElements.end() ? type : found->second;
}

}  // namespace

std::string native_type(Oid type, const Codec& codec, std::int32_t modifier) {
  std::string name = codec.name;
  const Oid element = element_of(type);
  // Without a length, these two are not what SQL means by "character" and "bit", which is a length of one.
  constexpr Oid kBpchar = 1042;
  constexpr Oid kBit = 1560;
  if (modifier >= 0 && element == kBpchar) name.replace(0, std::string_view("bpchar").size(), "character");
  if (modifier >= 0 && element == kBit) name.replace(0, std::string_view("\"bit\"").size(), "bit");
  const bool geometry = (codec.element != nullptr ? *codec.element : codec).append == decode::geometry;
  const std::string inside = geometry ? geometry_modifier(modifier) : modifiers(element, modifier);
  // "timestamp(3) without time zone", but "character varying(50)[]"
  const std::size_t zone = std::min(name.find(" with time zone"), name.find(" without time zone"));
  const std::size_t brackets = name.find("[]");
  return name.insert(std::min({zone, brackets, name.size()}), inside);
}

const Codec& text_codec() noexcept {
  static const Codec codec{
      .name = {}, .type = TypeId::string, .append = decode::text, .format = Format::text};
  return codec;
}

TypeMap::TypeMap() {
  for (BuiltIn& type : built_in_types()) {
    const Codec& codec = codecs_.emplace(type.type, std::move(type.codec)).first->second;
    if (type.array != 0) add_array(type.array, codec);
  }
}

void TypeMap::set_money_scale(int scale) {
  constexpr Oid kMoney = 790;
  codecs_.at(kMoney).scale = scale;
}

void TypeMap::add_array(Oid array, const Codec& element) {
  std::string name = element.name.empty() ? std::string() : element.name + "[]";
  // What is text by itself is so within an array too.
  if (element.format == Format::text) {
    codecs_.emplace(array, as_text(std::move(name)));
    return;
  }
  // How deep lists of lists would go, no array says in advance; those of domains over arrays are nested.
  const Codec* const inner = element.nested != nullptr ? element.nested : &element;
  const Codec& nested =
      nested_
          .emplace(
              array,
              Codec{.name = name, .type = TypeId::json, .append = decode::nested_array, .element = inner})
          .first->second;
  codecs_.emplace(array, element.element != nullptr ? nested
                                                    : Codec{.name = std::move(name),
                                                            .type = DataType::list_of(element.type),
                                                            .append = decode::array,
                                                            .element = &element,
                                                            .nested = &nested});
}

const Codec* TypeMap::find(Oid type) const {
  const auto found = codecs_.find(type);
  return found == codecs_.end() ? nullptr : &found->second;
}

void TypeMap::learn(const std::vector<CatalogType>& types) {
  for (const CatalogType& type : types)
    static_cast<void>(learn_one(types, type.oid, 0));
}

const Codec* TypeMap::learn_one(const std::vector<CatalogType>& types, Oid oid, int depth) {
  if (const Codec* known = find(oid)) return known;
  const auto type = std::ranges::find(types, oid, &CatalogType::oid);
  if (type == types.end() || depth > kDeepest) return nullptr;
  if (type->extension == "postgis" &&
      (type->name.ends_with("geometry") || type->name.ends_with("geography"))) {
    codecs_.emplace(oid, plain(type->name, TypeId::string, decode::geometry));
  } else if (type->kind == 'e') {
    codecs_.emplace(oid, plain(type->name, TypeId::string, decode::text));
  } else if (const Codec* base = type->base == 0 ? nullptr : learn_one(types, type->base, depth + 1)) {
    codecs_.emplace(oid, *base).first->second.name = type->name;
  } else if (const Codec* element =
                 type->element == 0 ? nullptr : learn_one(types, type->element, depth + 1)) {
    add_array(oid, *element);
  } else {
    codecs_.emplace(oid, as_text(type->name));
  }
  return find(oid);
}

}  // namespace penstock::postgresql
