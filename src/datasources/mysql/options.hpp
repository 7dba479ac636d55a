// `connection:` of a MySQL or MariaDB datasource: its keys, and what they mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/settings.hpp"

namespace penstock::mysql {

[[nodiscard]] TypeSpec type_spec();

enum class TlsMode : std::uint8_t { disabled, preferred, required, verify_identity };

/// One datasource, as its connections need it.
struct Options {
  DataSourceConfig config;
  std::string host;
  std::uint16_t port = 0;
  std::string socket;  ///< path of a unix socket; empty: TCP
  std::string user;
  Secret password;
  TlsMode tls = TlsMode::preferred;
  std::string ca;
  std::string certificate;
  std::string key;
  std::vector<std::string> allow_functions;
  /// Nothing when `database` is not one of the datasource's.
  [[nodiscard]] const std::string* physical(std::string_view database) const noexcept;
};

/// Errors: `invalid_argument`.
[[nodiscard]] Result<Options> read_options(const DataSourceConfig& config);

/// A text as a literal of SQL.
[[nodiscard]] std::string quote_text(std::string_view text);

}  // namespace penstock::mysql
