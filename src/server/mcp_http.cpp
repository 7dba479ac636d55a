#include "server/mcp_http.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include "core/ascii_case.hpp"
#include "server/identity/principal.hpp"
#include "server/mcp_post_outlet.hpp"
#include "server/random_token.hpp"

namespace penstock::server {
namespace mcp = protocol::mcp;

/// One session of HTTP: the client's state, and its streams.
struct McpHttpSession {
  std::string id;
  PrincipalPtr owner;
  std::shared_ptr<mcp::Session> state;
  std::atomic<McpHttp::Clock::time_point> last_used;
  std::mutex mutex;  // guards the two below
  std::map<std::string, std::shared_ptr<McpEventStream>, std::less<>> kept;
  std::uint64_t next_stream = 1;

  void touch() { last_used = McpHttp::Clock::now(); }
};

namespace {

class ExchangeHeaders final : public mcp::RequestHeaders {
 public:
  explicit ExchangeHeaders(const Exchange& exchange) : exchange_(exchange) {}
  [[nodiscard]] std::string_view value(std::string_view name) const override {
    return exchange_.header(name);
  }
  [[nodiscard]] std::size_t count(std::string_view name) const override {
    return exchange_.header_count(name);
  }

 private:
  const Exchange& exchange_;
};

/// The stream of messages that belong to no request.
class ChannelOutlet final : public mcp::Outlet {
 public:
  explicit ChannelOutlet(std::shared_ptr<McpEventStream> stream) : stream_(std::move(stream)) {}
  /// A client that closes a quiet stream is noticed by this alone: nothing is written that could fail.
  void watch(std::stop_token gone, std::function<void()> lost) {
    on_gone_.emplace(std::move(gone), std::move(lost));
  }
  void send(std::string message, bool droppable) override { stream_->send(message, droppable); }
  void answer(std::string /*message*/, int /*http_status*/) override { stream_->finish(); }

 private:
  std::shared_ptr<McpEventStream> stream_;
  std::optional<std::stop_callback<std::function<void()>>> on_gone_;
};

/// What to do when a channel breaks: what the session has to say then waits for the next one.
std::function<void()> loses(const std::shared_ptr<mcp::Session>& session,
                            const std::shared_ptr<ChannelOutlet>& channel) {
  return [session = std::weak_ptr(session), channel = std::weak_ptr(channel)] {
    const auto held = session.lock();
    const auto broken = channel.lock();
    if (!broken) return;
    if (held) held->drop_channel(*broken);
    broken->answer({}, 200);
  };
}

void refuse(Exchange& exchange, int status, std::string message, std::vector<HttpHeader> headers = {}) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.headers = std::move(headers);
  response.body = mcp::error_message({}, mcp::RpcError(mcp::RpcCode::invalid_request, std::move(message)));
  exchange.respond(std::move(response));
}

bool is_json(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' '))
    type.remove_suffix(1);
  return equal_ignoring_case(type, "application/json");
}

/// The stream and the number of an event's id: "3-17".
std::optional<std::pair<std::string_view, std::uint64_t>> read_event_id(std::string_view id) {
  const std::size_t dash = id.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = id.data() + id.size();
  const auto parsed = std::from_chars(id.data() + dash + 1, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return std::pair(id.substr(0, dash), number);
}

constexpr std::string_view kSessionHeader = "Mcp-Session-Id";

}  // namespace

McpHttp::McpHttp(std::shared_ptr<mcp::Server> server, McpHttpOptions options)
    : server_(std::move(server)), options_(options) {}

McpHttp::~McpHttp() = default;

void McpHttp::handle(const std::shared_ptr<Exchange>& exchange) {
  const std::string_view method = exchange->method();
  if (method == "POST") return post(exchange);
  if (method == "GET") return get(exchange);
  if (method == "DELETE") return remove(exchange);
  refuse(*exchange, 405, "MCP is spoken with POST, GET and DELETE.", {{"Allow", "POST, GET, DELETE"}});
}

