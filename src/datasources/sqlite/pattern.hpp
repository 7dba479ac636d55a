// LIKE and GLOB, as SQLite defines them, in a form that can be stopped.
//
// SQLite's own take time with the product of pattern and text, within one step of its virtual machine: a
// pattern of 200 bytes over a text of 60 MB holds a thread for minutes, past every deadline.
#pragma once

#include <cstddef>
#include <cstdint>

#include "datasources/sqlite/run_control.hpp"

namespace penstock::sqlite {

/// What the characters of a pattern mean. 0: none means that.
struct PatternRules {
  std::uint32_t any_text = 0;       ///< `%` or `*`
  std::uint32_t any_character = 0;  ///< `_` or `?`
  std::uint32_t special = 0;        ///< the escape character, or `[` when there are sets
  bool has_sets = false;            ///< `[a-z]`
  bool ignores_case = false;        ///< of ASCII
};
inline constexpr PatternRules kLikeRules{'%', '_', 0, false, true};
inline constexpr PatternRules kGlobRules{'*', '?', '[', true, false};

/// One comparison. Characters are read as SQLite reads them, those that are not valid UTF-8 too.
class PatternMatcher {
 public:
  enum class Outcome : std::uint8_t {
    matches,
    differs,
    hopeless,  ///< differs, and would from any later place of the text
    stopped,   ///< the run of `control` must stop
  };
  PatternMatcher(const PatternRules& rules, const RunControl& control) noexcept
      : rules_(rules), control_(&control) {}
  /// Both end with a NUL.
  [[nodiscard]] Outcome match(const unsigned char* pattern, const unsigned char* text);

 private:
  [[nodiscard]] Outcome match_rest(const unsigned char* pattern, const unsigned char* text);
  [[nodiscard]] Outcome search_set(const unsigned char* pattern, const unsigned char* text);
  [[nodiscard]] Outcome search_ascii(unsigned char wanted, const unsigned char* pattern,
                                     const unsigned char* text);
  [[nodiscard]] Outcome search_character(std::uint32_t wanted, const unsigned char* pattern,
                                         const unsigned char* text);
  [[nodiscard]] bool must_stop(std::size_t work) noexcept;

  PatternRules rules_;
  const RunControl* control_;
  std::size_t work_ = 0;  // since the last look at the clock
};

/// The next character, beyond which `text` is moved.
[[nodiscard]] std::uint32_t read_character(const unsigned char*& text) noexcept;

}  // namespace penstock::sqlite
