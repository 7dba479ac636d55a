#include "core/arrow_types.hpp"

#include "penstock/arrow.hpp"

namespace penstock {

std::string_view arrow_format(TypeId type) noexcept {
  switch (type) {
    case TypeId::null:
      return "n";
    case TypeId::boolean:
      return "b";
    case TypeId::int64:
      return "l";
    case TypeId::uint64:
      return "L";
    case TypeId::float32:
      return "f";
    case TypeId::float64:
      return "g";
    case TypeId::decimal:
    case TypeId::string:
    case TypeId::json:
      return "u";
    case TypeId::bytes:
      return "z";
    case TypeId::date:
      return "tdD";
    case TypeId::time:
      return "ttu";
    case TypeId::timestamp:
      return "tsu:";
    case TypeId::timestamp_tz:
      return "tsu:UTC";
    case TypeId::interval:
      return "tin";
    case TypeId::uuid:
      return "w:16";
    case TypeId::list:
      return "+l";
    case TypeId::variant:
      return "+ud:0,1,2,3,4,5,6,7,8,9,10,11,12,13";
  }
  return "n";
}
static_assert(kVariantTypes.size() == 14, "the variant's format string lists every type code");

ArrowExtension arrow_extension(TypeId type) noexcept {
  switch (type) {
    case TypeId::decimal:
      // Spelt as other Arrow libraries spell it when they hand it back.
      return {"arrow.opaque", R"({"type_name":"decimal","vendor_name":"Penstock"})"};
    case TypeId::json:
      return {"arrow.json", ""};
    case TypeId::uuid:
      return {"arrow.uuid", ""};
    default:
      return {};
  }
}

}  // namespace penstock
