#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "config/server.hpp"

namespace penstock::config {

namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kHour = 3'600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kKiB = 1 << 10;
constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kMostRows = 1'000'000'000'000;
constexpr std::int64_t kMostBytes = 1LL << 40;

template <auto Field>
void assign(ServerConfig& config, const SettingValue& value) {
  auto& field = config.*Field;
  field = std::get<std::remove_reference_t<decltype(field)>>(value);
}

template <auto Field>
void assign_audit(ServerConfig& config, const SettingValue& value) {
  auto& field = config.audit.*Field;
  field = std::get<std::remove_reference_t<decltype(field)>>(value);
}

ServerKey number(std::string name, SettingKind kind, std::int64_t min, std::int64_t max,
                 std::string default_text, std::string description,
                 void (*assign_to)(ServerConfig&, const SettingValue&)) {
  return {{.name = std::move(name),
           .kind = kind,
           .description = std::move(description),
           .default_text = std::move(default_text),
           .min = min,
           .max = max},
          assign_to};
}

ServerKey truth(std::string name, std::string default_text, std::string description,
                void (*assign_to)(ServerConfig&, const SettingValue&)) {
  return {{.name = std::move(name),
           .kind = SettingKind::boolean,
           .description = std::move(description),
           .default_text = std::move(default_text)},
          assign_to};
}

std::span<const ServerKey> server_keys() {
  using enum SettingKind;
  static const std::array keys{
      ServerKey{{.name = "listen",
                 .description = "address and port; port 0: one that is free",
                 .default_text = "127.0.0.1:8080"},
                [](ServerConfig& config, const SettingValue& value) {
                  if (auto address = parse_listen_address(std::get<std::string>(value)))
                    config.listen = *std::move(address);
                }},
      truth("allow_remote", "false", "true: may listen beyond this machine",
            assign<&ServerConfig::allow_remote>),
      number("event_loops", integer, 1, 256, "1", "threads for sockets", assign<&ServerConfig::event_loops>),
      number("busy_poll_us", integer, 0, 10'000, "100",
             "microseconds that a thread for sockets looks at most for more to do before it sleeps, and up "
             "to 60 of "
             "which quick queries wait for others to run with; 0: it sleeps at once, which takes less of an "
             "almost idle core and makes answers slower",
             assign<&ServerConfig::busy_poll_us>),
      number("worker_threads", integer, 0, 4'096, "0",
             "threads that run the queries of one datasource at once; more start when a query has "
             "waited; 0: two a core",
             assign<&ServerConfig::worker_threads>),
      number("max_connections", integer, 1, 1'000'000, "10000",
             "open connections of clients; more are turned away", assign<&ServerConfig::max_connections>),
      number("max_header_bytes", size, kKiB, kMiB, "16KiB", "bytes of one request's head",
             assign<&ServerConfig::max_header_bytes>),
      number("max_body_bytes", size, kKiB, 1'024 * kMiB, "1MiB", "bytes of one request's body",
             assign<&ServerConfig::max_body_bytes>),
      number("idle_timeout", duration, kSecond, kDay, "75s",
             "a connection without a request is closed after it", assign<&ServerConfig::idle_timeout>),
      number("header_timeout", duration, 100, kHour, "10s", "for a request's head to come in",
             assign<&ServerConfig::header_timeout>),
      number("body_timeout", duration, 100, kHour, "30s", "for a request's body to come in",
             assign<&ServerConfig::body_timeout>),
      number("write_timeout", duration, 100, kHour, "30s", "for a client that takes in nothing of its answer",
             assign<&ServerConfig::write_timeout>),
      number("drain_timeout", duration, 0, kHour, "25s",
             "for running requests to end when the server is to stop", assign<&ServerConfig::drain_timeout>),
      truth("gzip", "true", "compress answers for clients that accept it", assign<&ServerConfig::gzip>),
      truth("explain_analyze", "false", "true: an explanation may run the statement, when asked for",
            assign<&ServerConfig::explain_analyze>),
      truth("pass_trace_context", "false", "true: the database is shown the `traceparent` of a request",
            assign<&ServerConfig::pass_trace_context>),
      truth("rest", "true", "serve REST under /v1", assign<&ServerConfig::rest>),
      truth("mcp", "true", "serve the Model Context Protocol under /mcp", assign<&ServerConfig::mcp>),
      truth("metrics", "true", "serve metrics under /metrics", assign<&ServerConfig::metrics>),
  };
  return keys;
}

std::span<const ServerKey> limit_keys_of_server() {
  using enum SettingKind;
  static const std::array keys{
      number("max_rows", integer, 1, kMostRows, "10000", "rows of one result; more are cut off",
             assign<&ServerConfig::max_rows>),
      number("max_bytes", size, 1, kMostBytes, "8MiB", "bytes of one result; more are cut off",
             assign<&ServerConfig::max_bytes>),
      number("timeout", duration, 1, kDay, "30s", "for one query, from its arrival to its last row",
             assign<&ServerConfig::timeout>),
  };
  return keys;
}

std::span<const ServerKey> logging_keys() {
  static const std::array keys{
      ServerKey{{.name = "level",
                 .kind = SettingKind::choice,
                 .description = "what is logged, from this on",
                 .default_text = "info",
                 .choices = {"debug", "info", "warning", "error", "off"}},
                [](ServerConfig& config, const SettingValue& value) {
                  const auto& name = std::get<std::string>(value);
                  config.log_level = name == "debug"     ? LogLevel::debug
                                     : name == "warning" ? LogLevel::warning
                                     : name == "error"   ? LogLevel::error
                                     : name == "off"     ? LogLevel::off
                                                         : LogLevel::info;
                }},
      ServerKey{{.name = "format",
                 .kind = SettingKind::choice,
                 .description = "lines for a person, or an object a line for a collector",
                 .default_text = "text",
                 .choices = {"text", "json"}},
                [](ServerConfig& config, const SettingValue& value) {
                  const bool is_json = std::get<std::string>(value) == "json";
                  config.log_format = is_json ? LogFormat::json : LogFormat::text;
                }},
  };
  return keys;
}

std::span<const ServerKey> audit_keys() {
  using enum SettingKind;
  static const std::array keys{
      ServerKey{{.name = "path",
                 .kind = path,
                 .description = "the file that has a line for each query; without it there is no audit log"},
                assign_audit<&AuditConfig::path>},
      ServerKey{{.name = "on_failure",
                 .kind = choice,
                 .description = "while it cannot be written: refuse queries, or go on and lose lines",
                 .default_text = "stop",
                 .choices = {"stop", "continue"}},
                [](ServerConfig& config, const SettingValue& value) {
                  const bool stops = std::get<std::string>(value) == "stop";
                  config.audit.on_failure =
                      stops ? AuditConfig::OnFailure::stop : AuditConfig::OnFailure::go_on;
                }},
      truth("statements", "false", "true: lines have the text of their statement",
            assign_audit<&AuditConfig::statements>),
      truth("params", "false", "true: lines have the values of their parameters",
            assign_audit<&AuditConfig::params>),
      number("max_file_bytes", size, kMiB, 1LL << 40, "100MiB", "of one file, before another is begun",
             assign_audit<&AuditConfig::max_file_bytes>),
      number("max_file_age", duration, 60 * kSecond, 366 * kDay, "1d", "of one file, before another is begun",
             assign_audit<&AuditConfig::max_file_age>),
      number("keep_files", integer, 1, 100'000, "30", "files that ended; the oldest beyond it are removed",
             assign_audit<&AuditConfig::keep_files>),
      number("sync_interval", duration, 0, kHour, "1s",
             "how often what is written is forced to the disk; 0: each time",
             assign_audit<&AuditConfig::sync_interval>),
      number("max_waiting_bytes", size, kMiB, 1'024 * kMiB, "8MiB", "of lines that wait to be written",
             assign_audit<&AuditConfig::max_waiting_bytes>),
  };
  return keys;
}

}  // namespace

std::span<const ServerSection> server_sections() {
  static const std::array sections{
      ServerSection{"", server_keys()},
      ServerSection{"limits", limit_keys_of_server()},
      ServerSection{"logging", logging_keys()},
      ServerSection{"audit", audit_keys()},
  };
  return sections;
}

}  // namespace penstock::config
