#include "formats/json_document.hpp"

#include <utility>

#include <fmt/format.h>

#include "formats/json_text.hpp"

namespace penstock {

JsonDocument::JsonDocument(bool pretty) : pretty_(pretty) {}

JsonDocument& JsonDocument::key(std::string_view name) {
  separate();
  write_json_string(out_, name);
  out_.append(pretty_ ? ": " : ":");
  after_key_ = true;
  return *this;
}

JsonDocument& JsonDocument::value(std::string_view text) {
  separate();
  write_json_string(out_, text);
  return *this;
}

JsonDocument& JsonDocument::milliseconds(std::int64_t microseconds) {
  return raw(fmt::format("{}.{:03}", microseconds / 1000, microseconds % 1000));
}

JsonDocument& JsonDocument::value(std::span<const std::string> texts) {
  begin_array();
  for (const std::string& text : texts)
    value(std::string_view(text));
  return end_array();
}

JsonDocument& JsonDocument::embedded(std::string_view json) {
  separate();
  write_embedded_json(out_, json);
  return *this;
}

std::string JsonDocument::take() {
  out_.append('\n');
  return take_part();
}

std::string JsonDocument::take_part() {
  // A string takes everything.
  [[maybe_unused]] const Result<void> flushed = out_.flush();
  return std::move(text_);
}

JsonDocument& JsonDocument::open(char bracket) {
  separate();
  out_.append(bracket);
  ++depth_;
  first_ = true;
  return *this;
}

JsonDocument& JsonDocument::close(char bracket) {
  --depth_;
  if (!first_) break_line();
  out_.append(bracket);
  first_ = false;
  return *this;
}

JsonDocument& JsonDocument::raw(std::string_view text) {
  separate();
  out_.append(text);
  return *this;
}

void JsonDocument::separate() {
  if (std::exchange(after_key_, false)) return;
  if (depth_ == 0) return;
  if (!std::exchange(first_, false)) out_.append(',');
  break_line();
}

void JsonDocument::break_line() {
  if (!pretty_) return;
  out_.append('\n');
  for (int i = 0; i < depth_; ++i)
    out_.append("  ");
}

}  // namespace penstock
