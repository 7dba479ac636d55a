// What the command says to a person: messages on standard error, and what is known of the terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "penstock/error.hpp"

namespace penstock::cli {

enum class ColorChoice : std::uint8_t { automatic, always, never };

/// The meanings that colour has here. Text carries every one of them too.
enum class Style : std::uint8_t { strong, good, warning, bad, dim };

/// How text goes to one of the two standard streams.
struct StreamStyle {
  bool is_terminal = false;
  bool color = false;
  /// The text, which is printable already, in this style; as it is where there is no colour.
  [[nodiscard]] std::string paint(Style style, std::string_view text) const;
};

/// Every message becomes printable on its way out. One thread at a time.
class Console {
 public:
  /// Looks at the terminal and at NO_COLOR (https://no-color.org), TERM and the locale.
  Console(ColorChoice color, bool quiet, bool verbose);

  [[nodiscard]] const StreamStyle& out() const noexcept { return out_; }
  [[nodiscard]] const StreamStyle& err() const noexcept { return err_; }
  /// Columns of the terminal that standard output is; 0 when it is none.
  [[nodiscard]] int width() const noexcept { return width_; }
  /// Whether the locale has more than ASCII.
  [[nodiscard]] bool unicode() const noexcept { return unicode_; }
  [[nodiscard]] bool verbose() const noexcept { return verbose_; }

  /// "penstock: error: ...", with hint, SQLSTATE and, when verbose, code and the server's own words.
  void error(const Error& error) const;
  void warning(std::string_view message) const;
  /// What helps but is not needed: nothing when quiet.
  void note(std::string_view message) const;

 private:
  void message(Style style, std::string_view label, std::string_view text) const;

  StreamStyle out_;
  StreamStyle err_;
  int width_ = 0;
  bool unicode_ = false;
  bool quiet_;
  bool verbose_;
};

}  // namespace penstock::cli