void McpHttp::post(const std::shared_ptr<Exchange>& exchange) {
  if (!is_json(exchange->header("Content-Type")))
    return refuse(*exchange, 415, "Send JSON, with Content-Type: application/json.");
  const McpAccepts accepts = McpAccepts::read(exchange->header("Accept"));
  if (!accepts.json && !accepts.events)
    return refuse(*exchange, 406, "Accept application/json and text/event-stream.");
  auto document = mcp::Document::parse(exchange->body(), server_->options().messages);
  if (!document) {
    HttpResponse response;
    response.status = document.error().http_status;
    response.content_type = "application/json";
    response.body = mcp::error_message({}, document.error());
    return exchange->respond(std::move(response));
  }
  const ExchangeHeaders headers(*exchange);
  if ((*document)->root().is_object() && mcp::is_stateless((*document)->root(), &headers))
    return post_stateless(exchange, accepts, std::move(*document));
  post_in_session(exchange, accepts, std::move(*document));
}

void McpHttp::post_stateless(const std::shared_ptr<Exchange>& exchange, McpAccepts accepts,
                             std::shared_ptr<const mcp::Document> document) {
  const ExchangeHeaders headers(*exchange);
  mcp::Inbound inbound;
  inbound.stands_alone = true;
  inbound.document = std::move(document);
  inbound.headers = &headers;
  inbound.gone = exchange->gone();
  inbound.caller = principal_of(*exchange);
  inbound.request_id = exchange->request_id();
  inbound.outlet = std::make_shared<McpPostOutlet>(
      exchange, accepts, false, nullptr,
      [this](const std::shared_ptr<McpEventStream>& stream) { watch(stream); });
  server_->receive(inbound);
}

void McpHttp::post_in_session(const std::shared_ptr<Exchange>& exchange, McpAccepts accepts,
                              std::shared_ptr<const mcp::Document> document) {
  const std::string_view id = exchange->header(kSessionHeader);
  const bool begins = id.empty() && mcp::is_initialize(document->root());
  SessionPtr session;
  if (begins) {
    session = open_session(*exchange);
    if (!session) return refuse(*exchange, 503, "Too many sessions are open: try again later.");
  } else if (!id.empty()) {
    session = find_session(*exchange);
    if (!session)
      return refuse(*exchange, 404, "There is no such session, or it ended: begin with initialize.");
  }
  const auto make_kept = [this, session]() -> std::shared_ptr<McpEventStream> {
    const std::scoped_lock lock(session->mutex);
    std::erase_if(session->kept, [](const auto& kept) { return kept.second->finished(); });
    if (session->kept.size() >= options_.max_kept_streams) return nullptr;
    const std::string name = std::to_string(session->next_stream++);
    return session->kept.emplace(name, std::make_shared<McpEventStream>(name)).first->second;
  };
  const mcp::RevisionRules* rules = session ? session->state->rules() : nullptr;
  const auto outlet = std::make_shared<McpPostOutlet>(
      exchange, accepts, rules != nullptr && rules->primed_streams, make_kept,
      [this](const std::shared_ptr<McpEventStream>& stream) { watch(stream); });
  if (begins) outlet->add_header(std::string(kSessionHeader), session->id);
  const ExchangeHeaders headers(*exchange);
  mcp::Inbound inbound;
  inbound.document = std::move(document);
  inbound.headers = &headers;
  inbound.gone = exchange->gone();
  inbound.caller = principal_of(*exchange);
  inbound.request_id = exchange->request_id();
  inbound.session = session ? session->state : nullptr;
  inbound.outlet = outlet;
  server_->receive(inbound);
  if (begins && session->state->rules() == nullptr) drop_session(session->id);
}

void McpHttp::get(const std::shared_ptr<Exchange>& exchange) {
  if (!McpAccepts::read(exchange->header("Accept")).events)
    return refuse(*exchange, 406, "GET opens a stream of events: accept text/event-stream.");
  const std::string_view id = exchange->header(kSessionHeader);
  // Requests that stand alone have no stream to get: clients try it, and take 405 for an answer.
  if (id.empty())
    return refuse(*exchange, 405, "GET needs the Mcp-Session-Id of a session.", {{"Allow", "POST"}});
  const SessionPtr session = find_session(*exchange);
  if (!session)
    return refuse(*exchange, 404, "There is no such session, or it ended: begin with initialize.");
  if (const std::string_view last = exchange->header("Last-Event-ID"); !last.empty()) {
    const auto place = read_event_id(last);
    std::shared_ptr<McpEventStream> kept;
    if (place) {
      const std::scoped_lock lock(session->mutex);
      if (const auto found = session->kept.find(place->first); found != session->kept.end())
        kept = found->second;
    }
    if (!kept) return refuse(*exchange, 404, "There is nothing to resume: ask again.");
    kept->resume(exchange, {}, place->second);
    return watch(kept);
  }
  open_channel(exchange, *session);
}

