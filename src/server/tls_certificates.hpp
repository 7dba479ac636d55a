// The server's certificate, read again when its files change.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include <openssl/ssl.h>

#include "penstock/error.hpp"

namespace penstock::server {

struct TlsSessionDelete {
  void operator()(SSL* session) const noexcept { SSL_free(session); }
};
using TlsSession = std::unique_ptr<SSL, TlsSessionDelete>;

/// One thread at a time.
class TlsCertificates {
 public:
  /// Reads both files. `invalid_argument`, naming the file, when they are no certificate and its key.
  [[nodiscard]] static Result<std::unique_ptr<TlsCertificates>> load(const std::filesystem::path& certificate,
                                                                     const std::filesystem::path& key);

  /// A session for a new connection on this socket, with the newest certificate that is whole. Looks at the
  /// files at most once a second; what became of a change is logged. Null when there is no memory for it.
  [[nodiscard]] TlsSession new_session(int socket);

 private:
  struct ContextDelete {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  };
  using Context = std::unique_ptr<SSL_CTX, ContextDelete>;
  /// What tells a file from the one that was there.
  struct Mark {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  struct Marks {
    Mark certificate;
    Mark key;
    friend bool operator==(const Marks&, const Marks&) = default;
  };

  TlsCertificates(std::filesystem::path certificate, std::filesystem::path key);
  [[nodiscard]] Result<Context> read() const;
  [[nodiscard]] Marks marks() const;
  void reload_if_changed();

  std::filesystem::path certificate_;
  std::filesystem::path key_;
  Context context_;
  Marks seen_;
  std::chrono::steady_clock::time_point looked_;
};

}  // namespace penstock::server
