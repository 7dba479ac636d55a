// A client of HTTP that can misbehave: sends any bytes, reads answers strictly.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace penstock::test {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in small letters
  std::string body;                            ///< without any chunk's frame
  bool is_whole = false;                       ///< false: the connection ended before the answer did
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// One connection to a server on loopback. Every wait ends after `kPatience`, as if the server had closed.
class HttpClient {
 public:
  static constexpr std::chrono::seconds kPatience{20};

  /// `url`: as HttpServer names it; "https" speaks TLS and takes any certificate.
  explicit HttpClient(const std::string& url);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// Sends bytes as they are. False when the server does not take them any more.
  bool send(std::string_view bytes);
  /// "GET path HTTP/1.1" with a Host, and these header lines ("Name: value\r\n" each).
  bool get(std::string_view path, std::string_view headers = {});
  bool post(std::string_view path, std::string_view body, std::string_view headers = {});

  /// The next answer; of a HEAD request, its head alone. Interim answers (100) are answers of their own.
  [[nodiscard]] HttpAnswer read(bool has_body = true);
  /// The head, and as much of the body as has come with it.
  [[nodiscard]] HttpAnswer read_head();
  /// Whatever comes next, at least one byte; empty at the end.
  [[nodiscard]] std::string read_some();
  /// Whether the server ends the connection and sends nothing before.
  [[nodiscard]] bool is_ended();
  /// Whether the server has reset it, or does so within the patience.
  [[nodiscard]] bool is_reset();

  void end_sending();  ///< half-closes
  void close();
  /// As a process that died has it: whatever is sent here now is answered by a reset.
  void reset();
  void limit_receive_buffer(int bytes);
  /// The first certificate's serial number, as the server showed it.
  [[nodiscard]] long certificate_serial() const;

 private:
  [[nodiscard]] bool fill();
  [[nodiscard]] bool read_chunked(std::string& body);
  [[nodiscard]] std::optional<std::string> read_line();

  int socket_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* session_ = nullptr;
  std::string host_;
  std::string unread_;
  bool was_reset_ = false;
};

}  // namespace penstock::test
