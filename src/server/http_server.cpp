#include "server/http_server.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "server/http_access.hpp"
#include "server/http_listener.hpp"
#include "server/http_loop.hpp"
#include "server/log.hpp"
#include "server/tls_certificates.hpp"

namespace penstock::server {

namespace {

/// For whoever was asked to stop to answer with that.
constexpr std::chrono::seconds kStopGrace{1};

std::size_t default_event_loops() noexcept {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 4, 1, 4);
}

Result<void> check(const HttpOptions& options) {
  if (options.listen.empty()) return fail(ErrorCode::invalid_argument, "no address to listen at");
  if (options.max_header_bytes > HttpRequest::kMaxHeadBytes)
    return fail(ErrorCode::invalid_argument,
                fmt::format("max_header_bytes is at most {}", HttpRequest::kMaxHeadBytes));
  if (options.max_pipelined == 0 || options.max_connections == 0)
    return fail(ErrorCode::invalid_argument, "max_pipelined and max_connections are at least 1");
  if (options.tls_certificate.empty() != options.tls_key.empty())
    return fail(ErrorCode::invalid_argument, "TLS needs both a certificate and its key");
  return {};
}

Result<HostAndPort> listen_address(const std::string& text) {
  auto parts = parse_host_and_port(text);
  if (!parts || parts->port.empty() || std::stoul(parts->port) > 65'535) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("'{}' is no address to listen at; it is HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080",
                    text));
  }
  return std::move(*parts);
}

std::string url_of(bool tls, const HttpListener::Endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return fmt::format("{}://{}:{}", tls ? "https" : "http",
                     endpoint.address().is_v6() ? "[" + address + "]" : address, endpoint.port());
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpOptions options, HttpAccess access, HttpHandler handler)
      : service_{.options = std::move(options), .access = std::move(access), .handler = std::move(handler)} {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { stop(std::chrono::milliseconds(0), std::chrono::milliseconds(0)); }

  [[nodiscard]] Result<void> start(const std::vector<HostAndPort>& addresses);
  bool stop(std::chrono::milliseconds drain_time, std::chrono::milliseconds stop_grace);

  [[nodiscard]] const std::vector<std::string>& urls() const noexcept { return urls_; }
  [[nodiscard]] const HttpService& service() const noexcept { return service_; }

 private:
  /// Runs it on each loop's thread; returns when it has run on all.
  template <typename Action>
  void on_loops(Action action);
  [[nodiscard]] bool wait_until_empty(std::chrono::milliseconds patience);

  HttpService service_;
  std::unique_ptr<TlsCertificates> certificates_;
  std::vector<std::unique_ptr<HttpLoop>> loops_;
  std::vector<std::shared_ptr<HttpListener>> listeners_;
  std::vector<std::string> urls_;
  bool is_running_ = false;
  bool ended_well_ = true;
};

Result<void> HttpServer::Impl::start(const std::vector<HostAndPort>& addresses) {
  const HttpOptions& options = service_.options;
  if (!options.tls_certificate.empty()) {
    auto certificates = TlsCertificates::load(options.tls_certificate, options.tls_key);
    if (!certificates) return pass_error(certificates);
    certificates_ = std::move(*certificates);
  }
  const std::size_t loops = options.event_loops == 0 ? default_event_loops() : options.event_loops;
  for (std::size_t i = 0; i < loops; ++i)
    loops_.push_back(std::make_unique<HttpLoop>(service_, i));
  for (const HostAndPort& address : addresses) {
    auto listener = std::make_shared<HttpListener>(service_, loops_, certificates_.get());
    const auto endpoint = listener->open(address.host, address.port);
    if (!endpoint) return std::unexpected(endpoint.error());
    urls_.push_back(url_of(certificates_ != nullptr, *endpoint));
    listeners_.push_back(std::move(listener));
  }
  is_running_ = true;
  for (const auto& listener : listeners_)
    listener->accept();
  for (const auto& loop : loops_)
    loop->start();
  return {};
}

template <typename Action>
void HttpServer::Impl::on_loops(Action action) {
  std::vector<std::future<void>> done;
  for (const auto& loop : loops_) {
    std::promise<void> ran;
    done.push_back(ran.get_future());
    loop->context().post([&loop = *loop, action, ran = std::move(ran)]() mutable {
      action(loop);
      ran.set_value();
    });
  }
  for (std::future<void>& each : done)
    each.wait();
}

bool HttpServer::Impl::wait_until_empty(std::chrono::milliseconds patience) {
  std::unique_lock lock(service_.mutex);
  return service_.emptied.wait_for(lock, patience, [this] { return service_.connections.load() == 0; });
}

bool HttpServer::Impl::stop(std::chrono::milliseconds drain_time, std::chrono::milliseconds stop_grace) {
  if (!std::exchange(is_running_, false)) return ended_well_;
  on_loops([](HttpLoop& loop) { loop.drain(); });
  on_loops([this](HttpLoop& loop) {
    if (&loop != loops_.front().get()) return;
    for (const auto& listener : listeners_)
      listener->close();
  });
  ended_well_ = wait_until_empty(drain_time);
  if (!ended_well_) {
    on_loops([](HttpLoop& loop) { loop.cancel(); });
    (void)wait_until_empty(stop_grace);
  }
  on_loops([](HttpLoop& loop) { loop.close_all(); });
  for (const auto& loop : loops_)
    loop->join();
  listeners_.clear();
  return ended_well_;
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpOptions options, HttpHandler handler) {
  if (const auto checked = check(options); !checked) return std::unexpected(checked.error());
  std::vector<HostAndPort> addresses;
  std::vector<std::string> hosts;
  for (const std::string& text : options.listen) {
    auto address = listen_address(text);
    if (!address) return pass_error(address);
    hosts.push_back(address->host);
    addresses.push_back(std::move(*address));
  }
  HttpAccess access(options.allowed_hosts, options.allowed_origins, hosts);
  auto impl = std::make_unique<Impl>(std::move(options), std::move(access), std::move(handler));
  if (auto started = impl->start(addresses); !started) return pass_error(started);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

const std::vector<std::string>& HttpServer::urls() const noexcept {
  return impl_->urls();
}

HttpStatistics HttpServer::statistics() const noexcept {
  const HttpService& service = impl_->service();
  HttpStatistics statistics{.connections = service.connections.load(),
                            .accepted = service.accepted.load(),
                            .refused = service.refused.load()};
  for (std::size_t i = 0; i < service.answers.size(); ++i)
    statistics.answers[i] = service.answers[i].load();
  return statistics;
}

void HttpServer::stop_now() {
  impl_->stop(std::chrono::milliseconds(0), std::chrono::milliseconds(0));
}

bool HttpServer::stop() {
  return impl_->stop(impl_->service().options.drain_timeout, kStopGrace);
}

}  // namespace penstock::server
