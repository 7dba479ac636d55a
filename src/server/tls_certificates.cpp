#include "server/tls_certificates.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <sys/stat.h>

#include "server/log.hpp"

namespace penstock::server {

namespace {

constexpr std::chrono::seconds kLookEvery{1};

/// The library's own words for what went wrong last; they name no content of a key.
std::string library_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "it cannot be read" : reason;
}

std::unexpected<Error> bad_file(std::string_view what, const std::filesystem::path& file) {
  return fail(ErrorCode::invalid_argument, fmt::format("{} {}: {}", what, file.string(), library_error()));
}

}  // namespace

TlsCertificates::TlsCertificates(std::filesystem::path certificate, std::filesystem::path key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {}

Result<std::unique_ptr<TlsCertificates>> TlsCertificates::load(const std::filesystem::path& certificate,
                                                               const std::filesystem::path& key) {
  std::unique_ptr<TlsCertificates> made(new TlsCertificates(certificate, key));
  made->seen_ = made->marks();
  auto context = made->read();
  if (!context) return pass_error(context);
  made->context_ = std::move(*context);
  made->looked_ = std::chrono::steady_clock::now();
  return made;
}

Result<TlsCertificates::Context> TlsCertificates::read() const {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail(ErrorCode::internal, "the TLS library cannot be used");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_.c_str()) != 1)
    return bad_file("the TLS certificate", certificate_);
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_.c_str(), SSL_FILETYPE_PEM) != 1)
    return bad_file("the TLS key", key_);
  if (SSL_CTX_check_private_key(context.get()) != 1)
    return bad_file("the TLS key is not that of the certificate,", key_);
  return context;
}

TlsCertificates::Marks TlsCertificates::marks() const {
  const auto mark = [](const std::filesystem::path& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return Mark{};
    return Mark{.device = status.st_dev,
                .inode = status.st_ino,
                .size = status.st_size,
                .changed_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
  };
  return {.certificate = mark(certificate_), .key = mark(key_)};
}

void TlsCertificates::reload_if_changed() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < kLookEvery) return;
  looked_ = now;
  const Marks found = marks();
  if (found == seen_) return;
  seen_ = found;
  auto context = read();
  if (!context) {
    log(LogLevel::error, "tls_reload_failed", {{"error", context.error().message}});
    return;
  }
  context_ = std::move(*context);
  log(LogLevel::info, "tls_reloaded", {{"certificate", certificate_.native()}});
}

TlsSession TlsCertificates::new_session(int socket) {
  reload_if_changed();
  TlsSession session(SSL_new(context_.get()));
  if (!session || SSL_set_fd(session.get(), socket) != 1) return nullptr;
  SSL_set_accept_state(session.get());
  return session;
}

}  // namespace penstock::server