void McpHttp::open_channel(const std::shared_ptr<Exchange>& exchange, McpHttpSession& session) {
  if (draining_) return refuse(*exchange, 503, "The server is being stopped: try again later.");
  const auto stream = std::make_shared<McpEventStream>();
  const auto channel = std::make_shared<ChannelOutlet>(stream);
  const auto lost = loses(session.state, channel);
  stream->on_lost(lost);
  stream->attach(exchange, {}, false);
  if (const auto old = session.state->set_channel(channel)) old->answer({}, 200);
  // What breaks it is heard from here on, when the session knows it.
  channel->watch(exchange->gone(), lost);
  watch(stream);
  // Of a drain that began meanwhile, one of both sees the other.
  if (draining_) lost();
}

void McpHttp::remove(const std::shared_ptr<Exchange>& exchange) {
  const std::string id(exchange->header(kSessionHeader));
  if (id.empty())
    return refuse(*exchange, 405, "DELETE needs the Mcp-Session-Id of a session.", {{"Allow", "POST"}});
  if (!find_session(*exchange)) return refuse(*exchange, 404, "There is no such session, or it ended.");
  drop_session(id);
  exchange->respond({.status = 204, .content_type = {}, .headers = {}, .body = {}});
}

McpHttp::SessionPtr McpHttp::open_session(const Exchange& exchange) {
  auto session = std::make_shared<McpHttpSession>();
  session->id = random_token();
  session->owner = principal_of(exchange);
  session->state = server_->open_session();
  session->touch();
  if (sessions() >= options_.max_sessions) tick();
  const std::scoped_lock lock(mutex_);
  if (sessions_.size() >= options_.max_sessions) return nullptr;
  sessions_.emplace(session->id, session);
  return session;
}

McpHttp::SessionPtr McpHttp::find_session(const Exchange& exchange) {
  const PrincipalPtr principal = principal_of(exchange);
  const std::scoped_lock lock(mutex_);
  const auto found = sessions_.find(exchange.header(kSessionHeader));
  if (found == sessions_.end() || !found->second->owner->is_same_as(*principal)) return nullptr;
  found->second->touch();
  return found->second;
}

void McpHttp::drop_session(const std::string& id) {
  SessionPtr session;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    session = std::move(found->second);
    sessions_.erase(found);
  }
  session->state->close();
  if (const auto channel = session->state->set_channel(nullptr)) channel->answer({}, 200);
}

void McpHttp::watch(const std::shared_ptr<McpEventStream>& stream) {
  constexpr std::size_t kFewStreams = 1024;
  const std::scoped_lock lock(mutex_);
  if (streams_.size() >= sweep_at_) {
    std::erase_if(streams_, [](const std::weak_ptr<McpEventStream>& watched) {
      const auto alive = watched.lock();
      return !alive || alive->finished();
    });
    sweep_at_ = std::max(kFewStreams, 2 * streams_.size());
  }
  streams_.push_back(stream);
}

void McpHttp::tick(Clock::time_point now) {
  std::vector<std::string> idle;
  std::vector<std::shared_ptr<McpEventStream>> quiet;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, session] : sessions_)
      if (now - session->last_used.load() > options_.session_idle_timeout && session->state->in_flight() == 0)
        idle.push_back(id);
    std::erase_if(streams_, [&](const std::weak_ptr<McpEventStream>& watched) {
      auto stream = watched.lock();
      if (!stream || stream->finished()) return true;
      quiet.push_back(std::move(stream));
      return false;
    });
  }
  for (const std::string& id : idle)
    drop_session(id);
  for (const auto& stream : quiet)
    stream->keep_alive();
}

void McpHttp::drain() {
  draining_ = true;
  server_->close();
  std::vector<SessionPtr> all;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, session] : sessions_)
      all.push_back(session);
  }
  for (const SessionPtr& session : all)
    if (const auto channel = session->state->set_channel(nullptr)) channel->answer({}, 200);
}

void McpHttp::close() {
  server_->close();
  std::vector<std::string> all;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, session] : sessions_)
      all.push_back(id);
  }
  for (const std::string& id : all)
    drop_session(id);
}

std::size_t McpHttp::sessions() const {
  const std::scoped_lock lock(mutex_);
  return sessions_.size();
}

}  // namespace penstock::server
