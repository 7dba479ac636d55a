// What the server says to its operator: one line an event on standard error, for a person or for a machine.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "config/server.hpp"

namespace penstock::server {

/// Text: `2026-01-31T23:59:59.123Z info event key=value`; JSON:
/// `{"time":"...","level":"info","event":"event","key":"value"}`.
using config::LogFormat;
using config::LogLevel;

/// A detail of an event. Of a request, "request_id" is the one that leads to all its lines.
struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const std::string& text) : key(name), value(std::string_view(text)) {}
  LogField(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
  template <typename T>
    requires std::is_arithmetic_v<T>
  LogField(std::string_view name, T number) : key(name) {
    if constexpr (std::is_same_v<T, bool>)
      value = number;
    else if constexpr (std::is_floating_point_v<T>)
      value = static_cast<double>(number);
    else
      value = static_cast<std::int64_t>(number);
  }
};

/// Once, before there are threads that log. Without it nothing below a warning is written, as text.
void start_log(LogLevel level, LogFormat format);
[[nodiscard]] bool logs(LogLevel level) noexcept;
/// Thread-safe. Blocks while standard error does. Never pass a secret or a value of a query.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

/// The line, without its end; pure.
[[nodiscard]] std::string log_line(LogFormat format, std::string_view time, LogLevel level,
                                   std::string_view event, std::initializer_list<LogField> fields);

}  // namespace penstock::server
