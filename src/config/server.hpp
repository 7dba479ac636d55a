// server.yaml: how the server listens, and what it lets through.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/settings.hpp"

#include "config/jwt.hpp"

namespace penstock::config {

class ValueReader;
struct Node;

/// Where the server accepts connections.
struct ListenAddress {
  std::string host = "127.0.0.1";  ///< a name or an address; of IPv6 without its brackets
  std::uint16_t port = 8080;       ///< 0: one that is free
  /// "127.0.0.1:8080", "[::1]:8080".
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// Reads "HOST:PORT" or "[IPV6]:PORT". The error begins with "must".
[[nodiscard]] std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text);
/// Whether only programs of this machine can reach the host: 127.0.0.0/8, ::1 and localhost.
[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };
enum class LogFormat : std::uint8_t {
  text,  ///< lines for a person
  json,  ///< one object a line
};

/// The certificate, with what leads to its authority behind it, and its key; both in PEM.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
  friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

/// The audit log.
struct AuditConfig {
  enum class OnFailure : std::uint8_t {
    stop,   ///< queries are refused while their lines cannot be written
    go_on,  ///< they run, and lines are lost
  };
  std::filesystem::path path;  ///< empty: there is none
  OnFailure on_failure = OnFailure::stop;
  bool statements = false;  ///< lines have the text of their statement
  bool params = false;      ///< and its parameters
  std::int64_t max_file_bytes = 100 << 20;
  std::chrono::milliseconds max_file_age{86'400'000};
  std::int64_t keep_files = 30;
  std::chrono::milliseconds sync_interval{1'000};
  std::int64_t max_waiting_bytes = 8 << 20;
  friend bool operator==(const AuditConfig&, const AuditConfig&) = default;
};

/// server.yaml, complete and checked. The defaults are what holds without the file.
struct ServerConfig {
  ListenAddress listen;
  bool allow_remote = false;        ///< may listen beyond loopback
  std::int64_t event_loops = 1;     ///< threads for sockets
  std::int64_t busy_poll_us = 100;  ///< up to so long a thread for sockets looks for more before it sleeps
  std::int64_t worker_threads = 0;  ///< for the queries of one datasource at once; 0: two a core

  std::int64_t max_connections = 10'000;
  std::int64_t max_header_bytes = 16 << 10;
  std::int64_t max_body_bytes = 1 << 20;
  std::chrono::milliseconds idle_timeout{75'000};    ///< between two requests
  std::chrono::milliseconds header_timeout{10'000};  ///< for a request's head to come in
  std::chrono::milliseconds body_timeout{30'000};    ///< for its body to come in
  std::chrono::milliseconds write_timeout{30'000};   ///< for a client to take in anything at all
  std::chrono::milliseconds drain_timeout{25'000};   ///< for running requests, once asked to stop
  bool gzip = true;                                  ///< where the client accepts it

  std::vector<std::string> hosts;    ///< further names in `Host`; loopback and `listen` always count
  std::vector<std::string> origins;  ///< allowed in `Origin`, such as "https://app.example.com"
  std::optional<TlsFiles> tls;
  std::optional<JwtConfig> jwt;  ///< `authentication: {jwt: ...}`

  /// Of one result; a request can only ask for less, and so can a datasource.
  std::int64_t max_rows = 10'000;
  std::int64_t max_bytes = 8 << 20;
  std::chrono::milliseconds timeout{30'000};
  bool explain_analyze = false;     ///< an explanation may run the statement
  bool pass_trace_context = false;  ///< the database is shown a request's `traceparent`

  bool rest = true;
  bool mcp = true;
  bool metrics = true;

  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;

  AuditConfig audit;

  friend bool operator==(const ServerConfig&, const ServerConfig&) = default;
};

/// A key of server.yaml, what it takes, and where its value goes. `spec.default_text` is that field's
/// default.
struct ServerKey {
  SettingSpec spec;
  void (*assign)(ServerConfig& config, const SettingValue& value);
};

/// A map of keys: `server` itself, whose name is empty, or one in it such as `limits`.
struct ServerSection {
  std::string_view name;
  std::span<const ServerKey> keys;
};

/// All keys but the lists `hosts` and `origins`, and those of `tls` and `authentication`.
[[nodiscard]] std::span<const ServerSection> server_sections();

/// Reads and checks the whole file. Whatever is wrong is reported to the reader's problems. `asks_who`: there
/// are identities, so that it may listen beyond loopback. `principals`: those that tokens may stand for;
/// empty: they could not be read, which is reported elsewhere.
[[nodiscard]] ServerConfig read_server(const Node& root, bool asks_who,
                                       std::span<const std::string> principals, ValueReader& reader);

}  // namespace penstock::config
