// Where the text of a set of keys comes from.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "penstock/error.hpp"

#include "config/jwt.hpp"

namespace penstock::server {

/// One thread at a time.
class JwksSource {
 public:
  JwksSource() = default;
  JwksSource(const JwksSource&) = delete;
  JwksSource& operator=(const JwksSource&) = delete;
  virtual ~JwksSource() = default;

  /// May block, for JwtConfig::fetch_timeout at most, and returns soon after `stop`. `unavailable` says why
  /// there is none; nothing in it is secret.
  [[nodiscard]] virtual Result<std::string> read(std::stop_token stop) = 0;
  /// Whether changed() can tell that it is worth reading again.
  [[nodiscard]] virtual bool is_watched() const noexcept = 0;
  /// Since the last read(). Does not block.
  [[nodiscard]] virtual bool changed() = 0;
};

/// The file or the URL that the configuration names.
[[nodiscard]] std::unique_ptr<JwksSource> make_jwks_source(const config::JwtConfig& config);
[[nodiscard]] std::unique_ptr<JwksSource> jwks_from_file(std::filesystem::path file);
[[nodiscard]] std::unique_ptr<JwksSource> jwks_from_url(const config::JwtConfig& config);

}  // namespace penstock::server
