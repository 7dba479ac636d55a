#include "cli/terminal_sink.hpp"

#include <cstddef>

#include "cli/printable.hpp"

namespace penstock::cli {

namespace {

/// Where the character begins that the text's end cuts; the text's size when it cuts none.
std::size_t end_of_whole_characters(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t length = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return length > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace

Result<void> TerminalSink::write(std::string_view bytes) {
  std::string text = std::move(rest_);
  text += bytes;
  const std::size_t end = end_of_whole_characters(text);
  rest_ = text.substr(end);
  return next_->write(printable(std::string_view(text).substr(0, end), "\n\t"));
}

}  // namespace penstock::cli
