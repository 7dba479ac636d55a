// GEOMETRY as MariaDB and MySQL keep it: a number of its reference system, then well-known binary.
// Source: https://dev.mysql.com/doc/refman/8.0/en/gis-data-formats.html
#include <array>
#include <bit>
#include <charconv>

#include "datasources/mysql/decode.hpp"
#include "datasources/mysql/wire.hpp"

namespace penstock::mysql {

namespace {

constexpr int kDeepest = 64;

enum class Shape : std::uint32_t { point = 1, line, polygon, points, lines, polygons, collection };

constexpr std::array<std::string_view, 8> kNames{
    "",           "POINT",           "LINESTRING",   "POLYGON",
    "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"};

// Writes text as it reads; false when the bytes end, or are none of a geometry.
class WktWriter {
 public:
  explicit WktWriter(std::string_view bytes) noexcept : reader_(bytes) {}

  [[nodiscard]] bool geometry(int depth, bool named) {
    const auto order = reader_.take<std::uint8_t>();
    const auto shape = order ? reader_.take<std::uint32_t>() : std::nullopt;
    if (!shape || *order != 1 || *shape < 1 || *shape > 7 || depth > kDeepest) return false;
    if (named) text_ += kNames[*shape];
    return body(static_cast<Shape>(*shape), depth);
  }
  [[nodiscard]] bool at_end() const noexcept { return reader_.rest().empty(); }
  [[nodiscard]] std::string& text() noexcept { return text_; }

 private:
  [[nodiscard]] bool body(Shape shape, int depth) {
    switch (shape) {
      case Shape::point:
        text_ += '(';
        if (!coordinates()) return false;
        text_ += ')';
        return true;
      case Shape::line:
        return listed([this] { return coordinates(); });
      case Shape::polygon:
        return listed([this] { return listed([this] { return coordinates(); }); });
      case Shape::collection:
        return listed([this, depth] { return geometry(depth + 1, true); });
      default:
        return listed([this, depth] { return geometry(depth + 1, false); });
    }
  }
  template <typename Part>
  [[nodiscard]] bool listed(const Part& part) {
    const auto count = reader_.take<std::uint32_t>();
    if (!count || *count > reader_.rest().size()) return false;
    if (*count == 0) {
      text_ += " EMPTY";
      return true;
    }
    text_ += '(';
    for (std::uint32_t i = 0; i < *count; ++i) {
      if (i > 0) text_ += ',';
      if (!part()) return false;
    }
    text_ += ')';
    return true;
  }
  [[nodiscard]] bool coordinates() {
    const auto x = reader_.take<std::uint64_t>();
    const auto y = x ? reader_.take<std::uint64_t>() : std::nullopt;
    if (!y) return false;
    put(std::bit_cast<double>(*x));
    text_ += ' ';
    put(std::bit_cast<double>(*y));
    return true;
  }
  void put(double value) {
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    text_.append(buffer.data(), end);
  }

  WireReader reader_;
  std::string text_;
};

}  // namespace

std::optional<std::string> geometry_text(std::string_view bytes) {
  WireReader reader(bytes);
  const auto system = reader.take<std::uint32_t>();
  if (!system) return std::nullopt;
  WktWriter writer(reader.rest());
  if (*system != 0) writer.text() = "SRID=" + std::to_string(*system) + ";";
  if (!writer.geometry(0, true) || !writer.at_end()) return std::nullopt;
  return std::move(writer.text());
}

}  // namespace penstock::mysql
