// One JSON object, written piece by piece.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "formats/output_buffer.hpp"

namespace penstock {

/// Writes JSON text. The caller keeps to the grammar: within an object every value has its key() before it,
/// and what is begun is ended.
class JsonDocument {
 public:
  /// `pretty`: a line for every member, for a person.
  explicit JsonDocument(bool pretty);
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  JsonDocument& begin_object() { return open('{'); }
  JsonDocument& end_object() { return close('}'); }
  JsonDocument& begin_array() { return open('['); }
  JsonDocument& end_array() { return close(']'); }
  JsonDocument& key(std::string_view name);

  JsonDocument& value(std::string_view text);
  JsonDocument& value(const char* text) { return value(std::string_view(text)); }
  JsonDocument& value(bool truth) { return raw(truth ? "true" : "false"); }
  JsonDocument& value(std::int64_t number) { return raw(std::to_string(number)); }
  JsonDocument& value(std::uint64_t number) { return raw(std::to_string(number)); }
  /// Milliseconds with three digits behind the point, as durations are written here.
  JsonDocument& milliseconds(std::int64_t microseconds);
  JsonDocument& value(std::span<const std::string> texts);
  template <typename T>
  JsonDocument& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : raw("null");
  }
  /// JSON text that is_json() is true of.
  JsonDocument& embedded(std::string_view json);
  template <typename T>
  JsonDocument& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  /// The whole text, with a line end. The document is at its end then.
  [[nodiscard]] std::string take();
  /// The same without a line end, to be part of a larger one.
  [[nodiscard]] std::string take_part();

 private:
  JsonDocument& open(char bracket);
  JsonDocument& close(char bracket);
  JsonDocument& raw(std::string_view text);
  /// What stands before a value: a comma, a line of its own.
  void separate();
  void break_line();

  std::string text_;
  StringSink sink_{text_};
  OutputBuffer out_{sink_};
  bool pretty_;
  int depth_ = 0;
  bool first_ = true;       ///< nothing was written since the last opening bracket
  bool after_key_ = false;  ///< a key was written, and its value was not
};

}  // namespace penstock
