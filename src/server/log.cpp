#include "server/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace penstock::server {

namespace {

constexpr std::array<std::string_view, 5> kLevelNames{"debug", "info", "warning", "error", "off"};

std::atomic<LogFormat> current_format = LogFormat::text;

spdlog::level::level_enum level_of(LogLevel level) noexcept {
  constexpr std::array kLevels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                               spdlog::level::err, spdlog::level::off};
  return kLevels[static_cast<std::size_t>(level)];
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("penstock", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::warn);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

std::string time_text() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, milliseconds);
}

/// In quotes, with what would break the line or the quotes escaped as JSON has it.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < ' ' || byte == 127) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

bool needs_quotes(std::string_view text) noexcept {
  return text.empty() || std::ranges::any_of(text, [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == 127 || c == '\\';
         });
}

void append_value(std::string& out, const LogField& field, bool always_quoted) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (always_quoted || needs_quotes(*text))
      append_quoted(out, *text);
    else
      out += *text;
  } else if (const auto* flag = std::get_if<bool>(&field.value)) {
    out += *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<double>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{:.3f}", *number);
  } else {
    fmt::format_to(std::back_inserter(out), "{}", std::get<std::int64_t>(field.value));
  }
}

}  // namespace

std::string log_line(LogFormat format, std::string_view time, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields) {
  const std::string_view level_name = kLevelNames[static_cast<std::size_t>(level)];
  if (format == LogFormat::text) {
    std::string line = fmt::format("{} {} {}", time, level_name, event);
    for (const LogField& field : fields) {
      fmt::format_to(std::back_inserter(line), " {}=", field.key);
      append_value(line, field, false);
    }
    return line;
  }
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":"{}")", time, level_name, event);
  for (const LogField& field : fields) {
    fmt::format_to(std::back_inserter(line), ",\"{}\":", field.key);
    append_value(line, field, true);
  }
  line += '}';
  return line;
}

void start_log(LogLevel level, LogFormat format) {
  current_format = format;
  logger().set_level(level_of(level));
}

bool logs(LogLevel level) noexcept {
  return logger().should_log(level_of(level));
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!logs(level)) return;
  logger().log(level_of(level), log_line(current_format.load(), time_text(), level, event, fields));
}

}  // namespace penstock::server
