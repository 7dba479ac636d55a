#include "protocol/mcp/dispatch.hpp"

#include <charconv>
#include <exception>
#include <utility>

#include "core/nearest.hpp"
#include "protocol/json_text.hpp"
#include "protocol/mcp/base64.hpp"
#include "protocol/mcp/envelope.hpp"
#include "protocol/mcp/parameter_headers.hpp"

namespace penstock::protocol::mcp {
namespace json = boost::json;
namespace {

/// What follows an entry of a list: which list it was, and how far it went.
std::string cursor_of(std::uint64_t generation, std::size_t offset) {
  return base64_encode(std::to_string(generation) + "." + std::to_string(offset));
}

std::optional<std::size_t> read_cursor(std::string_view cursor, std::uint64_t generation) {
  const auto text = base64_decode(cursor);
  const std::string prefix = std::to_string(generation) + ".";
  if (!text || !text->starts_with(prefix)) return std::nullopt;
  std::size_t offset = 0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data() + prefix.size(), end, offset);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return offset;
}

std::string unknown(std::string_view what, std::string_view name, const std::vector<std::string>& names) {
  std::string text = "Unknown " + std::string(what) + ": " + std::string(name) + ".";
  if (const auto nearest = nearest_name(name, names)) text += " Did you mean " + std::string(*nearest) + "?";
  return text;
}

}  // namespace

Dispatch::Dispatch(Server& server, const Inbound& inbound, Message message)
    : server_(server), inbound_(inbound), message_(std::move(message)), catalog_(server.catalog()) {}

void Dispatch::answer(std::string_view members) {
  inbound_.outlet->answer(complete_message(*rules_, *server_.settings_, message_.id, {members}), 200);
}

void Dispatch::refuse(const RpcError& error) {
  inbound_.outlet->answer(error_message(message_.id, error), error.http_status);
}

CallContext Dispatch::context() {
  CallContext context;
  context.settings = server_.settings_;
  context.catalog = catalog_;
  context.session = inbound_.session;
  context.outlet = inbound_.outlet;
  context.caller = inbound_.caller;
  context.request_id = inbound_.request_id;
  context.trace_parent = trace_parent();
  context.rules = rules_;
  context.message = std::move(message_);
  context.client = client_;
  context.log_level = log_level_;
  context.gone = inbound_.gone;
  context.state = std::move(state_);
  return context;
}

void Dispatch::launch(const std::shared_ptr<Call>& call) {
  if (inbound_.session && !inbound_.session->begin(call, server_.options().max_in_flight))
    return call->fail(RpcError(RpcCode::invalid_request,
                               "Too many requests are under way, or one of this id is: wait for answers.",
                               200));
  try {
    call->start();
  } catch (const std::exception&) {
    call->fail(RpcCode::internal_error, "The request could not be handled.");
  }
}

void Dispatch::notification() {
  if (message_.method == "notifications/cancelled" && inbound_.session)
    if (const json::value* id = params().if_contains("requestId"))
      if (id->is_string() || id->is_int64() || id->is_uint64()) {
        std::string text;
        if (id->is_string())
          append_json_string(text, std::string_view(id->get_string()));
        else
          text = json::serialize(*id);
        inbound_.session->cancel(text);
      }
  inbound_.outlet->answer({}, 202);
}

// Of _meta, where SEP-414 has it, as several messages may share the headers.
std::string Dispatch::trace_parent() const {
  if (const std::string_view own = string_of(message_.meta.trace_parent); !own.empty())
    return std::string(own);
  return inbound_.headers == nullptr ? std::string() : std::string(inbound_.headers->value("traceparent"));
}

// A model can wait as it is told, so a tool says so in its result; anything else is an error of the protocol.
void Dispatch::turn_away(const Error& why) {
  const std::string text = "ERROR " + std::string(to_string(why.code)) + ": " + why.message + ". " + why.hint;
  if (message_.method == "tools/call")
    return answer(R"("content":)" + Content().text(text).take() + R"(,"isError":true)");
  RpcError error(RpcCode::too_many_requests, text, rules_->stateless ? 429 : 200);
  error.data = R"({"retryAfterMs":)" + std::to_string(why.retry_after.count()) + "}";
  inbound_.outlet->come_again_after(why.retry_after);
  refuse(error);
}

bool Dispatch::request() {
  const std::string_view method = message_.method;
  if (const auto& admit = server_.options().admit)
    if (const auto admitted = admit(inbound_); !admitted) {
      turn_away(admitted.error());
      return true;
    }
  if (method == "tools/call")
    call_tool();
  else if (method == "tools/list")
    list(ListKind::tools, "tools");
  else if (method == "resources/list")
    list(ListKind::resources, "resources");
  else if (method == "resources/templates/list")
    list(ListKind::templates, "resourceTemplates");
  else if (method == "resources/read")
    read_resource();
  else if (method == "prompts/list")
    list(ListKind::prompts, "prompts");
  else if (method == "prompts/get")
    get_prompt();
  else if (method == "completion/complete")
    complete();
  else
    return false;
  return true;
}

void Dispatch::list(ListKind kind, std::string_view member) {
  std::size_t from = 0;
  if (const json::value* cursor = params().if_contains("cursor"); cursor != nullptr && !cursor->is_null()) {
    const auto read =
        cursor->is_string() ? read_cursor(cursor->get_string(), catalog_->generation()) : std::nullopt;
    if (!read || *read > catalog_->size(kind))
      return refuse(
          RpcError(RpcCode::invalid_params,
                   "The cursor is not of this list, or the list changed: begin again without one."));
    from = *read;
  }
  const Catalog::Page page =
      catalog_->list(kind, *rules_, from, server_.options().page_size, inbound_.caller.get());
  std::string members = "\"" + std::string(member) + "\":" + page.array;
  if (page.next) members += R"(,"nextCursor":")" + cursor_of(catalog_->generation(), *page.next) + '"';
  if (rules_->stateless) members += "," + list_freshness(*server_.settings_);
  answer(members);
}

