#include "protocol/mcp/listen_call.hpp"

#include <utility>

#include "protocol/json_text.hpp"
#include "protocol/mcp/server.hpp"

namespace penstock::protocol::mcp {
namespace json = boost::json;
namespace {

constexpr std::size_t kMaxResources = 1000;

bool asks_for(const json::object& filter, std::string_view name) {
  const json::value* wanted = filter.if_contains(name);
  return wanted != nullptr && wanted->is_bool() && wanted->get_bool();
}

}  // namespace

ListenCall::ListenCall(CallContext&& context, std::weak_ptr<Server> server)
    : Call(std::move(context)), server_(std::move(server)) {
  const json::object* filter = object_member(params(), "notifications");
  if (filter == nullptr) return;
  if (asks_for(*filter, "toolsListChanged")) lists_.insert(ListKind::tools);
  if (asks_for(*filter, "promptsListChanged")) lists_.insert(ListKind::prompts);
  if (asks_for(*filter, "resourcesListChanged")) lists_.insert(ListKind::resources);
  const json::value* uris = filter->if_contains("resourceSubscriptions");
  if (uris == nullptr || !uris->is_array() || !this->context().settings->options.resource_subscriptions)
    return;
  for (const json::value& uri : uris->get_array())
    if (uri.is_string() && resources_.size() < kMaxResources) resources_.emplace(uri.get_string());
}

std::string ListenCall::subscription_meta() const {
  return R"("_meta":{"io.modelcontextprotocol/subscriptionId":)" + id() + '}';
}

std::string ListenCall::acknowledged_filter() const {
  std::string out = "{";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (out.size() > 1) out += ',';
    out += '"';
    out += name;
    out += "\":";
    out += value;
  };
  if (wants(ListKind::tools)) add("toolsListChanged", "true");
  if (wants(ListKind::prompts)) add("promptsListChanged", "true");
  if (wants(ListKind::resources)) add("resourcesListChanged", "true");
  if (!resources_.empty()) {
    std::string uris = "[";
    for (const std::string& uri : resources_) {
      if (uris.size() > 1) uris += ',';
      append_json_string(uris, uri);
    }
    add("resourceSubscriptions", uris + "]");
  }
  return out + '}';
}

void ListenCall::run() {
  const auto server = server_.lock();
  const auto number =
      server ? server->add_listener(std::static_pointer_cast<ListenCall>(shared_from_this())) : std::nullopt;
  if (!number) return fail(RpcCode::internal_error, "Too many subscriptions are open: try again later.");
  {
    const std::scoped_lock lock(mutex_);
    number_ = number;
  }
  context().outlet->send(
      method_message("notifications/subscriptions/acknowledged",
                     "{" + subscription_meta() + R"(,"notifications":)" + acknowledged_filter() + '}'),
      false);
  std::vector<std::string> waiting;
  {
    const std::scoped_lock lock(mutex_);
    acknowledged_ = true;
    waiting.swap(waiting_);
  }
  for (std::string& message : waiting)
    context().outlet->send(std::move(message), false);
  // Cancelled before the number was known: nobody else takes it out.
  if (answered()) server->remove_listener(*number);
}

void ListenCall::cancelled() {
  std::optional<std::uint64_t> number;
  {
    const std::scoped_lock lock(mutex_);
    number = std::exchange(number_, std::nullopt);
  }
  if (!number) return;
  if (const auto server = server_.lock()) server->remove_listener(*number);
}

void ListenCall::tell(std::string_view method, std::string_view members) {
  if (answered()) return;
  std::string params = "{" + subscription_meta();
  if (!members.empty()) {
    params += ',';
    params += members;
  }
  std::string message = method_message(method, params + '}');
  {
    const std::scoped_lock lock(mutex_);
    if (!acknowledged_) {
      waiting_.push_back(std::move(message));
      return;
    }
  }
  context().outlet->send(std::move(message), false);
}

void ListenCall::end() {
  if (!take_answer()) return;
  cancelled();
  send_answer(result_message(id(), R"({"resultType":"complete",)" + subscription_meta() + '}'), 200);
}

}  // namespace penstock::protocol::mcp
