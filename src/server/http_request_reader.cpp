#include "server/http_request_reader.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "core/append_bytes.hpp"
#include "core/ascii_case.hpp"

namespace penstock::server {

namespace {

constexpr std::size_t kMaxMethodBytes = 32;
constexpr std::size_t kMaxFrameLineBytes = 256;  ///< a chunk's size and whatever extends it
constexpr std::uint8_t kMaxBlankLines = 4;

enum CharacterClass : std::uint8_t { token = 1, value = 2, visible = 4 };

/// What each byte may be part of (RFC 9110, 5.5 and 5.6.2).
constexpr std::array<std::uint8_t, 256> character_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    std::uint8_t& found = classes[static_cast<std::size_t>(c)];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter ||
        (c < 128 && std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos))
      found |= token;
    if (c == '\t' || c == ' ' || (c > ' ' && c != 127)) found |= value;
    if (c > ' ' && c < 127) found |= visible;
  }
  return classes;
}
constexpr auto kClasses = character_classes();

bool is(char c, CharacterClass wanted) noexcept {
  return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

bool all_are(std::string_view text, CharacterClass wanted) noexcept {
  return std::ranges::all_of(text, [wanted](char c) { return is(c, wanted); });
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

/// Whether a list of tokens, as Connection has one, holds this one.
bool lists(std::string_view list, std::string_view wanted) noexcept {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (equal_ignoring_case(trimmed(list.substr(0, comma)), wanted)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  c = ascii_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

bool HttpRequestReader::refuse(int status, std::string_view message, ErrorCode code) noexcept {
  failure_ = {.status = status, .code = code, .message = message};
  return false;
}

HttpRequestReader::Step HttpRequestReader::complete() noexcept {
  state_ = State::start;
  blank_lines_ = 0;
  return Step::complete;
}

HttpRequestReader::Step HttpRequestReader::take(std::string_view& input, HttpRequest& request) {
  if (state_ < State::body) {
    const Step step = take_head(input, request);
    if (step != Step::more || state_ < State::body) return step;
  }
  return take_body(input, request);
}

bool HttpRequestReader::start_request(char first, HttpRequest& request) {
  // Whoever speaks another protocol learns it now, not when the time for the headers is over.
  if (first != '\r' && first != '\n' && !is(first, token))
    return refuse(400, "this is not a request of HTTP/1.1");
  request.bytes_.clear();
  line_begin_ = 0;
  framing_ = Framing::none;
  has_target_host_ = false;
  hosts_ = 0;
  remaining_ = 0;
  state_ = State::request_line;
  return true;
}

HttpRequestReader::Step HttpRequestReader::take_head(std::string_view& input, HttpRequest& request) {
  while (!input.empty()) {
    if (state_ == State::start && !start_request(input.front(), request)) return Step::failed;
    const std::size_t end = input.find('\n');
    const bool whole = end != std::string_view::npos;
    const std::string_view part = whole ? input.substr(0, end + 1) : input;
    const std::size_t size = request.bytes_.size() + part.size();
    if (state_ == State::request_line && size > limits_.target_bytes + kMaxMethodBytes + 12) {
      (void)refuse(414, "the target of the request is too long; send what is long in the body",
                   ErrorCode::limit_exceeded);
      return Step::failed;
    }
    if (size > limits_.header_bytes) {
      (void)refuse(431, "the headers of the request are too long together", ErrorCode::limit_exceeded);
      return Step::failed;
    }
    append_bytes(request.bytes_, part);
    input.remove_prefix(part.size());
    if (!whole) return Step::more;
    bool head_ended = false;
    if (!use_head_line(request, head_ended)) return Step::failed;
    if (head_ended) return begin_body(request);
  }
  return Step::more;
}

bool HttpRequestReader::use_head_line(HttpRequest& request, bool& head_ended) {
  const std::size_t begin = line_begin_;
  const std::size_t size = request.bytes_.size();
  line_begin_ = size;
  std::string_view line(request.bytes_.data() + begin, size - begin);
  if (line.size() < 2 || line[line.size() - 2] != '\r')
    return refuse(400, "a line of the request ends without CR LF");
  line.remove_suffix(2);
  if (state_ == State::request_line) {
    if (line.empty()) {  // RFC 9112, 2.2: one that a client sent behind the last body is passed over
      state_ = State::start;
      return ++blank_lines_ <= kMaxBlankLines || refuse(400, "nothing but empty lines");
    }
    state_ = State::headers;
    return read_request_line(request, begin, line);
  }
  if (!line.empty()) return read_header(request, begin, line);
  head_ended = true;
  return end_head(request);
}

bool HttpRequestReader::read_request_line(HttpRequest& request, std::size_t begin, std::string_view line) {
  request.header_count_ = 0;
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || method_end == target_end)
    return refuse(400, "the request's first line is not \"METHOD TARGET HTTP/1.1\"");
  const std::string_view method = line.substr(0, method_end);
  const std::string_view version = line.substr(target_end + 1);
  if (method.empty() || method.size() > kMaxMethodBytes || !all_are(method, token))
    return refuse(400, "the request's method is not a token");
  request.method_ = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(method.size())};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    const bool is_http = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.';
    if (is_http) return refuse(505, "this server speaks HTTP/1.1", ErrorCode::unsupported);
    return refuse(400, "the request's first line is not \"METHOD TARGET HTTP/1.1\"");
  }
  request.is_http_1_0_ = version == "HTTP/1.0";
  request.keep_alive_ = !request.is_http_1_0_;
  request.expects_continue_ = false;
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  return read_target(request, begin + method_end + 1, target);
}

bool HttpRequestReader::read_target(HttpRequest& request, std::size_t begin, std::string_view target) {
  const auto part = [&](std::size_t offset, std::size_t size) {
    return HttpRequest::Part{static_cast<std::uint32_t>(begin + offset), static_cast<std::uint32_t>(size)};
  };
  if (target.size() > limits_.target_bytes)
    return refuse(414, "the target of the request is too long; send what is long in the body",
                  ErrorCode::limit_exceeded);
  if (target.empty() || !all_are(target, visible) || target.find('#') != std::string_view::npos)
    return refuse(400, "the request's target has characters that must be percent-encoded");
  std::size_t path = 0;
  request.host_ = {};
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (target.size() < scheme.size() || !equal_ignoring_case(target.substr(0, scheme.size()), scheme))
      continue;
    path = std::min(target.find_first_of("/?", scheme.size()), target.size());
    request.host_ = part(scheme.size(), path - scheme.size());
    has_target_host_ = true;
    if (request.host_.size == 0) return refuse(400, "the request's target names no host");
  }
  const bool is_asterisk = target == "*" && request.method() == "OPTIONS";
  if (!has_target_host_ && target.front() != '/' && !is_asterisk)
    return refuse(400, "the request's target is not a path");
  const std::size_t mark = std::min(target.find('?', path), target.size());
  request.path_ = part(path, mark - path);
  request.query_ = mark < target.size() ? part(mark + 1, target.size() - mark - 1) : HttpRequest::Part{};
  return true;
}

