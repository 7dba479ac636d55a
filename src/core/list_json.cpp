#include "core/list_json.hpp"

#include <array>
#include <cmath>
#include <string_view>

#include "core/json_check.hpp"
#include "core/number_text.hpp"

namespace penstock {

namespace {

template <typename T>
void append_number(std::string& out, T value) {
  std::array<char, kMaxNumberText> digits;
  const char* const end = write_number(digits.data(), value);
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  if (is_json_number(text)) {
    out += text;
  } else {
    append_json_string(out, text);
  }
}

void append_list(std::string& out, const ArrayData& array, std::int64_t index) {
  out += '[';
  for (std::int64_t i = array.offsets[index]; i < array.offsets[index + 1]; ++i) {
    if (i != array.offsets[index]) out += ',';
    append_json(out, array.children.front(), i);
  }
  out += ']';
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15U];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void append_json(std::string& out, const ArrayData& array, std::int64_t index) {
  if (array.is_null(index)) {
    out += "null";
    return;
  }
  static const Field kNameless;
  switch (array.type.id) {
    case TypeId::boolean:
      out += array.bit(index) ? "true" : "false";
      return;
    case TypeId::int64:
      return append_number(out, array.values_as<std::int64_t>()[index]);
    case TypeId::uint64:
      return append_number(out, array.values_as<std::uint64_t>()[index]);
    case TypeId::float32:
      return append_number(out, array.values_as<float>()[index]);
    case TypeId::float64:
      return append_number(out, array.values_as<double>()[index]);
    case TypeId::decimal:
      if (is_json_number(array.text(index))) {
        out += array.text(index);
        return;
      }
      break;
    case TypeId::json:
      if (is_json(array.text(index))) {
        out += array.text(index);
        return;
      }
      break;
    case TypeId::list:
      return append_list(out, array, index);
    default:
      break;
  }
  append_json_string(out, Cell(array, index, kNameless).to_text());
}

}  // namespace penstock
