#include "cli/printable.hpp"

#include "formats/display_text.hpp"

namespace penstock::cli {

std::string printable(std::string_view text, std::string_view kept) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, text.find_first_of(kept));
    (void)append_display_text(out, piece, false);
    text.remove_prefix(piece.size());
    if (text.empty()) break;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace penstock::cli
