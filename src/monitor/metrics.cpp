#include "monitor/metrics.hpp"

#include <mutex>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "core/append_bytes.hpp"
#include "monitor/histogram_family.hpp"

namespace penstock::monitor {

namespace {

using Boundaries = prometheus::Histogram::BucketBoundaries;

// OpenTelemetry's for database operations, and two below: most point queries end before its first.
Boundaries seconds() {
  return {0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10};
}

double in_seconds(std::chrono::microseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Labels as one text, on the stack for the most part; what cannot be in a label's text keeps them apart.
class LabelsKey {
 public:
  template <typename... Labels>
  explicit LabelsKey(const Labels&... labels) {
    (append(labels), ...);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

 private:
  void append(std::string_view label) {
    append_bytes(text_, label);
    text_.push_back('\x1f');
  }
  void append(int label) {
    const fmt::format_int digits(label);
    append(std::string_view(digits.data(), digits.size()));
  }

  fmt::basic_memory_buffer<char, 256> text_;
};

template <typename Value>
prometheus::Family<Value>& family(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::detail::Builder<Value>().Name(name).Help(help).Register(registry);
}

// Samples as families, those of one name together.
std::vector<prometheus::MetricFamily> to_families(const std::vector<Sample>& samples) {
  std::vector<prometheus::MetricFamily> families;
  std::map<std::string_view, std::size_t> places;
  for (const Sample& sample : samples) {
    const auto [place, is_new] = places.emplace(sample.name, families.size());
    const bool counts = sample.type == SampleType::counter;
    if (is_new) {
      auto& added = families.emplace_back();
      added.name = sample.name;
      added.help = sample.help;
      added.type = counts ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    }
    auto& metric = families[place->second].metric.emplace_back();
    for (const auto& [name, value] : sample.labels)
      metric.label.push_back({name, value});
    (counts ? metric.counter.value : metric.gauge.value) = sample.value;
  }
  return families;
}

}  // namespace

class Metrics::Impl {
 public:
  prometheus::Registry registry;
  HistogramFamily operations{
      family<prometheus::Histogram>(registry, "db_client_operation_duration_seconds",
                                    "From a query's call to its last row, waiting included."),
      seconds()};
  prometheus::Family<prometheus::Counter>& counters =
      family<prometheus::Counter>(registry, "penstock_rows_total", "Rows that queries handed out.");
  prometheus::Counter& rows = counters.Add({});
  prometheus::Counter& truncated =
      family<prometheus::Counter>(registry, "penstock_truncated_results_total", "Results that a limit cut.")
          .Add({});
  prometheus::Histogram& shared =
      family<prometheus::Histogram>(registry, "penstock_batch_size",
                                    "Queries that ran together on one connection, of each such run.")
          .Add({}, Boundaries{2, 4, 8, 16, 32, 64});
  HistogramFamily http{family<prometheus::Histogram>(registry, "http_server_request_duration_seconds",
                                                     "From a request's first byte to its answer's last."),
                       seconds()};
  HistogramFamily mcp{family<prometheus::Histogram>(registry, "mcp_server_operation_duration_seconds",
                                                    "From a message of MCP to its answer."),
                      seconds()};

  mutable std::mutex mutex;  // one scrape at a time
  std::vector<Provider> providers;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}

Metrics::~Metrics() = default;

void Metrics::query_ended(const QueryEvent& event) noexcept {
  const std::string_view operation = to_string(event.kind);
  const std::string_view error = event.code ? to_string(*event.code) : std::string_view();
  impl_->operations.observe(LabelsKey(event.datasource, event.type, operation, error).view(),
                            in_seconds(event.duration), [&] {
                              return HistogramFamily::Labels{{"db_system_name", std::string(event.type)},
                                                             {"datasource", std::string(event.datasource)},
                                                             {"db_operation_name", std::string(operation)},
                                                             {"error_type", std::string(error)}};
                            });
  if (event.rows > 0) impl_->rows.Increment(static_cast<double>(event.rows));
  if (event.truncated) impl_->truncated.Increment();
}

void Metrics::queries_shared(std::size_t count) noexcept {
  impl_->shared.Observe(static_cast<double>(count));
}

void Metrics::http_answered(const HttpEvent& event) noexcept {
  impl_->http.observe(
      LabelsKey(event.method, event.route, event.status).view(), in_seconds(event.duration), [&] {
        return HistogramFamily::Labels{{"http_request_method", std::string(event.method)},
                                       {"http_route", std::string(event.route)},
                                       {"http_response_status_code", std::to_string(event.status)}};
      });
}

void Metrics::mcp_answered(const McpEvent& event) noexcept {
  impl_->mcp.observe(LabelsKey(event.method, event.tool, event.error).view(), in_seconds(event.duration),
                     [&] {
                       return HistogramFamily::Labels{{"mcp_method_name", std::string(event.method)},
                                                      {"gen_ai_tool_name", std::string(event.tool)},
                                                      {"error_type", std::string(event.error)}};
                     });
}

void Metrics::add_provider(Provider provider) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->providers.push_back(std::move(provider));
}

std::string Metrics::text() const {
  const std::scoped_lock lock(impl_->mutex);
  std::vector<Sample> samples;
  for (const Provider& provider : impl_->providers)
    provider(samples);
  auto families = impl_->registry.Collect();
  std::ranges::move(to_families(samples), std::back_inserter(families));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace penstock::monitor
