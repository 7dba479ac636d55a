#include "datasources/postgresql/geometry.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "core/number_text.hpp"

namespace penstock::postgresql {

namespace {

// PostGIS reads no more (LW_PARSER_MAX_DEPTH).
constexpr int kDeepest = 200;

constexpr std::uint32_t kHasZ = 0x8000'0000;
constexpr std::uint32_t kHasM = 0x4000'0000;
constexpr std::uint32_t kHasSrid = 0x2000'0000;

/// What a geometry's number, dimensions and SRID aside, is followed by.
enum class Body : std::uint8_t {
  none,    // no such number
  point,   // one point
  points,  // a count, and that many
  rings,   // a count, and that many times `points`
  parts,   // a count, and that many geometries
};

struct Kind {
  std::string_view name;
  Body body = Body::none;
  /// Of parts: the kind that is written without its name; 0: none.
  std::uint32_t unnamed = 0;
};

// By their numbers in WKB; 13 and 14 are abstract.
constexpr std::array<Kind, 18> kKinds{{
    {},
    {"POINT", Body::point},
    {"LINESTRING", Body::points},
    {"POLYGON", Body::rings},
    {"MULTIPOINT", Body::parts, 1},
    {"MULTILINESTRING", Body::parts, 2},
    {"MULTIPOLYGON", Body::parts, 3},
    {"GEOMETRYCOLLECTION", Body::parts},
    {"CIRCULARSTRING", Body::points},
    {"COMPOUNDCURVE", Body::parts, 2},
    {"CURVEPOLYGON", Body::parts, 2},
    {"MULTICURVE", Body::parts, 2},
    {"MULTISURFACE", Body::parts, 3},
    {},
    {},
    {"POLYHEDRALSURFACE", Body::parts, 3},
    {"TIN", Body::parts, 17},
    {"TRIANGLE", Body::rings},
}};

/// Takes numbers of either byte order from the front of a piece of memory.
class EwkbReader {
 public:
  explicit EwkbReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  /// Each geometry begins with its own.
  [[nodiscard]] bool take_order() noexcept {
    if (bytes_.empty() || (bytes_.front() != 0 && bytes_.front() != 1)) return false;
    swapped_ = (bytes_.front() == 1) != (std::endian::native == std::endian::little);
    bytes_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] std::optional<std::uint32_t> take_number() noexcept { return take<std::uint32_t>(); }
  [[nodiscard]] std::optional<double> take_double() noexcept {
    const auto bits = take<std::uint64_t>();
    return bits ? std::optional(std::bit_cast<double>(*bits)) : std::nullopt;
  }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

 private:
  template <typename T>
  std::optional<T> take() noexcept {
    if (bytes_.size() < sizeof(T)) return std::nullopt;
    std::array<char, sizeof(T)> raw;
    std::memcpy(raw.data(), &bytes_.front(), raw.size());
    if (swapped_) std::ranges::reverse(raw);
    bytes_.remove_prefix(raw.size());
    return std::bit_cast<T>(raw);
  }

  std::string_view bytes_;
  bool swapped_ = false;
};

void append_coordinate(std::string& out, double value) {
  std::array<char, kMaxNumberText> digits;
  const char* const end = write_number(digits.data(), value);
  std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  if (text.ends_with(".0")) text.remove_suffix(2);
  out += text;
}

class GeometryWriter {
 public:
  GeometryWriter(std::string& out, std::string_view ewkb) noexcept : out_(out), reader_(ewkb) {}

  [[nodiscard]] bool write() { return geometry(0, 0) && reader_.empty(); }

