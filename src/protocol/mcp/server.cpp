#include "protocol/mcp/server.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/json_text.hpp"
#include "protocol/mcp/batch.hpp"
#include "protocol/mcp/dispatch.hpp"
#include "protocol/mcp/listen_call.hpp"

namespace penstock::protocol::mcp {
namespace json = boost::json;
namespace {

std::shared_ptr<const ServerSettings> make_settings(ServerInfo info, ServerOptions options) {
  auto settings = std::make_shared<ServerSettings>();
  std::string& out = settings->info_json;
  out = R"({"name":)";
  append_json_string(out, info.name);
  if (!info.title.empty()) {
    out += R"(,"title":)";
    append_json_string(out, info.title);
  }
  out += R"(,"version":)";
  append_json_string(out, info.version);
  out += '}';
  settings->info = std::move(info);
  settings->options = std::move(options);
  return settings;
}

std::string_view change_method(ListKind kind) noexcept {
  switch (kind) {
    case ListKind::tools:
      return "notifications/tools/list_changed";
    case ListKind::prompts:
      return "notifications/prompts/list_changed";
    case ListKind::resources:
    case ListKind::templates:
      break;
  }
  return "notifications/resources/list_changed";
}

bool same_list(ListKind kind, const Catalog& left, const Catalog& right) {
  const RevisionRules& rules = rules_2026_07_28();
  return left.size(kind) == right.size(kind) && left.list(kind, rules, 0, left.size(kind)).array ==
                                                    right.list(kind, rules, 0, right.size(kind)).array;
}

}  // namespace

Server::Server(ServerInfo info, ServerOptions options, Catalog catalog)
    : settings_(make_settings(std::move(info), std::move(options))),
      catalog_(std::make_shared<const Catalog>(std::move(catalog))) {}

Server::~Server() = default;

void Server::receive(const Inbound& inbound) {
  const json::value& root = inbound.document->root();
  const json::array* batch = root.if_array();
  if (batch == nullptr) return receive_one(inbound, root);
  const RevisionRules* rules = inbound.session ? inbound.session->rules() : nullptr;
  if (rules == nullptr || !rules->batches || batch->empty() || batch->size() > options().messages.max_batch) {
    const RpcError error(RpcCode::invalid_request,
                         "Send one message at a time: arrays are of revision 2025-03-26 alone.", 400);
    return inbound.outlet->answer(error_message({}, error), error.http_status);
  }
  receive_batch(inbound, *batch);
}

void Server::receive_one(const Inbound& inbound, const json::value& value) {
  std::string bad_id;
  auto message = read_message(inbound.document, value, &bad_id);
  if (!message)
    return inbound.outlet->answer(error_message(bad_id, message.error()), message.error().http_status);
  Dispatch(*this, inbound, std::move(*message)).run();
}

void Server::receive_batch(const Inbound& inbound, const json::array& batch) {
  const auto gathered = std::make_shared<BatchAnswer>(inbound.outlet, batch.size());
  for (const json::value& value : batch) {
    Inbound one = inbound;
    one.outlet = std::make_shared<BatchOutlet>(gathered);
    receive_one(one, value);
  }
}

void Dispatch::run() {
  if (inbound_.stands_alone) return run_stateless();
  const json::value* root = message_.document ? &message_.document->root() : nullptr;
  if (root != nullptr && root->is_object() && is_stateless(*root, inbound_.headers)) return run_stateless();
  run_in_session();
}

std::shared_ptr<const Catalog> Server::catalog() const {
  const std::scoped_lock lock(mutex_);
  return catalog_;
}

std::shared_ptr<Session> Server::open_session() {
  auto session = std::make_shared<Session>();
  const std::scoped_lock lock(mutex_);
  std::erase_if(sessions_, [](const std::weak_ptr<Session>& gone) { return gone.expired(); });
  sessions_.push_back(session);
  return session;
}

std::vector<std::shared_ptr<Session>> Server::sessions() {
  std::vector<std::shared_ptr<Session>> alive;
  const std::scoped_lock lock(mutex_);
  for (const auto& session : sessions_)
    if (auto held = session.lock()) alive.push_back(std::move(held));
  return alive;
}

std::vector<std::shared_ptr<ListenCall>> Server::listeners() const {
  std::vector<std::shared_ptr<ListenCall>> all;
  const std::scoped_lock lock(mutex_);
  for (const auto& [number, listener] : listeners_)
    all.push_back(listener);
  return all;
}

std::optional<std::uint64_t> Server::add_listener(std::shared_ptr<ListenCall> listener) {
  const std::scoped_lock lock(mutex_);
  if (closed_ || listeners_.size() >= settings_->options.max_subscriptions) return std::nullopt;
  const std::uint64_t number = next_listener_++;
  listeners_.emplace(number, std::move(listener));
  return number;
}

void Server::remove_listener(std::uint64_t number) {
  std::shared_ptr<ListenCall> listener;  // let go after the lock
  const std::scoped_lock lock(mutex_);
  if (const auto found = listeners_.find(number); found != listeners_.end()) {
    listener = std::move(found->second);
    listeners_.erase(found);
  }
}

void Server::replace(Catalog catalog) {
  auto fresh = std::make_shared<Catalog>(std::move(catalog));
  std::shared_ptr<const Catalog> old;
  {
    const std::scoped_lock lock(mutex_);
    fresh->set_generation(catalog_->generation() + 1);
    old = std::exchange(catalog_, fresh);
  }
  if (!same_list(ListKind::tools, *old, *fresh)) list_changed(ListKind::tools);
  if (!same_list(ListKind::prompts, *old, *fresh)) list_changed(ListKind::prompts);
  if (!same_list(ListKind::resources, *old, *fresh) || !same_list(ListKind::templates, *old, *fresh))
    list_changed(ListKind::resources);
}

void Server::list_changed(ListKind kind) {
  const std::string_view method = change_method(kind);
  const ListKind told = kind == ListKind::templates ? ListKind::resources : kind;
  const std::string message = method_message(method, {});
  for (const auto& session : sessions())
    session->notify(message);
  for (const auto& listener : listeners())
    if (listener->wants(told)) listener->tell(method);
}

void Server::resource_updated(std::string_view uri) {
  constexpr std::string_view kMethod = "notifications/resources/updated";
  std::string member = R"("uri":)";
  append_json_string(member, uri);
  const std::string message = method_message(kMethod, "{" + member + "}");
  for (const auto& session : sessions())
    if (session->is_subscribed(uri)) session->notify(message);
  for (const auto& listener : listeners())
    if (listener->wants(uri)) listener->tell(kMethod, member);
}

void Server::close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  for (const auto& listener : listeners())
    listener->end();
}

}  // namespace penstock::protocol::mcp
