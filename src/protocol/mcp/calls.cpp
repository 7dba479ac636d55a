// The kinds of calls, and how each is answered.
#include <algorithm>
#include <cstddef>

#include "core/ascii_case.hpp"
#include "protocol/json_text.hpp"
#include "protocol/mcp/call.hpp"
#include "protocol/mcp/server.hpp"

namespace penstock::protocol::mcp {
namespace json = boost::json;
namespace {

constexpr std::size_t kMaxCompletions = 100;

template <typename Derived>
std::shared_ptr<Derived> self(Call& call) {
  return std::static_pointer_cast<Derived>(call.shared_from_this());
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto lower = [](char character) { return ascii_lower(character); };
  return !std::ranges::search(text, part, {}, lower, lower).empty() || part.empty();
}

}  // namespace

void ToolCall::run() {
  tool_->handler(self<ToolCall>(*this));
}

std::string_view ToolCall::tool_name() const noexcept {
  return tool_->name;
}

void ToolCall::reply(const ToolResult& result) {
  // Nobody who is gone is worth the copy.
  if (answered()) return;
  const std::string_view structured = result.structured;
  const bool shows_structured = !structured.empty() && rules().structured_content;
  std::string as_text;
  if (result.content.empty()) as_text = structured.empty() ? "[]" : Content().text(structured).take();
  finish({R"("content":)", result.content.empty() ? as_text : result.content,
          shows_structured ? R"(,"structuredContent":)" : "", shows_structured ? structured : "",
          result.is_error ? R"(,"isError":true)" : ""},
         result.is_error ? "tool_error" : "");
}

void ToolCall::refuse_input(const RpcError& error, std::string_view why) {
  if (rules().stateless) return fail(error);
  reply(ToolResult::error("The tool could not go on: " + std::string(why) + "."));
}

void ReadCall::run() {
  const ReadHandler& handler = resource_ != nullptr ? resource_->handler : template_->handler;
  handler(self<ReadCall>(*this));
}

std::string_view ReadCall::variable(std::string_view name) const noexcept {
  for (const auto& [variable, value] : variables_)
    if (variable == name) return value;
  return {};
}

void ReadCall::reply(const std::vector<ResourceContents>& contents) {
  std::string members = R"("contents":[)";
  for (const ResourceContents& one : contents) {
    if (&one != contents.data()) members += ',';
    append_resource_contents(members, one);
  }
  members += ']';
  if (rules().stateless)
    members += R"(,"ttlMs":)" + std::to_string(context().settings->options.read_ttl.count()) +
               R"(,"cacheScope":"private")";
  finish({members});
}

void ReadCall::not_found(std::string message) {
  RpcError error;
  error.code = rules().resource_not_found;
  error.message = std::move(message);
  error.data = R"({"uri":)";
  append_json_string(error.data, uri_);
  error.data += '}';
  fail(error);
}

void PromptCall::run() {
  prompt_->handler(self<PromptCall>(*this));
}

std::string_view PromptCall::argument(std::string_view name) const noexcept {
  const json::object* arguments = object_member(params(), "arguments");
  return arguments == nullptr ? std::string_view() : string_member(*arguments, name);
}

void PromptCall::reply(std::string_view messages, std::string_view description) {
  std::string members;
  if (!description.empty()) {
    members += R"("description":)";
    append_json_string(members, description);
    members += ',';
  }
  members += R"("messages":)";
  members += messages;
  finish({members});
}

void CompletionCall::run() {
  if (*handler_) return (*handler_)(self<CompletionCall>(*this));
  reply({});
}

std::string_view CompletionCall::settled(std::string_view name) const noexcept {
  const json::object* context = object_member(params(), "context");
  const json::object* arguments = context == nullptr ? nullptr : object_member(*context, "arguments");
  return arguments == nullptr ? std::string_view() : string_member(*arguments, name);
}

void CompletionCall::reply(const std::vector<std::string>& candidates) {
  std::vector<const std::string*> values;
  for (const std::string& candidate : candidates)
    if (candidate.starts_with(value_)) values.push_back(&candidate);
  for (const std::string& candidate : candidates)
    if (!candidate.starts_with(value_) && contains_ignoring_case(candidate, value_))
      values.push_back(&candidate);
  std::string members = R"("completion":{"values":[)";
  for (std::size_t at = 0; at < std::min(values.size(), kMaxCompletions); ++at) {
    if (at > 0) members += ',';
    append_json_string(members, *values[at]);
  }
  members += R"(],"total":)" + std::to_string(values.size()) + R"(,"hasMore":)";
  members += values.size() > kMaxCompletions ? "true}" : "false}";
  finish({members});
}

}  // namespace penstock::protocol::mcp
