// Content codings: what a client accepts, what is worth compressing, and gzip itself.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace penstock::server {

/// Whether Accept-Encoding asks for gzip: by its name or by "*", with a weight that is not 0 and not below
/// that of "identity" (RFC 9110, 12.5.3).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding) noexcept;

/// Text, JSON and the like. Not text/event-stream, whose events must not wait for each other, and not what is
/// compressed already.
[[nodiscard]] bool is_compressible(std::string_view content_type) noexcept;

/// Smaller bodies are sent as they are: they fit into one packet either way.
inline constexpr std::size_t kMinGzipBytes = 1024;

/// A gzip stream (RFC 1952) in the making. One thread at a time.
class GzipStream {
 public:
  GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  ~GzipStream();

  /// Compresses, so that a reader of what was returned so far has all that was put in so far.
  [[nodiscard]] std::string flush(std::string_view bytes);
  /// The last of it. Not to be used any more then.
  [[nodiscard]] std::string finish(std::string_view bytes);

 private:
  struct State;
  [[nodiscard]] std::string deflate_all(std::string_view bytes, int flush_mode);
  std::unique_ptr<State> state_;
};

}  // namespace penstock::server
