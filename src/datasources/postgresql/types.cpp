#include "datasources/postgresql/types.hpp"

#include <algorithm>

#include "datasources/postgresql/decode.hpp"

namespace penstock::postgresql {

namespace {

struct BuiltIn {
  Oid type;
  Oid array;  // 0: none
  Codec codec;
};

Codec plain(TypeId type, Codec::Append append) {
  return Codec{.type = type, .append = append};
}
// Object identifiers as in PostgreSQL 15's pg_type.dat; they are fixed for ever.
std::vector<BuiltIn> built_in_types() {
  using enum TypeId;
  return {
      {16, 1000, plain(boolean, decode::boolean)},
      {17, 1001, plain(bytes, decode::bytes)},
      {18, 1002, plain(string, decode::single_char)},
      {19, 1003, plain(string, decode::text)},  // name
      {20, 1016, plain(int64, decode::int8)},
      {21, 1005, plain(int64, decode::int2)},
      {23, 1007, plain(int64, decode::int4)},
      {25, 1009, plain(string, decode::text)},
      {26, 1028, plain(int64, decode::uint4)},  // oid
      {27, 1010, plain(string, decode::tuple_id)},
      {28, 1011, plain(int64, decode::uint4)},  // xid
      {29, 1012, plain(int64, decode::uint4)},  // cid
      {114, 199, plain(json, decode::text)},
      {142, 143, plain(string, decode::text)},  // xml
      {700, 1021, plain(float32, decode::float4)},
      {701, 1022, plain(float64, decode::float8)},
      {705, 0, plain(string, decode::text)},  // unknown
      {790, 791, plain(decimal, decode::money)},
      {829, 1040, plain(string, decode::mac_address)},
      {774, 775, plain(string, decode::mac_address)},       // macaddr8
      {869, 1041, plain(string, decode::network_address)},  // inet
      {650, 651, plain(string, decode::network_address)},   // cidr
      {1042, 1014, plain(string, decode::text)},            // bpchar
      {1043, 1015, plain(string, decode::text)},            // varchar
      {1082, 1182, plain(date, decode::date)},
      {1083, 1183, plain(time, decode::time)},
      {1114, 1115, plain(timestamp, decode::timestamp)},
      {1184, 1185, plain(timestamp_tz, decode::timestamp_tz)},
      {1186, 1187, plain(interval, decode::interval)},
      {1266, 1270, plain(string, decode::time_tz)},
      {1560, 1561, plain(string, decode::bits)},
      {1562, 1563, plain(string, decode::bits)},  // varbit
      {1700, 1231, plain(decimal, decode::numeric)},
      {2278, 0, plain(string, decode::text)},  // void
      {2950, 2951, plain(uuid, decode::uuid)},
      {3220, 3221, plain(string, decode::log_position)},  // pg_lsn
      {3802, 3807, plain(json, decode::jsonb)},
      {5069, 271, plain(uint64, decode::uint8)},  // xid8
  };
}

// Domains over arrays of domains, and so on: more than anybody has.
constexpr int kDeepest = 16;

}  // namespace

const Codec& text_codec() noexcept {
  static const Codec codec{.type = TypeId::string, .append = decode::text, .format = Format::text};
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
  // What is text by itself is so within an array, and a batch has no place for lists of lists of unknown
  // depth.
  const bool as_text = element.format == Format::text || element.element != nullptr;
  codecs_.emplace(
      array,
      as_text ? text_codec()
              : Codec{.type = DataType::list_of(element.type), .append = decode::array, .element = &element});
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
  if (type->kind == 'e') {
    codecs_.emplace(oid, plain(TypeId::string, decode::text));
  } else if (const Codec* base = type->base == 0 ? nullptr : learn_one(types, type->base, depth + 1)) {
    codecs_.emplace(oid, *base);
  } else if (const Codec* element =
                 type->element == 0 ? nullptr : learn_one(types, type->element, depth + 1)) {
    add_array(oid, *element);
  } else {
    codecs_.emplace(oid, text_codec());
  }
  return find(oid);
}

}  // namespace penstock::postgresql