bool HttpRequestReader::read_header(HttpRequest& request, std::size_t begin, std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return refuse(400, "a header is folded over two lines");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || !all_are(line.substr(0, colon), token))
    return refuse(400, "a header is not \"Name: value\"");
  const std::string_view name = line.substr(0, colon);
  const std::string_view content = trimmed(line.substr(colon + 1));
  if (!all_are(content, value)) return refuse(400, "a header has control characters");
  if (request.header_count_ == HttpRequest::kMaxHeaders)
    return refuse(431, "the request has too many headers", ErrorCode::limit_exceeded);
  const auto at = static_cast<std::size_t>(content.data() - line.data());
  request.headers_[request.header_count_++] = {
      .name = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(colon)},
      .value = {static_cast<std::uint32_t>(begin + at), static_cast<std::uint32_t>(content.size())}};
  return note_header(request, name, content);
}

bool HttpRequestReader::note_header(HttpRequest& request, std::string_view name, std::string_view content) {
  if (equal_ignoring_case(name, "host")) {
    if (++hosts_ > 1) return refuse(400, "the request has more than one Host");
    if (!has_target_host_) {
      const auto& header = request.headers_[request.header_count_ - 1];
      request.host_ = header.value;
    }
  } else if (equal_ignoring_case(name, "content-length")) {
    return note_length(content);
  } else if (equal_ignoring_case(name, "transfer-encoding")) {
    if (request.is_http_1_0_) return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
    return note_coding(content);
  } else if (equal_ignoring_case(name, "connection")) {
    if (lists(content, "close")) request.keep_alive_ = false;
    if (request.is_http_1_0_ && lists(content, "keep-alive")) request.keep_alive_ = true;
  } else if (equal_ignoring_case(name, "expect")) {
    if (!equal_ignoring_case(content, "100-continue"))
      return refuse(417, "no expectation but 100-continue can be met", ErrorCode::unsupported);
    request.expects_continue_ = !request.is_http_1_0_;
  }
  return true;
}

bool HttpRequestReader::note_length(std::string_view content) {
  if (framing_ != Framing::none) return refuse(400, "the request says in two ways how long its body is");
  if (content.empty() || content.size() > 19 ||
      !std::ranges::all_of(content, [](char c) { return c >= '0' && c <= '9'; }))
    return refuse(400, "Content-Length is not a number");
  framing_ = Framing::length;
  for (const char c : content)
    remaining_ = remaining_ * 10 + static_cast<std::uint64_t>(c - '0');
  return true;
}

