#include "server/http_encoding.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <optional>

#include <zlib.h>

#include "core/ascii_case.hpp"

namespace penstock::server {

namespace {

constexpr int kLevel = 4;  ///< of 1 to 9: most of the gain on JSON at a third of the default's time
constexpr int kGzipWindow = 15 + 16;

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// ";q=0.5" in thousandths; 1000 when it says nothing, 0 when it makes no sense.
int weight_of(std::string_view parameters) noexcept {
  const std::string_view text = trimmed(parameters);
  if (text.empty()) return 1000;
  if (text.size() < 3 || ascii_lower(text[0]) != 'q' || text[1] != '=') return 0;
  int weight = 0;
  int unit = 1000;
  for (const char c : text.substr(2)) {
    if (c == '.' && unit == 100) continue;
    if (c < '0' || c > '9' || unit == 0) return 0;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return std::min(weight, 1000);
}

struct Weights {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
};

Weights weights_of(std::string_view list) noexcept {
  Weights weights;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view item = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view name = trimmed(item.substr(0, semicolon));
    const int weight = weight_of(item.substr(std::min(semicolon + 1, item.size())));
    if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip")) weights.gzip = weight;
    if (equal_ignoring_case(name, "identity")) weights.identity = weight;
    if (name == "*") weights.any = weight;
  }
  return weights;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) noexcept {
  if (accept_encoding.empty()) return false;
  const Weights weights = weights_of(accept_encoding);
  const int gzip = weights.gzip.value_or(weights.any.value_or(0));
  return gzip > 0 && gzip >= weights.identity.value_or(0);
}

bool is_compressible(std::string_view content_type) noexcept {
  const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
  const auto is_type = [type](std::string_view wanted) { return equal_ignoring_case(type, wanted); };
  if (is_type("text/event-stream")) return false;
  if (type.size() > 5 && equal_ignoring_case(type.substr(0, 5), "text/")) return true;
  constexpr std::array<std::string_view, 8> kTypes{
      "application/json",     "application/problem+json",
      "application/x-ndjson", "application/jsonl",
      "application/yaml",     "application/vnd.apache.arrow.stream",
      "application/xml",      "image/svg+xml"};
  return std::ranges::any_of(kTypes, is_type);
}

struct GzipStream::State {
  z_stream stream{};
};

GzipStream::GzipStream() : state_(std::make_unique<State>()) {
  // Fails for want of memory only.
  if (deflateInit2(&state_->stream, kLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
}

GzipStream::~GzipStream() {
  deflateEnd(&state_->stream);
}

std::string GzipStream::deflate_all(std::string_view bytes, int flush_mode) {
  constexpr std::size_t kPiece = std::size_t{1} << 30;  // zlib counts in 32 bits
  z_stream& stream = state_->stream;
  std::string out;
  std::size_t made = 0;
  do {
    const std::string_view piece = bytes.substr(0, kPiece);
    bytes.remove_prefix(piece.size());
    const int mode = bytes.empty() ? flush_mode : Z_NO_FLUSH;
    // zlib's interface has no const here, and writes nothing there.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      const std::size_t room = std::clamp<std::size_t>(piece.size() / 4, 512, std::size_t{1} << 20);
      out.resize(made + room);
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + made);
      stream.avail_out = static_cast<uInt>(room);
      deflate(&stream, mode);
      made += room - stream.avail_out;
    } while (stream.avail_out == 0);
  } while (!bytes.empty());
  out.resize(made);
  return out;
}

std::string GzipStream::flush(std::string_view bytes) {
  return deflate_all(bytes, Z_SYNC_FLUSH);
}

std::string GzipStream::finish(std::string_view bytes) {
  return deflate_all(bytes, Z_FINISH);
}

}  // namespace penstock::server
