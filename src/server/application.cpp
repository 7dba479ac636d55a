#include "server/application.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "server/log.hpp"
#include "server/rest_answers.hpp"
#include "server/serving_configuration.hpp"

namespace penstock::server {

namespace {

void answer_metrics(const std::shared_ptr<Exchange>& exchange, const monitor::Metrics& metrics) {
  if (exchange->method() != "GET" && exchange->method() != "HEAD") {
    exchange->respond({.status = 405, .content_type = {}, .headers = {{"Allow", "GET, HEAD"}}, .body = {}});
    return;
  }
  exchange->respond({.content_type = std::string(monitor::Metrics::kContentType),
                     .headers = {{"Cache-Control", "no-store"}},
                     .body = metrics.text()});
}

// They tell of every datasource and tool.
void refuse_metrics(Exchange& exchange) {
  respond_problem(exchange, fail(ErrorCode::forbidden, "this principal may not read the metrics",
                                 "The operator allows it with `metrics: true` in principals.yaml.")
                                .error());
}

void append_http_samples(const HttpStatistics& http, std::vector<monitor::Sample>& samples) {
  const auto add = [&](const char* name, const char* help, monitor::SampleType type, double value) {
    samples.push_back({name, help, type, {}, value});
  };
  add("penstock_http_connections", "Open connections.", monitor::SampleType::gauge,
      static_cast<double>(http.connections));
  add("penstock_http_accepted_total", "Connections accepted.", monitor::SampleType::counter,
      static_cast<double>(http.accepted));
  add("penstock_http_refused_total", "Connections refused, as there were too many.",
      monitor::SampleType::counter, static_cast<double>(http.refused));
  for (std::size_t digit = 0; digit < std::size(http.answers); ++digit) {
    samples.push_back({"penstock_http_answers_total",
                       "Answers by the class of their status; broken ones were cut off.",
                       monitor::SampleType::counter,
                       {{"class", digit == 0 ? "broken" : std::to_string(digit) + "xx"}},
                       static_cast<double>(http.answers[digit])});
  }
}

// Keys in clear are everybody's on the way.
void warn_of_clear_keys(const config::ServingConfiguration& configuration) {
  const config::ServerConfig& server = configuration.server;
  if (!configuration.identities.required || server.tls || config::is_loopback(server.listen.host)) return;
  log(LogLevel::warning, "keys_in_clear",
      {{"listen", server.listen.to_string()},
       {"hint",
        "keys and results cross the network unencrypted: set `tls`, or put a proxy that ends TLS before "
        "it"}});
}

// What a reload puts in force at once makes no difference.
bool needs_restart(config::ServerConfig now, const config::ServerConfig& before) {
  now.max_rows = before.max_rows;
  now.max_bytes = before.max_bytes;
  now.timeout = before.timeout;
  now.explain_analyze = before.explain_analyze;
  now.pass_trace_context = before.pass_trace_context;
  now.jwt = before.jwt;
  return now != before;
}

// Labels of which there are few, whatever clients send.
monitor::HttpEvent event_of(const HttpAnswer& answer) {
  static constexpr std::array<std::string_view, 5> kMethods{"GET", "HEAD", "POST", "DELETE", "OPTIONS"};
  monitor::HttpEvent event;
  event.method = std::ranges::find(kMethods, answer.method) == kMethods.end() ? "_OTHER" : answer.method;
  event.route =
      answer.path == "/mcp" || answer.path == "/metrics" ? answer.path : RestApi::pattern_of(answer.path);
  event.status = answer.status;
  event.duration = answer.duration;
  return event;
}

}  // namespace

Application::Application(ServiceOptions options, std::unique_ptr<Service> service)
    : options_(std::move(options)),
      server_on_disk_(options_.server_as_read.value_or(options_.configuration.server)),
      service_(std::move(service)),
      resource_(options_.configuration.server.tls.has_value()),
      gate_(service_->identities()),
      mcp_(service_->mcp()),
      admitted_([this](std::shared_ptr<Exchange> exchange) { routes_.answer(std::move(exchange)); }) {
  service_->identities().add(tokens_);
  gate_.set_challenge([this](const Exchange& exchange) { return resource_.challenge(exchange); });
  set_tokens(options_.configuration);
}

// What still runs refers to the front ends and may write to exchanges, so these go after it.
Application::~Application() {
  tokens_->replace(std::nullopt, {});
  mcp_.close();
  service_->close();
  if (http_ != nullptr) http_->stop_now();
  service_->wait();
}

void Application::set_tokens(const config::ServingConfiguration& configuration) {
  std::vector<PrincipalPtr> principals;
  for (const config::PrincipalConfig& principal : configuration.identities.principals)
    if (PrincipalPtr known = service_->identities().find(principal.name))
      principals.push_back(std::move(known));
  tokens_->replace(configuration.server.jwt, principals);
  resource_.replace(configuration.server.jwt);
}

void Application::add_routes() {
  const config::ServerConfig& server = options_.configuration.server;
  const auto rest = [this](std::shared_ptr<Exchange> exchange) {
    service_->rest().answer(std::move(exchange));
  };
  routes_.add("/healthz", rest);
  routes_.add("/readyz", rest);
  const auto metadata = [this](const std::shared_ptr<Exchange>& exchange) { resource_.answer(*exchange); };
  routes_.add(std::string(ProtectedResource::kPath), metadata);
  routes_.add(std::string(ProtectedResource::kPath) + "/", metadata);
  if (server.rest) {
    routes_.add("/v1/", rest);
    routes_.add("/openapi.json", rest);
  }
  if (server.mcp)
    routes_.add("/mcp", [this](const std::shared_ptr<Exchange>& exchange) { mcp_.handle(exchange); });
  if (server.metrics) {
    routes_.add("/metrics", [this](const std::shared_ptr<Exchange>& exchange) {
      if (!exchange->principal()->metrics) return refuse_metrics(*exchange);
      // A scrape may wait for locks of pools, so not on an event loop.
      service_->executor().post([this, exchange] { answer_metrics(exchange, service_->metrics()); });
    });
  }
}

Result<std::unique_ptr<Application>> Application::start(ServiceOptions options) {
  warn_of_clear_keys(options.configuration);
  auto service = Service::make(options);
  if (!service) return pass_error(service);
  std::unique_ptr<Application> application(new Application(std::move(options), std::move(*service)));
  application->add_routes();
  application->gate_.on_refused(
      [gate = application->service_->shared_gate()](const Exchange& exchange, const Error& error) {
        const FrontEnd front_end = exchange.path() == "/mcp" ? FrontEnd::mcp : FrontEnd::rest;
        gate->refused(exchange.request_id(), front_end, exchange.peer_address(), error);
      });
  HttpOptions http_options = http_options_of(application->options_.configuration.server);
  http_options.on_answered = [metrics = &application->service_->metrics()](const HttpAnswer& answer) {
    metrics->http_answered(event_of(answer));
  };
  auto http = HttpServer::start(std::move(http_options),
                                [made = application.get()](std::shared_ptr<Exchange> exchange) {
                                  made->gate_.admit(std::move(exchange), made->admitted_);
                                });
  if (!http) return pass_error(http);
  application->http_ = std::move(*http);
  application->service_->metrics().add_provider(
      [http = application->http_.get()](auto& samples) { append_http_samples(http->statistics(), samples); });
  application->service_->warm_up();
  return application;
}

Result<void> Application::reload() {
  // Who renames its file says so by the same signal.
  if (audit() != nullptr) audit()->reopen();
  const auto read = read_serving_configuration(options_.folder);
  if (!read) return std::unexpected(read.error());
  if (auto reloaded = service_->reload(*read); !reloaded) return reloaded;
  set_tokens(*read);
  if (needs_restart(read->server, server_on_disk_))
    log(LogLevel::warning, "restart_needed",
        {{"hint",
          "what server.yaml says now of sockets, threads and front ends holds from the next start on"}});
  server_on_disk_ = read->server;
  return {};
}

bool Application::stop() {
  // Streams that wait for news would last until the drain's end.
  mcp_.drain();
  return http_->stop();
}

}  // namespace penstock::server
