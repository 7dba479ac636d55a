// One request of HTTP/1.x as it came: its bytes, and where its parts are in them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace penstock::server {

/// Filled by an HttpRequestReader. Views live as long as the request, once it is complete.
class HttpRequest {
 public:
  static constexpr std::size_t kMaxHeaders = 100;
  static constexpr std::size_t kMaxHeadBytes = std::size_t{1} << 20;

  HttpRequest() {}  // NOLINT(modernize-use-equals-default): leaves `headers_` as it is
  HttpRequest(const HttpRequest&) = delete;
  HttpRequest& operator=(const HttpRequest&) = delete;
  ~HttpRequest() = default;

  [[nodiscard]] std::string_view method() const noexcept { return text(method_); }
  /// Before any '?', as sent; "*" of `OPTIONS *`.
  [[nodiscard]] std::string_view path() const noexcept { return path_.size == 0 ? "/" : text(path_); }
  [[nodiscard]] std::string_view query() const noexcept { return text(query_); }
  /// Whom it is addressed to, with any port: of the target, where that says it, else of the header Host.
  [[nodiscard]] std::string_view host() const noexcept { return text(host_); }
  /// The first header of that name, whatever its case; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t header_count(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view body() const noexcept {
    return {bytes_.data() + head_size_, bytes_.size() - head_size_};
  }

  /// In bytes, without what frames the body.
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  [[nodiscard]] bool is_http_1_0() const noexcept { return is_http_1_0_; }
  /// Whether the client wants to go on with this connection.
  [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }
  [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }
  /// GET, HEAD, OPTIONS, TRACE (RFC 9110, 9.2.1): may run beside others of its connection.
  [[nodiscard]] bool is_safe() const noexcept;
  [[nodiscard]] bool is_head() const noexcept { return method() == "HEAD"; }

 private:
  friend class HttpRequestReader;
  /// Of `bytes_`.
  struct Part {
    std::uint32_t offset;
    std::uint32_t size;
  };
  struct Header {
    Part name;
    Part value;
  };

  [[nodiscard]] std::string_view text(Part part) const noexcept {
    return {bytes_.data() + part.offset, part.size};
  }

  fmt::basic_memory_buffer<char, 1024>
      bytes_;  ///< the head, and behind it the body without any chunk's frame
  std::size_t head_size_ = 0;
  std::array<Header, kMaxHeaders> headers_;
  std::size_t header_count_ = 0;
  Part method_{};
  Part path_{};
  Part query_{};
  Part host_{};
  bool is_http_1_0_ = false;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
};

}  // namespace penstock::server
