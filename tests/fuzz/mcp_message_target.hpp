// What must hold of an MCP server for any bytes whatever. Shared by the fuzzer and by the test that replays
// its corpus.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "protocol/mcp/server.hpp"

namespace penstock::protocol::mcp {

inline void must_hold(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

/// Checks that all it is given is JSON-RPC, and that there is one answer.
class CheckingOutlet final : public Outlet {
 public:
  void send(std::string message, bool /*droppable*/) override { check(message); }
  void answer(std::string message, int http_status) override {
    ++answers_;
    if (!message.empty()) check(message);
    must_hold(http_status >= 200 && http_status < 500, "an answer has a status of its own");
  }
  [[nodiscard]] int answers() const noexcept { return answers_; }

 private:
  static void check(const std::string& message) {
    boost::system::error_code failed;
    const boost::json::value value = boost::json::parse(message, failed);
    must_hold(!failed, "what is sent is JSON");
    must_hold(message.find('\n') == std::string::npos, "a message is one line");
    must_hold(value.is_array() || value.at("jsonrpc").as_string() == "2.0", "what is sent is JSON-RPC");
  }
  int answers_ = 0;
};

/// Headers that say what a part of the bytes says.
class OneHeader final : public RequestHeaders {
 public:
  explicit OneHeader(std::string_view value) : value_(value) {}
  [[nodiscard]] std::string_view value(std::string_view /*name*/) const override { return value_; }
  [[nodiscard]] std::size_t count(std::string_view /*name*/) const override { return value_.empty() ? 0 : 1; }

 private:
  std::string_view value_;
};

inline Catalog fuzzed_catalog() {
  Catalog catalog;
  Tool tool;
  tool.name = "t";
  tool.input_schema =
      R"({"type":"object","properties":{"a":{"type":"integer","minimum":1,"x-mcp-header":"A"},)"
      R"("b":{"anyOf":[{"type":"string","maxLength":3},{"$ref":"#/$defs/l"}]}},)"
      R"("$defs":{"l":{"type":"array","items":{"$ref":"#/$defs/l"},"uniqueItems":true}}})";
  tool.handler = [](const std::shared_ptr<ToolCall>& call) {
    call->progress(1, 2, "half");
    call->log(LogLevel::info, "l", "1");
    if (call->input("k") == nullptr && call->client().elicitation)
      return call->require_input({{.key = "k", .method = "elicitation/create", .params = "{}"}}, "s");
    call->reply(ToolResult::of_text(boost::json::serialize(call->arguments()) + call->state()));
  };
  must_hold(catalog.add(std::move(tool)).has_value(), "the tool is good");
  ResourceTemplate pattern;
  pattern.uri_template = "x://{a}/{b}";
  pattern.name = "x";
  pattern.handler = [](const std::shared_ptr<ReadCall>& call) {
    call->reply(
        {{.uri = call->uri(), .mime_type = {}, .text = std::string(call->variable("a")), .blob = {}}});
  };
  must_hold(catalog.add(std::move(pattern)).has_value(), "the template is good");
  Prompt prompt;
  prompt.name = "p";
  prompt.arguments = {{.name = "q", .title = {}, .description = {}, .required = true}};
  prompt.handler = [](const std::shared_ptr<PromptCall>& call) {
    call->reply(PromptMessages().text("user", call->argument("q")).take());
  };
  must_hold(catalog.add(std::move(prompt)).has_value(), "the prompt is good");
  return catalog;
}

/// The lines of the bytes, to one client of each revision, with and without headers. Aborts when a promise is
/// broken.
inline void run_mcp_message_target(std::string_view bytes) {
  ServerOptions options;
  options.messages = {.max_bytes = 1 << 16, .max_depth = 32, .max_batch = 8};
  const auto server = std::make_shared<Server>(
      ServerInfo{.name = "n", .title = {}, .version = "1", .instructions = {}}, options, fuzzed_catalog());
  for (const RevisionRules* rules : all_rules()) {
    const auto session = server->open_session();
    if (!rules->stateless)
      must_hold(session->initialize(*rules, {.elicitation = true, .sampling = true, .roots = true}),
                "it begins");
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      const auto document = Document::parse(line, server->options().messages);
      if (!document) continue;
      const OneHeader header(line.substr(0, line.find('{')));
      for (const RequestHeaders* headers :
           {static_cast<const RequestHeaders*>(nullptr), static_cast<const RequestHeaders*>(&header)}) {
        const auto outlet = std::make_shared<CheckingOutlet>();
        Inbound inbound;
        inbound.document = *document;
        inbound.headers = headers;
        inbound.session = session;
        inbound.outlet = outlet;
        server->receive(inbound);
        must_hold(outlet->answers() <= 1, "no request is answered twice");
      }
    }
    session->close();
    must_hold(session->in_flight() == 0, "a session that is closed runs nothing");
  }
  server->close();
}

}  // namespace penstock::protocol::mcp
