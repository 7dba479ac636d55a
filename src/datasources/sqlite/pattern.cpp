#include "datasources/sqlite/pattern.hpp"

#include <array>
#include <cstring>

namespace penstock::sqlite {

namespace {

// Characters compared between two looks at the clock: some milliseconds.
constexpr std::size_t kWorkBetweenLooks = 1'000'000;

bool is_continuation(unsigned char byte) noexcept {
  return (byte & 0xC0) == 0x80;
}

std::uint32_t lower(std::uint32_t c) noexcept {
  return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

std::uint32_t upper(std::uint32_t c) noexcept {
  return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
}

void skip_character(const unsigned char*& text) noexcept {
  if (*text++ < 0xC0) return;
  while (is_continuation(*text))
    ++text;
}

// Whether `c` is in the set that `pattern` is in front of; moves beyond its `]`. Also false without a `]`.
bool in_set(const unsigned char*& pattern, std::uint32_t c) noexcept {
  bool seen = false;
  bool inverted = false;
  std::uint32_t before = 0;
  std::uint32_t member = read_character(pattern);
  if (member == '^') {
    inverted = true;
    member = read_character(pattern);
  }
  if (member == ']') {
    seen = c == ']';
    member = read_character(pattern);
  }
  while (member != 0 && member != ']') {
    if (member == '-' && *pattern != ']' && *pattern != 0 && before > 0) {
      member = read_character(pattern);
      seen = seen || (c >= before && c <= member);
      before = 0;
    } else {
      seen = seen || c == member;
      before = member;
    }
    member = read_character(pattern);
  }
  return member != 0 && seen != inverted;
}

}  // namespace

std::uint32_t read_character(const unsigned char*& text) noexcept {
  const unsigned char first = *text++;
  if (first < 0xC0) return first;
  std::uint32_t c = first < 0xE0   ? first & 0x1F
                    : first < 0xF0 ? first & 0x0F
                    : first < 0xF8 ? first & 0x07
                    : first < 0xFC ? first & 0x03
                    : first < 0xFE ? first & 0x01
                                   : 0;
  while (is_continuation(*text))
    c = (c << 6) + (*text++ & 0x3F);
  const bool odd = c < 0x80 || (c & 0xFFFFF800) == 0xD800 || (c & 0xFFFFFFFE) == 0xFFFE;
  return odd ? 0xFFFD : c;
}

bool PatternMatcher::must_stop(std::size_t work) noexcept {
  work_ += work;
  if (work_ < kWorkBetweenLooks) return false;
  work_ = 0;
  return control_->must_stop() != RunStop::nothing;
}

// After `any_text`, and what else stands right behind it.
PatternMatcher::Outcome PatternMatcher::match_rest(const unsigned char* pattern, const unsigned char* text) {
  std::uint32_t c = read_character(pattern);
  while (c == rules_.any_text || (c == rules_.any_character && c != 0)) {
    if (c == rules_.any_character && read_character(text) == 0) return Outcome::hopeless;
    c = read_character(pattern);
  }
  if (c == 0) return Outcome::matches;
  if (c == rules_.special && rules_.has_sets) return search_set(pattern - 1, text);
  if (c == rules_.special) {
    c = read_character(pattern);
    if (c == 0) return Outcome::hopeless;
  }
  if (c < 0x80) return search_ascii(static_cast<unsigned char>(c), pattern, text);
  return search_character(c, pattern, text);
}

PatternMatcher::Outcome PatternMatcher::search_set(const unsigned char* pattern, const unsigned char* text) {
  while (*text != 0) {
    if (must_stop(1)) return Outcome::stopped;
    const Outcome outcome = match(pattern, text);
    if (outcome != Outcome::differs) return outcome;
    skip_character(text);
  }
  return Outcome::hopeless;
}

PatternMatcher::Outcome PatternMatcher::search_ascii(unsigned char wanted, const unsigned char* pattern,
                                                     const unsigned char* text) {
  std::array<char, 3> either{static_cast<char>(wanted), 0, 0};
  if (rules_.ignores_case) {
    either = {static_cast<char>(upper(wanted)), static_cast<char>(lower(wanted)), 0};
  }
  while (true) {
    const std::size_t passed = std::strcspn(reinterpret_cast<const char*>(text), either.data());
    if (must_stop(passed / 16 + 1)) return Outcome::stopped;  // the search is quick
    text += passed;
    if (*text == 0) return Outcome::hopeless;
    ++text;
    const Outcome outcome = match(pattern, text);
    if (outcome != Outcome::differs) return outcome;
  }
}

PatternMatcher::Outcome PatternMatcher::search_character(std::uint32_t wanted, const unsigned char* pattern,
                                                         const unsigned char* text) {
  while (const std::uint32_t c = read_character(text)) {
    if (must_stop(1)) return Outcome::stopped;
    if (c != wanted) continue;
    const Outcome outcome = match(pattern, text);
    if (outcome != Outcome::differs) return outcome;
  }
  return Outcome::hopeless;
}

PatternMatcher::Outcome PatternMatcher::match(const unsigned char* pattern, const unsigned char* text) {
  const unsigned char* escaped = nullptr;  // one past the character that was escaped last
  while (std::uint32_t c = read_character(pattern)) {
    if (must_stop(1)) return Outcome::stopped;
    if (c == rules_.any_text) return match_rest(pattern, text);
    if (c == rules_.special) {
      if (rules_.has_sets) {
        const std::uint32_t member = read_character(text);
        if (member == 0 || !in_set(pattern, member)) return Outcome::differs;
        continue;
      }
      c = read_character(pattern);
      if (c == 0) return Outcome::differs;
      escaped = pattern;
    }
    const std::uint32_t found = read_character(text);
    if (c == found) continue;
    if (rules_.ignores_case && c < 0x80 && found < 0x80 && lower(c) == lower(found)) continue;
    if (c == rules_.any_character && pattern != escaped && found != 0) continue;
    return Outcome::differs;
  }
  return *text == 0 ? Outcome::matches : Outcome::differs;
}

}  // namespace penstock::sqlite