bool HttpRequestReader::note_coding(std::string_view content) {
  if (framing_ != Framing::none) return refuse(400, "the request says in two ways how long its body is");
  if (!equal_ignoring_case(content, "chunked"))
    return refuse(501, "no Transfer-Encoding but chunked is known", ErrorCode::unsupported);
  framing_ = Framing::chunked;
  return true;
}

bool HttpRequestReader::end_head(HttpRequest& request) {
  request.head_size_ = request.bytes_.size();
  if (hosts_ == 0) return refuse(400, "the request has no Host");
  if (remaining_ > limits_.body_bytes)
    return refuse(413, "the body of the request is larger than this server takes", ErrorCode::limit_exceeded);
  return true;
}

HttpRequestReader::Step HttpRequestReader::begin_body(const HttpRequest& request) {
  if (framing_ == Framing::none || (framing_ == Framing::length && remaining_ == 0)) return complete();
  state_ = framing_ == Framing::length ? State::body : State::chunk_size;
  trailer_bytes_ = 0;
  line_.clear();
  return request.expects_continue_ ? Step::continue_due : Step::more;
}

HttpRequestReader::Step HttpRequestReader::take_body(std::string_view& input, HttpRequest& request) {
  while (!input.empty()) {
    if (state_ == State::body || state_ == State::chunk_data) {
      const Step step = take_chunk_data(input, request);
      if (step != Step::more) return step;
    } else if (take_frame_line(input)) {
      const Step step = use_frame_line(request);
      line_.clear();
      if (step != Step::more) return step;
    } else if (!failure_.message.empty()) {
      return Step::failed;
    }
  }
  return Step::more;
}

HttpRequestReader::Step HttpRequestReader::take_chunk_data(std::string_view& input, HttpRequest& request) {
  const std::string_view part = input.substr(0, std::min<std::uint64_t>(remaining_, input.size()));
  append_bytes(request.bytes_, part);
  input.remove_prefix(part.size());
  remaining_ -= part.size();
  if (remaining_ > 0) return Step::more;
  if (state_ == State::body) return complete();
  state_ = State::chunk_end;
  return Step::more;
}

bool HttpRequestReader::take_frame_line(std::string_view& input) {
  const std::size_t end = input.find('\n');
  const bool whole = end != std::string_view::npos;
  const std::string_view part = whole ? input.substr(0, end + 1) : input;
  const std::size_t limit = state_ == State::trailers ? limits_.header_bytes : kMaxFrameLineBytes;
  if (line_.size() + part.size() > limit) return refuse(400, "a chunk of the body has too long a head");
  line_.append(part);
  input.remove_prefix(part.size());
  if (!whole) return false;
  if (!line_.ends_with("\r\n")) return refuse(400, "a line of the body's chunks ends without CR LF");
  line_.resize(line_.size() - 2);
  return true;
}

HttpRequestReader::Step HttpRequestReader::use_frame_line(HttpRequest& request) {
  switch (state_) {
    case State::chunk_size:
      if (!read_chunk_size(request)) return Step::failed;
      state_ = remaining_ == 0 ? State::trailers : State::chunk_data;
      return Step::more;
    case State::chunk_end:
      if (!line_.empty()) {
        (void)refuse(400, "a chunk of the body is longer than it says");
        return Step::failed;
      }
      state_ = State::chunk_size;
      return Step::more;
    default:
      break;
  }
  if (line_.empty()) return complete();
  // Nobody asks for trailers; that they are headers is looked at all the same.
  trailer_bytes_ += line_.size();
  const std::size_t colon = line_.find(':');
  const bool is_header = colon != std::string::npos && colon > 0 && all_are(line_.substr(0, colon), token) &&
                         all_are(std::string_view(line_).substr(colon + 1), value);
  if (!is_header) (void)refuse(400, "a trailer is not \"Name: value\"");
  if (trailer_bytes_ > limits_.header_bytes)
    (void)refuse(431, "the trailers of the request are too long together", ErrorCode::limit_exceeded);
  return !failure_.message.empty() ? Step::failed : Step::more;
}

bool HttpRequestReader::read_chunk_size(const HttpRequest& request) {
  std::size_t digits = 0;
  std::uint64_t size = 0;
  while (digits < line_.size() && hex_digit(line_[digits]) >= 0) {
    size = size * 16 + static_cast<std::uint64_t>(hex_digit(line_[digits]));
    if (++digits > 15) return refuse(400, "a chunk of the body says no size");
  }
  const std::string_view rest = std::string_view(line_).substr(digits);
  const bool is_extension = !rest.empty() && trimmed(rest).starts_with(';') && all_are(rest, value);
  if (digits == 0 || (!rest.empty() && !is_extension)) return refuse(400, "a chunk of the body says no size");
  if (size > limits_.body_bytes - std::min(limits_.body_bytes, request.body().size()))
    return refuse(413, "the body of the request is larger than this server takes", ErrorCode::limit_exceeded);
  remaining_ = size;
  return true;
}

}  // namespace penstock::server
