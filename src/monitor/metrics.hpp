// What is measured while the server runs, as Prometheus reads it. docs/monitoring.md lists the names: those
// of OpenTelemetry's semantic conventions where there are such, in Prometheus' spelling.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/observer.hpp"

namespace penstock::monitor {

enum class SampleType : std::uint8_t { gauge, counter };

/// A number that somebody else keeps, read when it is asked for. Samples of one name have the same type and
/// help.
struct Sample {
  std::string name;
  std::string help;
  SampleType type = SampleType::gauge;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

/// One answer of the HTTP server.
struct HttpEvent {
  std::string_view method;
  std::string_view route;  ///< the pattern, not the path: there are few of them
  int status = 0;
  std::chrono::microseconds duration{0};
};

/// One message of MCP that asked for something.
struct McpEvent {
  std::string_view method;
  std::string_view tool;   ///< of `tools/call`; one of ours
  std::string_view error;  ///< "tool_error", "cancelled", JSON-RPC's code, or empty
  std::chrono::microseconds duration{0};
};

/// Thread-safe.
class Metrics final : public QueryObserver {
 public:
  using Provider = std::function<void(std::vector<Sample>&)>;

  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics() override;

  void query_ended(const QueryEvent& event) noexcept override;
  /// How many queries shared a connection at a time.
  void queries_shared(std::size_t count) noexcept;
  void http_answered(const HttpEvent& event) noexcept;
  void mcp_answered(const McpEvent& event) noexcept;

  /// Asked at each scrape, by one thread at a time. Add them before the first.
  void add_provider(Provider provider);
  /// The text format 0.0.4 of Prometheus.
  [[nodiscard]] std::string text() const;

  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace penstock::monitor
