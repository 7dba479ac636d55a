// A terminal as the target of formats that are for programs.
#pragma once

#include <string>
#include <string_view>

#include "penstock/format.hpp"

namespace penstock::cli {

/// Passes text on as printable() has it, lines and tabs kept, so that a value cannot drive the terminal. What
/// a writer cut within a character is put together again.
class TerminalSink final : public ByteSink {
 public:
  /// `next` must outlive it.
  explicit TerminalSink(ByteSink& next) : next_(&next) {}
  [[nodiscard]] Result<void> write(std::string_view bytes) override;

 private:
  ByteSink* next_;
  std::string rest_;  ///< the beginning of a character, at most three bytes
};

}  // namespace penstock::cli
