#include "formats/cell_text.hpp"

#include "core/utf8_decode.hpp"

namespace penstock {

void write_valid_utf8(OutputBuffer& out, std::string_view text) {
  while (true) {
    const std::size_t valid = valid_utf8_prefix(text);
    out.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) return;
    out.append(kReplacementText);
    text.remove_prefix(decode_utf8(text.data(), text.data() + text.size()).size);
  }
}

std::string_view CellText::of(const ValueAt& value) {
  const TypeId type = value.type();
  if (is_scalar(type)) return scalars_.of(*value.array, value.index);
  if (type == TypeId::list || type == TypeId::bytes) {
    made_.clear();
    if (type == TypeId::bytes) {
      append_text(made_, std::as_bytes(std::span(value.text())));
    } else {
      list_cells_.write(*value.array, value.index);
      (void)list_out_.flush();  // a string takes all
    }
    return made_;
  }
  return value.text();
}

}  // namespace penstock
