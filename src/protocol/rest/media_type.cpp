#include "protocol/rest/media_type.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/ascii_case.hpp"

namespace penstock::protocol::rest {

namespace {

struct Media {
  std::string_view name;  // in `Accept`
  std::string_view full;  // in `Content-Type`
  Format format;
};

// The first of a format is the one to send; of equals, the first is preferred.
constexpr std::array kMedia{
    Media{"application/json", "application/json", Format::json},
    Media{"application/x-ndjson", "application/x-ndjson", Format::jsonl},
    Media{"application/ndjson", "application/x-ndjson", Format::jsonl},
    Media{"application/jsonl", "application/x-ndjson", Format::jsonl},
    Media{"text/csv", "text/csv; charset=utf-8; header=present", Format::csv},
    Media{"text/tab-separated-values", "text/tab-separated-values; charset=utf-8", Format::tsv},
    Media{"text/markdown", "text/markdown; charset=utf-8", Format::markdown},
    Media{"application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream", Format::arrow},
};

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// Thousandths of "0.5"; what is no weight counts as 1.
int weight_of(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 1'000;
  if (text[0] == '1') return 1'000;
  int weight = 0;
  int unit = 100;
  for (std::size_t i = 2; i < text.size() && i < 5; ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return 1'000;
    weight += (text[i] - '0') * unit;
  }
  return weight;
}

struct Range {
  std::string_view name;
  int weight = 1'000;
};

// Cuts the first range off the list.
Range next_range(std::string_view& list) noexcept {
  const std::size_t comma = std::min(list.find(','), list.size());
  std::string_view one = list.substr(0, comma);
  list.remove_prefix(std::min(comma + 1, list.size()));
  Range range;
  const std::size_t semicolon = std::min(one.find(';'), one.size());
  range.name = trimmed(one.substr(0, semicolon));
  one.remove_prefix(semicolon);
  while (!one.empty()) {
    one.remove_prefix(1);
    const std::size_t end = std::min(one.find(';'), one.size());
    const std::string_view parameter = trimmed(one.substr(0, end));
    if (parameter.starts_with("q=") || parameter.starts_with("Q="))
      range.weight = weight_of(parameter.substr(2));
    one.remove_prefix(end);
  }
  return range;
}

// How exactly the range names the type: 0 not at all, 1 "*/*", 2 "text/*", 3 by name.
int precision(std::string_view range, std::string_view type) noexcept {
  if (equal_ignoring_case(range, type)) return 3;
  if (range == "*/*" || range == "*") return 1;
  if (!range.ends_with("/*")) return 0;
  const std::string_view group = range.substr(0, range.size() - 1);
  return type.size() > group.size() && equal_ignoring_case(type.substr(0, group.size()), group) ? 2 : 0;
}

// The weight that the most exact range for the type gives it; 0: not wanted.
int weight_in(std::string_view accept, std::string_view type) noexcept {
  int weight = 0;
  int best = 0;
  while (!accept.empty()) {
    const Range range = next_range(accept);
    const int exact = precision(range.name, type);
    if (exact > best) {
      best = exact;
      weight = range.weight;
    }
  }
  return weight;
}

}  // namespace

std::string_view media_type(Format format) noexcept {
  const auto found = std::ranges::find(kMedia, format, &Media::format);
  return found == kMedia.end() ? std::string_view("text/plain; charset=utf-8") : found->full;
}

Result<Format> choose_format(std::string_view accept) {
  accept = trimmed(accept);
  if (accept.empty() || accept == "*/*" || accept == "application/json") return Format::json;
  const Media* best = nullptr;
  int best_weight = 0;
  for (const Media& media : kMedia) {
    const int weight = weight_in(accept, media.name);
    if (weight <= best_weight) continue;
    best = &media;
    best_weight = weight;
  }
  if (best != nullptr) return best->format;
  std::string names;
  for (const Media& media : kMedia) {
    if (media.full.starts_with(media.name)) names += (names.empty() ? "" : ", ") + std::string(media.name);
  }
  return fail(ErrorCode::unsupported, "a result cannot be sent in any format that `Accept` takes",
              "There are " + names + ".");
}

bool accepts_json(std::string_view accept) {
  return trimmed(accept).empty() || weight_in(accept, "application/json") > 0;
}

bool is_json_content(std::string_view content_type) noexcept {
  return equal_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))), "application/json");
}

}  // namespace penstock::protocol::rest