void Dispatch::call_tool() {
  static const json::object kNoArguments;
  const std::string_view name = string_member(params(), "name");
  const Catalog::ToolEntry* entry = catalog_->find_tool(name);
  const bool hidden = entry != nullptr && !is_seen(entry->tool);
  if (const auto& told = server_.options().hidden_tool_called; hidden && told) told(inbound_, name);
  if (entry == nullptr || hidden)
    return refuse(RpcError(RpcCode::invalid_params,
                           unknown("tool", name, catalog_->tool_names(inbound_.caller.get()))));
  const json::value* given = params().if_contains("arguments");
  if (given != nullptr && !given->is_object())
    return refuse(RpcError(RpcCode::invalid_params, "\"arguments\" is an object."));
  const json::object& arguments = given == nullptr ? kNoArguments : given->get_object();
  if (inbound_.headers != nullptr && rules_->stateless)
    if (const auto wrong = argument_header_mismatch(*inbound_.headers, entry->mirrored, arguments))
      return refuse(RpcError(RpcCode::header_mismatch, *wrong, 400));
  const auto problem = given == nullptr ? entry->input.problem(json::value(json::object()), "arguments")
                                        : entry->input.problem(*given, "arguments");
  if (problem && !rules_->input_is_tool_error) return refuse(RpcError(RpcCode::invalid_params, *problem));
  CallContext about = context();
  // A call that outlives its connection is not stopped by the loss of it.
  if (!problem && entry->tool.resumable && !rules_->stateless && inbound_.outlet->keep()) about.gone = {};
  const auto call = std::make_shared<ToolCall>(std::move(about), entry->tool, arguments);
  if (problem) return call->reply(ToolResult::error(*problem));
  launch(call);
}

void Dispatch::read_resource() {
  const std::string uri(string_member(params(), "uri"));
  const Resource* resource = catalog_->find_resource(uri);
  const Catalog::TemplateEntry* entry = nullptr;
  UriTemplate::Values variables;
  if (resource != nullptr && !is_seen(*resource)) resource = nullptr;
  if (resource == nullptr) std::tie(entry, variables) = catalog_->match(uri);
  if (entry != nullptr && !is_seen(entry->pattern)) entry = nullptr;
  const auto call = std::make_shared<ReadCall>(
      context(), uri, resource, entry == nullptr ? nullptr : &entry->pattern, std::move(variables));
  if (resource == nullptr && entry == nullptr)
    return call->not_found("Resource not found: " + uri +
                           ". resources/list and resources/templates/list say "
                           "what there is.");
  launch(call);
}

void Dispatch::get_prompt() {
  const std::string_view name = string_member(params(), "name");
  const Prompt* prompt = catalog_->find_prompt(name);
  if (prompt == nullptr || !is_seen(*prompt))
    return refuse(RpcError(RpcCode::invalid_params,
                           unknown("prompt", name, catalog_->prompt_names(inbound_.caller.get()))));
  const json::object* arguments = object_member(params(), "arguments");
  for (const PromptArgument& argument : prompt->arguments)
    if (argument.required && (arguments == nullptr || !arguments->contains(argument.name)))
      return refuse(RpcError(RpcCode::invalid_params,
                             "The prompt " + prompt->name + " needs the argument " + argument.name + "."));
  launch(std::make_shared<PromptCall>(context(), *prompt));
}

void Dispatch::complete() {
  const json::object* reference = object_member(params(), "ref");
  const json::object* argument = object_member(params(), "argument");
  if (reference == nullptr || argument == nullptr || !argument->contains("name"))
    return refuse(RpcError(RpcCode::invalid_params, "\"ref\" and \"argument\" say what to complete."));
  const std::string_view type = string_member(*reference, "type");
  const CompletionHandler* handler = nullptr;
  if (type == "ref/prompt") {
    const std::string_view name = string_member(*reference, "name");
    const Prompt* prompt = catalog_->find_prompt(name);
    if (prompt == nullptr || !is_seen(*prompt))
      return refuse(RpcError(RpcCode::invalid_params,
                             unknown("prompt", name, catalog_->prompt_names(inbound_.caller.get()))));
    handler = &prompt->complete;
  } else if (type == "ref/resource") {
    const std::string_view uri = string_member(*reference, "uri");
    const Catalog::TemplateEntry* entry = catalog_->find_template(uri);
    if (entry == nullptr || !is_seen(entry->pattern))
      return refuse(RpcError(RpcCode::invalid_params, "Unknown template: " + std::string(uri) +
                                                          ". resources/templates/list has them."));
    handler = &entry->pattern.complete;
  } else {
    return refuse(RpcError(RpcCode::invalid_params, "\"ref\" is of type ref/prompt or ref/resource."));
  }
  const std::string_view name = string_member(*argument, "name");
  const std::string_view value = string_member(*argument, "value");
  launch(std::make_shared<CompletionCall>(context(), *handler, name, value));
}

std::string Dispatch::capabilities() const {
  const ServerOptions& options = server_.options();
  std::string out = R"({"tools":{"listChanged":true},"prompts":{"listChanged":true},"resources":{)";
  if (options.resource_subscriptions) out += R"("subscribe":true,)";
  out += R"("listChanged":true})";
  if (options.logging) out += R"(,"logging":{})";
  if (rules_->completions) out += R"(,"completions":{})";
  return out + '}';
}

}  // namespace penstock::protocol::mcp
