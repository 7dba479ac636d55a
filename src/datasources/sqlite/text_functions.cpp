#include "datasources/sqlite/text_functions.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <unordered_map>

#include "datasources/sqlite/pattern.hpp"

namespace penstock::sqlite {

namespace {

struct FreeValue {
  void operator()(sqlite3_value* value) const noexcept { sqlite3_value_free(value); }
};
using ValueCopy = std::unique_ptr<sqlite3_value, FreeValue>;

bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The value as text; its data is null for NULL and when there is no memory. Changes how the value is kept, so
// a value that is to stay a blob is copied before.
std::string_view text_of(sqlite3_value* value) noexcept {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

std::string_view blob_of(sqlite3_value* value) noexcept {
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
  return {bytes, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

// memmem() is linear (the two-way algorithm), which string_view::find() is not.
std::size_t position_of(std::string_view haystack, std::string_view needle, std::size_t from) noexcept {
  if (haystack.size() - from < needle.size()) return std::string_view::npos;
  const void* found = ::memmem(haystack.data() + from, haystack.size() - from, needle.data(), needle.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - haystack.data());
}

// The place of the first match, counted from 1 in characters (bytes for blobs); 0 when there is none.
sqlite3_int64 place_of(std::string_view haystack, std::string_view needle, bool is_text) noexcept {
  if (needle.empty()) return 1;
  // A text is compared where its characters begin, and at its very start.
  if (is_text && is_continuation(needle.front())) return haystack.starts_with(needle) ? 1 : 0;
  const std::size_t at = position_of(haystack, needle, 0);
  if (at == std::string_view::npos) return 0;
  if (!is_text || at == 0) return static_cast<sqlite3_int64>(at) + 1;
  sqlite3_int64 place = 2;  // the character after the first, whatever byte that begins with
  for (std::size_t i = 1; i < at; ++i)
    place += is_continuation(haystack[i]) ? 0 : 1;
  return place;
}

void instr_function(sqlite3_context* context, int, sqlite3_value** arguments) {
  const int haystack = sqlite3_value_type(arguments[0]);
  const int needle = sqlite3_value_type(arguments[1]);
  if (haystack == SQLITE_NULL || needle == SQLITE_NULL) return;
  if (haystack == SQLITE_BLOB && needle == SQLITE_BLOB) {
    sqlite3_result_int64(context, place_of(blob_of(arguments[0]), blob_of(arguments[1]), false));
    return;
  }
  const ValueCopy haystack_copy(sqlite3_value_dup(arguments[0]));
  const ValueCopy needle_copy(sqlite3_value_dup(arguments[1]));
  if (haystack_copy == nullptr || needle_copy == nullptr) {
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_result_int64(context, place_of(text_of(haystack_copy.get()), text_of(needle_copy.get()), true));
}

void replace_function(sqlite3_context* context, int, sqlite3_value** arguments) {
  const std::string_view text = text_of(arguments[0]);
  const std::string_view pattern = text_of(arguments[1]);
  if (text.data() == nullptr || pattern.data() == nullptr) return;
  if (pattern.empty() || pattern.front() == '\0') {
    sqlite3_result_value(context, arguments[0]);
    return;
  }
  const std::string_view replacement = text_of(arguments[2]);
  if (replacement.data() == nullptr) return;

  std::size_t matches = 0;
  for (std::size_t at = position_of(text, pattern, 0); at != std::string_view::npos;
       at = position_of(text, pattern, at + pattern.size()))
    ++matches;
  const std::size_t size = text.size() - matches * pattern.size() + matches * replacement.size();
  const int most = sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1);
  if (size > static_cast<std::size_t>(most)) {
    sqlite3_result_error_toobig(context);
    return;
  }
  auto* out = static_cast<char*>(sqlite3_malloc64(size + 1));
  if (out == nullptr) {
    sqlite3_result_error_nomem(context);
    return;
  }
  char* end = out;
  const auto append = [&end](std::string_view part) {
    if (!part.empty()) std::memcpy(end, part.data(), part.size());
    end += part.size();
  };
  std::size_t done = 0;
  for (std::size_t at = position_of(text, pattern, 0); at != std::string_view::npos;
       at = position_of(text, pattern, done)) {
    append(text.substr(done, at - done));
    append(replacement);
    done = at + pattern.size();
  }
  append(text.substr(done));
  sqlite3_result_text64(context, out, size, sqlite3_free, SQLITE_UTF8);
}

constexpr std::size_t kLongestCharacter = 4;

// The characters of a set; SQLite reads one up to a NUL.
class CharacterSet {
 public:
  /// False when something in it is longer than a character can be.
  [[nodiscard]] bool read(std::string_view characters) {
    for (std::size_t at = 0; at < characters.size() && characters[at] != '\0';) {
      std::size_t length = 1;
      // As SQLite: what follows a lead byte, as long as it continues.
      while (static_cast<unsigned char>(characters[at]) >= 0xC0 && at + length < characters.size() &&
             is_continuation(characters[at + length]))
        ++length;
      if (length > kLongestCharacter) return false;
      add(characters.substr(at, length));
      at += length;
    }
    return true;
  }
  /// The length of a character of the set that `text` begins with; 0 for none.
  [[nodiscard]] std::size_t at_front(std::string_view text) const {
    if (text.empty()) return 0;
    if (is_ascii(text.front())) return holds(text.front()) ? 1 : 0;
    return first_of(text, [&](std::size_t length) { return text.substr(0, length); });
  }
  /// The same for its end.
  [[nodiscard]] std::size_t at_back(std::string_view text) const {
    if (text.empty()) return 0;
    if (is_ascii(text.back())) return holds(text.back()) ? 1 : 0;
    return first_of(text, [&](std::size_t length) { return text.substr(text.size() - length); });
  }

 private:
  // Of text that is not valid UTF-8 one character can begin or end with another: the first of the set counts.
  [[nodiscard]] std::size_t first_of(std::string_view text, const auto& part) const {
    std::size_t place = others_.size();
    std::size_t found = 0;
    for (std::size_t length = 1; length <= kLongestCharacter && length <= text.size(); ++length) {
      const auto other = others_.find(part(length));
      if (other == others_.end() || other->second >= place) continue;
      place = other->second;
      found = length;
    }
    return found;
  }
  static bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }
  [[nodiscard]] bool holds(char c) const noexcept { return ascii_[static_cast<unsigned char>(c)]; }
  void add(std::string_view character) {
    if (is_ascii(character.front())) {
      ascii_[static_cast<unsigned char>(character.front())] = true;
    } else {
      others_.emplace(character, others_.size());
    }
  }

  std::array<bool, 128> ascii_{};
  std::unordered_map<std::string_view, std::size_t> others_;  // and their places in the set
};

enum Sides : unsigned { kFront = 1, kBack = 2 };

template <unsigned sides>
void trim_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
  std::string_view text = text_of(arguments[0]);
  const std::string_view characters = count == 1 ? std::string_view(" ") : text_of(arguments[1]);
  if (text.data() == nullptr || characters.data() == nullptr) return;
  try {
    CharacterSet set;
    if (!set.read(characters)) {
      sqlite3_result_error(context, "the characters to trim are not valid UTF-8", -1);
      return;
    }
    std::size_t length = 0;
    while ((sides & kFront) != 0 && (length = set.at_front(text)) != 0)
      text.remove_prefix(length);
    while ((sides & kBack) != 0 && (length = set.at_back(text)) != 0)
      text.remove_suffix(length);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

// The length in characters, up to a NUL.
std::size_t characters_in(const unsigned char* text) noexcept {
  std::size_t count = 0;
  for (; *text != 0; ++count)
    static_cast<void>(read_character(text));
  return count;
}

// like(pattern, text [, escape]) is `text LIKE pattern`; glob(pattern, text) likewise.
template <const PatternRules& base>
void pattern_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
  static const bool matches_blobs = sqlite3_compileoption_used("LIKE_DOESNT_MATCH_BLOBS") == 0;
  const bool has_blob =
      sqlite3_value_type(arguments[0]) == SQLITE_BLOB || sqlite3_value_type(arguments[1]) == SQLITE_BLOB;
  if (has_blob && !matches_blobs) {
    sqlite3_result_int(context, 0);
    return;
  }
  const int most = sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1);
  if (sqlite3_value_bytes(arguments[0]) > most) {
    sqlite3_result_error(context, "LIKE or GLOB pattern too complex", -1);
    return;
  }
  PatternRules rules = base;
  if (count == 3) {
    const unsigned char* escape = sqlite3_value_text(arguments[2]);
    if (escape == nullptr) return;
    if (characters_in(escape) != 1) {
      sqlite3_result_error(context, "ESCAPE expression must be a single character", -1);
      return;
    }
    rules.special = read_character(escape);
    if (rules.special == rules.any_text) rules.any_text = 0;
    if (rules.special == rules.any_character) rules.any_character = 0;
  }
  const unsigned char* pattern = sqlite3_value_text(arguments[0]);
  const unsigned char* text = sqlite3_value_text(arguments[1]);
  if (pattern == nullptr || text == nullptr) return;
  PatternMatcher matcher(rules, *static_cast<const RunControl*>(sqlite3_user_data(context)));
  const PatternMatcher::Outcome outcome = matcher.match(pattern, text);
  if (outcome == PatternMatcher::Outcome::stopped) {
    sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    return;
  }
  sqlite3_result_int(context, outcome == PatternMatcher::Outcome::matches ? 1 : 0);
}

struct TextFunction {
  const char* name;
  int arguments;
  void (*call)(sqlite3_context*, int, sqlite3_value**);
};
constexpr std::array kFunctions{
    TextFunction{"instr", 2, &instr_function},
    TextFunction{"replace", 3, &replace_function},
    TextFunction{"trim", 1, &trim_function<kFront | kBack>},
    TextFunction{"trim", 2, &trim_function<kFront | kBack>},
    TextFunction{"ltrim", 1, &trim_function<kFront>},
    TextFunction{"ltrim", 2, &trim_function<kFront>},
    TextFunction{"rtrim", 1, &trim_function<kBack>},
    TextFunction{"rtrim", 2, &trim_function<kBack>},
    TextFunction{"like", 2, &pattern_function<kLikeRules>},
    TextFunction{"like", 3, &pattern_function<kLikeRules>},
    TextFunction{"glob", 2, &pattern_function<kGlobRules>},
};

}  // namespace

bool replace_text_functions(sqlite3* database, RunControl& control) noexcept {
  // Views, indexes and generated columns may use SQLite's own, so they may use these.
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  for (const TextFunction& function : kFunctions) {
    const int code = sqlite3_create_function_v2(database, function.name, function.arguments, kFlags, &control,
                                                function.call, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return false;
  }
  return true;
}

}  // namespace penstock::sqlite
