// One pass, without recursion or memory.
#include "core/json_check.hpp"

#include <bitset>
#include <cstdint>
#include <optional>

#include "core/utf8_decode.hpp"

namespace penstock {

namespace {

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// The end of the digits at `at`; null when there are none.
const char* skip_digits(const char* at, const char* end) noexcept {
  if (at == end || !is_digit(*at)) return nullptr;
  while (at != end && is_digit(*at))
    ++at;
  return at;
}

// The end of the number at `at`; null when there is none.
const char* skip_number(const char* at, const char* end) noexcept {
  if (at != end && *at == '-') ++at;
  if (at != end && *at == '0') {
    ++at;
  } else {
    at = skip_digits(at, end);
  }
  if (at != nullptr && at != end && *at == '.') at = skip_digits(at + 1, end);
  if (at != nullptr && at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    at = skip_digits(at, end);
  }
  return at;
}

class JsonChecker {
 public:
  explicit JsonChecker(std::string_view text) noexcept : at_(text.data()), end_(at_ + text.size()) {}

  [[nodiscard]] bool check() noexcept {
    do {
      if (!start_value()) return false;
    } while (needs_value_);
    skip_space();
    return at_ == end_;
  }

 private:
  [[nodiscard]] bool take(char wanted) noexcept {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  void skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
      ++at_;
  }

  // A scalar whole, or the start of an array or object up to its first value; then what follows a value.
  [[nodiscard]] bool start_value() noexcept {
    skip_space();
    if (at_ == end_) return false;
    switch (*at_) {
      case '{':
        return open(true);
      case '[':
        return open(false);
      case '"':
        return string() && finish_values();
      case 't':
        return word("true") && finish_values();
      case 'f':
        return word("false") && finish_values();
      case 'n':
        return word("null") && finish_values();
      default:
        return number() && finish_values();
    }
  }

  [[nodiscard]] bool open(bool object) noexcept {
    if (depth_ == kMaxJsonDepth) return false;
    ++at_;
    is_object_[depth_++] = object;
    skip_space();
    if (take(object ? '}' : ']')) {
      --depth_;
      return finish_values();
    }
    needs_value_ = true;
    return !object || key();
  }

  // Closes what ends here, up to the comma that asks for another value or the end of the outermost one.
  [[nodiscard]] bool finish_values() noexcept {
    while (depth_ != 0) {
      const bool object = is_object_[depth_ - 1];
      skip_space();
      if (take(',')) {
        needs_value_ = true;
        return !object || key();
      }
      if (!take(object ? '}' : ']')) return false;
      --depth_;
    }
    needs_value_ = false;
    return true;
  }

  [[nodiscard]] bool key() noexcept {
    skip_space();
    if (at_ == end_ || *at_ != '"' || !string()) return false;
    skip_space();
    return take(':');
  }

  [[nodiscard]] bool word(std::string_view wanted) noexcept {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }

  [[nodiscard]] bool number() noexcept {
    const char* number_end = skip_number(at_, end_);
    if (number_end == nullptr) return false;
    at_ = number_end;
    return true;
  }

  [[nodiscard]] bool string() noexcept {
    ++at_;
    while (at_ != end_) {
      const auto byte = static_cast<unsigned char>(*at_);
      if (byte == '"') {
        ++at_;
        return true;
      }
      if (byte < 0x20) return false;
      if (byte == '\\') {
        ++at_;
        if (!escape()) return false;
      } else if (byte < 0x80) {
        ++at_;
      } else {
        const Utf8Character character = decode_utf8(at_, end_);
        if (!character.valid) return false;
        at_ += character.size;
      }
    }
    return false;
  }

  [[nodiscard]] bool escape() noexcept {
    if (at_ == end_) return false;
    const char letter = *at_++;
    if (letter != 'u') return std::string_view("\"\\/bfnrt").find(letter) != std::string_view::npos;
    const auto unit = code_unit();
    if (!unit || (*unit >= 0xDC00 && *unit < 0xE000)) return false;
    if (*unit < 0xD800 || *unit >= 0xE000) return true;
    if (!take('\\') || !take('u')) return false;
    const auto low = code_unit();
    return low && *low >= 0xDC00 && *low < 0xE000;
  }

  [[nodiscard]] std::optional<unsigned> code_unit() noexcept {
    if (end_ - at_ < 4) return std::nullopt;
    unsigned unit = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = *at_++;
      const char lower = static_cast<char>(c | 0x20);
      if (is_digit(c)) {
        unit = unit * 16 + static_cast<unsigned>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        unit = unit * 16 + static_cast<unsigned>(lower - 'a' + 10);
      } else {
        return std::nullopt;
      }
    }
    return unit;
  }

  const char* at_;
  const char* end_;
  std::size_t depth_ = 0;
  bool needs_value_ = false;
  std::bitset<kMaxJsonDepth> is_object_;
};

}  // namespace

bool is_json(std::string_view text) noexcept {
  return JsonChecker(text).check();
}

bool is_json_number(std::string_view text) noexcept {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  return begin != end && skip_number(begin, end) == end;
}

}  // namespace penstock
