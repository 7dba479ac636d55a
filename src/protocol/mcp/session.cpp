#include "protocol/mcp/session.hpp"

#include <utility>

namespace penstock::protocol::mcp {
namespace {

constexpr std::size_t kMaxSubscriptions = 1000;
/// Messages that wait for a client that does not listen. Older ones say what newer ones say, mostly.
constexpr std::size_t kMaxWaiting = 32;

}  // namespace

bool Session::initialize(const RevisionRules& rules, ClientCapabilities client) {
  const std::scoped_lock lock(mutex_);
  if (rules_ != nullptr) return false;
  rules_ = &rules;
  client_ = client;
  return true;
}

const RevisionRules* Session::rules() const {
  const std::scoped_lock lock(mutex_);
  return rules_;
}

ClientCapabilities Session::client() const {
  const std::scoped_lock lock(mutex_);
  return client_;
}

LogLevel Session::log_level() const {
  const std::scoped_lock lock(mutex_);
  return log_level_;
}

void Session::set_log_level(LogLevel level) {
  const std::scoped_lock lock(mutex_);
  log_level_ = level;
}

bool Session::begin(const std::shared_ptr<Call>& call, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  return calls_.size() < limit &&
         calls_.try_emplace(call->id(), Begun{.call = call, .identity = call.get()}).second;
}

void Session::end(const Call& call) {
  std::vector<std::shared_ptr<Call>> let_go;  // destroyed after the lock
  const std::scoped_lock lock(mutex_);
  if (const auto found = calls_.find(call.id()); found != calls_.end() && found->second.identity == &call)
    calls_.erase(found);
  for (auto at = awaited_.begin(); at != awaited_.end();) {
    if (at->second.call.get() != &call) {
      ++at;
      continue;
    }
    let_go.push_back(std::move(at->second.call));
    at = awaited_.erase(at);
  }
}

void Session::cancel(std::string_view id) {
  std::shared_ptr<Call> call;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = calls_.find(id); found != calls_.end()) call = found->second.call.lock();
  }
  if (call) call->cancel();
}

std::size_t Session::in_flight() const {
  const std::scoped_lock lock(mutex_);
  return calls_.size();
}

void Session::ask(const std::shared_ptr<Call>& call, Outlet& outlet,
                  const std::vector<InputRequest>& requests) {
  std::vector<std::string> messages;
  {
    const std::scoped_lock lock(mutex_);
    for (const InputRequest& request : requests) {
      const std::string id = std::to_string(next_request_++);
      awaited_.emplace(id, Awaited{.call = call, .key = request.key});
      messages.push_back(method_message(request.method, request.params, id));
    }
  }
  for (std::string& message : messages)
    outlet.send(std::move(message), false);
}

void Session::take_response(const Message& response) {
  Awaited awaited;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = awaited_.find(response.id);
    if (found == awaited_.end()) return;
    awaited = std::move(found->second);
    awaited_.erase(found);
  }
  awaited.call->take_input(awaited.key, response.result, response.error);
}

bool Session::subscribe(std::string uri) {
  const std::scoped_lock lock(mutex_);
  if (subscriptions_.size() >= kMaxSubscriptions && !subscriptions_.contains(uri)) return false;
  subscriptions_.insert(std::move(uri));
  return true;
}

void Session::unsubscribe(std::string_view uri) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = subscriptions_.find(uri); found != subscriptions_.end()) subscriptions_.erase(found);
}

bool Session::is_subscribed(std::string_view uri) const {
  const std::scoped_lock lock(mutex_);
  return subscriptions_.contains(uri);
}

std::shared_ptr<Outlet> Session::set_channel(const std::shared_ptr<Outlet>& channel) {
  std::deque<std::string> waiting;
  std::shared_ptr<Outlet> old;
  {
    const std::scoped_lock lock(mutex_);
    old = std::exchange(channel_, channel);
    if (channel) waiting.swap(waiting_);
  }
  for (std::string& message : waiting)
    channel->send(std::move(message), false);
  return old;
}

void Session::drop_channel(const Outlet& channel) {
  std::shared_ptr<Outlet> dropped;  // let go after the lock
  const std::scoped_lock lock(mutex_);
  if (channel_.get() == &channel) dropped = std::exchange(channel_, nullptr);
}

void Session::notify(const std::string& message) {
  std::shared_ptr<Outlet> channel;
  {
    const std::scoped_lock lock(mutex_);
    if (rules_ == nullptr) return;
    channel = channel_;
    if (!channel) {
      for (const std::string& other : waiting_)
        if (other == message) return;
      if (waiting_.size() >= kMaxWaiting) waiting_.pop_front();
      waiting_.push_back(message);
      return;
    }
  }
  channel->send(message, false);
}

void Session::close() {
  std::vector<std::shared_ptr<Call>> calls;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, begun] : calls_)
      if (auto call = begun.call.lock()) calls.push_back(std::move(call));
  }
  for (const auto& call : calls)
    call->cancel();
}

}  // namespace penstock::protocol::mcp