 private:
  /// `unnamed`: the kind whose name goes without saying here.
  bool geometry(std::uint32_t unnamed, int depth) {
    if (depth > kDeepest || !reader_.take_order()) return false;
    const auto type = reader_.take_number();
    if (!type) return false;
    const std::uint32_t number = *type & ~(kHasZ | kHasM | kHasSrid);
    if (number >= kKinds.size() || kKinds[number].body == Body::none) return false;
    if ((*type & kHasSrid) != 0) {
      const auto srid = reader_.take_number();
      if (!srid) return false;
      if (depth == 0) out_.append("SRID=").append(std::to_string(static_cast<std::int32_t>(*srid))) += ';';
    }
    const Kind& kind = kKinds[number];
    const bool z = (*type & kHasZ) != 0;
    const bool m = (*type & kHasM) != 0;
    if (number != unnamed) {
      out_ += kind.name;
      if (z || m) out_.append(" ").append(z ? "Z" : "").append(m ? "M" : "") += ' ';
    }
    const int dimensions = 2 + (z ? 1 : 0) + (m ? 1 : 0);
    switch (kind.body) {
      case Body::point:
        return point(dimensions);
      case Body::points:
        return list([&] { return coordinates(dimensions); });
      case Body::rings:
        return list([&] { return list([&] { return coordinates(dimensions); }); });
      default:
        return list([&] { return geometry(kind.unnamed, depth + 1); });
    }
  }

  // WKB has no empty point: one of NaN alone stands for it.
  bool point(int dimensions) {
    const std::size_t begin = out_.size();
    EwkbReader ahead = reader_;
    bool empty = true;
    for (int i = 0; i < dimensions; ++i)
      empty = std::isnan(ahead.take_double().value_or(0)) && empty;
    out_ += '(';
    if (!coordinates(dimensions)) return false;
    out_ += ')';
    if (empty) {
      out_.resize(begin);
      nothing();
    }
    return true;
  }

  bool coordinates(int dimensions) {
    for (int i = 0; i < dimensions; ++i) {
      const auto value = reader_.take_double();
      if (!value) return false;
      if (i != 0) out_ += ' ';
      append_coordinate(out_, *value);
    }
    return true;
  }

  template <typename Element>
  bool list(const Element& element) {
    const auto count = reader_.take_number();
    if (!count) return false;
    if (*count == 0) {
      nothing();
      return true;
    }
    out_ += '(';
    for (std::uint32_t i = 0; i < *count; ++i) {
      if (i != 0) out_ += ',';
      if (!element()) return false;
    }
    out_ += ')';
    return true;
  }

  void nothing() {
    constexpr std::string_view kBefore = " (,";
    if (!out_.empty() && kBefore.find(out_.back()) == kBefore.npos) out_ += ' ';
    out_ += "EMPTY";
  }

  std::string& out_;
  EwkbReader reader_;
};

}  // namespace

bool append_geometry(std::string& out, std::string_view ewkb) {
  const std::size_t begin = out.size();
  if (GeometryWriter(out, ewkb).write()) return true;
  out.resize(begin);
  return false;
}

std::string geometry_modifier(std::int32_t modifier) {
  // By PostGIS's own numbers, which are not those of WKB.
  static constexpr std::array kNames{"Geometry",       "Point",
                                     "LineString",     "Polygon",
                                     "MultiPoint",     "MultiLineString",
                                     "MultiPolygon",   "GeometryCollection",
                                     "CircularString", "CompoundCurve",
                                     "CurvePolygon",   "MultiCurve",
                                     "MultiSurface",   "PolyhedralSurface",
                                     "Triangle",       "Tin"};
  if (modifier <= 0) return {};
  const std::int32_t srid = ((modifier & 0x0FFF'FF00) - (modifier & 0x1000'0000)) >> 8;
  const auto kind = static_cast<std::size_t>((modifier & 0xFC) >> 2);
  if (kind >= kNames.size()) return {};
  std::string text = std::string("(") + kNames[kind];
  if ((modifier & 2) != 0) text += 'Z';
  if ((modifier & 1) != 0) text += 'M';
  if (srid != 0) text.append(",").append(std::to_string(srid));
  return text + ")";
}

}  // namespace penstock::postgresql
