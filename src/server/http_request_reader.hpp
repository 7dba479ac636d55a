// Bytes of a connection to requests (RFC 9112), strictly: what two readers could take for different requests
// is refused, so that nothing is smuggled past whoever stands in front of us.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "penstock/error.hpp"

#include "server/http_request.hpp"

namespace penstock::server {

struct HttpLimits {
  std::size_t target_bytes = 8'192;
  std::size_t header_bytes = 32'768;  ///< at most HttpRequest::kMaxHeadBytes
  std::size_t body_bytes = 8'388'608;
};

/// Why a request is refused before anyone saw it.
struct HttpFailure {
  int status = 400;
  ErrorCode code = ErrorCode::invalid_argument;
  std::string_view message;  ///< a literal
};

/// A value without a socket: any cut of the same bytes gives the same requests. Refuses both Content-Length
/// and Transfer-Encoding, more than one of either, any coding but chunked, lines that do not end in CR LF,
/// folded headers, spaces before a colon, and control characters.
class HttpRequestReader {
 public:
  enum class Step : std::uint8_t {
    more,          ///< the input is used up
    continue_due,  ///< the client waits for "100 Continue" before it sends the body; go on with take()
    complete,      ///< the request; what is left of the input belongs to the next one
    failed,        ///< see failure(); no more can be read here
  };

  explicit HttpRequestReader(HttpLimits limits) noexcept : limits_(limits) {}

  /// Takes what belongs to this request from the front of `input`. The same `request` until it is complete, a
  /// new one then.
  [[nodiscard]] Step take(std::string_view& input, HttpRequest& request);
  [[nodiscard]] const HttpFailure& failure() const noexcept { return failure_; }

  /// Nothing of a request has come yet.
  [[nodiscard]] bool is_between() const noexcept { return state_ == State::start; }
  [[nodiscard]] bool in_body() const noexcept { return state_ >= State::body; }

 private:
  enum class State : std::uint8_t {
    start,
    request_line,
    headers,
    body,
    chunk_size,
    chunk_data,
    chunk_end,
    trailers
  };
  enum class Framing : std::uint8_t { none, length, chunked };

  [[nodiscard]] bool start_request(char first, HttpRequest& request);
  [[nodiscard]] Step take_head(std::string_view& input, HttpRequest& request);
  [[nodiscard]] Step take_body(std::string_view& input, HttpRequest& request);
  [[nodiscard]] Step take_chunk_data(std::string_view& input, HttpRequest& request);
  /// A line of a chunk's frame; true when `line_` holds it whole, without CR LF.
  [[nodiscard]] bool take_frame_line(std::string_view& input);
  [[nodiscard]] Step use_frame_line(HttpRequest& request);

  // Each: false when `failure_` says why.
  [[nodiscard]] bool use_head_line(HttpRequest& request, bool& head_ended);
  [[nodiscard]] bool read_request_line(HttpRequest& request, std::size_t begin, std::string_view line);
  [[nodiscard]] bool read_target(HttpRequest& request, std::size_t begin, std::string_view target);
  [[nodiscard]] bool read_header(HttpRequest& request, std::size_t begin, std::string_view line);
  [[nodiscard]] bool note_header(HttpRequest& request, std::string_view name, std::string_view value);
  [[nodiscard]] bool note_length(std::string_view value);
  [[nodiscard]] bool note_coding(std::string_view value);
  [[nodiscard]] bool end_head(HttpRequest& request);
  [[nodiscard]] bool read_chunk_size(const HttpRequest& request);

  [[nodiscard]] Step begin_body(const HttpRequest& request);
  [[nodiscard]] Step complete() noexcept;
  bool refuse(int status, std::string_view message, ErrorCode code = ErrorCode::invalid_argument) noexcept;

  HttpLimits limits_;
  State state_ = State::start;
  Framing framing_ = Framing::none;
  bool has_target_host_ = false;
  std::uint8_t hosts_ = 0;
  std::uint8_t blank_lines_ = 0;
  std::size_t line_begin_ = 0;  ///< of the line being read, in the request's bytes
  std::size_t trailer_bytes_ = 0;
  std::uint64_t remaining_ = 0;  ///< of the body, or of the chunk
  std::string line_;             ///< of a chunk's frame
  HttpFailure failure_;
};

}  // namespace penstock::server
