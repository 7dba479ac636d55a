#include "datasources/sqlite/column_types.hpp"

namespace penstock::sqlite {

namespace {

// A recognizer of RFC 8259 that keeps nothing of what it reads. The text is known to be valid UTF-8.
class JsonChecker {
 public:
  explicit JsonChecker(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] bool run() noexcept {
    space();
    if (!value(0)) return false;
    space();
    return at_ == text_.size();
  }

 private:
  static constexpr int kMaxDepth = 1'000;

  [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool accept(char c) noexcept {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  bool accept(std::string_view word) noexcept {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void space() noexcept {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')
      ++at_;
  }
  bool digits() noexcept {
    const std::size_t from = at_;
    while (peek() >= '0' && peek() <= '9')
      ++at_;
    return at_ != from;
  }

  bool number() noexcept {
    accept('-');
    if (!accept('0') && !digits()) return false;
    if (accept('.') && !digits()) return false;
    if (accept('e') || accept('E')) {
      if (!accept('+')) accept('-');
      return digits();
    }
    return true;
  }

  bool escape() noexcept {
    if (accept('u')) {
      constexpr std::string_view kHex = "0123456789abcdefABCDEF";
      for (int i = 0; i < 4; ++i, ++at_) {
        if (at_ == text_.size() || kHex.find(text_[at_]) == std::string_view::npos) return false;
      }
      return true;
    }
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    if (at_ == text_.size() || kEscapes.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }

  bool string() noexcept {
    if (!accept('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  bool members(int depth) noexcept {
    space();
    if (accept('}')) return true;
    do {
      space();
      if (!string()) return false;
      space();
      if (!accept(':')) return false;
      space();
      if (!value(depth)) return false;
      space();
    } while (accept(','));
    return accept('}');
  }

  bool elements(int depth) noexcept {
    space();
    if (accept(']')) return true;
    do {
      space();
      if (!value(depth)) return false;
      space();
    } while (accept(','));
    return accept(']');
  }

  bool value(int depth) noexcept {
    if (depth == kMaxDepth) return false;
    if (accept('{')) return members(depth + 1);
    if (accept('[')) return elements(depth + 1);
    if (peek() == '"') return string();
    return accept("true") || accept("false") || accept("null") || number();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_json(std::string_view text) noexcept {
  return JsonChecker(text).run();
}

}  // namespace penstock::sqlite
