#include <string>
#include <string_view>
#include <utility>

#include "mcp_fixture/add.hpp"
#include "mcp_fixture/fixture.hpp"

namespace penstock::mcp_fixture {
namespace mcp = protocol::mcp;
namespace {

using ToolCallPtr = std::shared_ptr<mcp::ToolCall>;

constexpr std::string_view kSchema2020 = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "$defs": {
    "address": {
      "$anchor": "addressDef",
      "type": "object",
      "properties": {"street": {"type": "string"}, "city": {"type": "string"}}
    }
  },
  "properties": {
    "name": {"type": "string"},
    "address": {"$ref": "#/$defs/address"},
    "contactMethod": {"type": "string", "enum": ["phone", "email"]},
    "phone": {"type": "string"},
    "email": {"type": "string"}
  },
  "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
  "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
  "then": {"required": ["phone"]},
  "else": {"required": ["email"]},
  "additionalProperties": false
})";

mcp::Tool tool(std::string name, std::string description, mcp::ToolHandler handler) {
  mcp::Tool made;
  made.name = std::move(name);
  made.description = std::move(description);
  made.handler = std::move(handler);
  return made;
}

void reply(const ToolCallPtr& call, mcp::Content& content) {
  mcp::ToolResult result;
  result.content = content.take();
  call->reply(result);
}

void add_content_tools(mcp::Catalog& catalog) {
  add(catalog, tool("test_simple_text", "Tests simple text content", [](const ToolCallPtr& call) {
        call->reply(mcp::ToolResult::of_text("This is a simple text response for testing."));
      }));
  add(catalog, tool("test_image_content", "Tests image content",
                    [](const ToolCallPtr& call) { reply(call, mcp::Content().image(kImage, "image/png")); }));
  add(catalog, tool("test_audio_content", "Tests audio content",
                    [](const ToolCallPtr& call) { reply(call, mcp::Content().audio(kAudio, "audio/wav")); }));
  add(catalog, tool("test_embedded_resource", "Tests an embedded resource", [](const ToolCallPtr& call) {
        reply(call, mcp::Content().resource({.uri = "test://embedded-resource",
                                             .mime_type = "text/plain",
                                             .text = "This is an embedded resource content.",
                                             .blob = {}}));
      }));
  add(catalog,
      tool("test_multiple_content_types", "Tests several kinds of content", [](const ToolCallPtr& call) {
        reply(call, mcp::Content()
                        .text("Multiple content types test:")
                        .image(kImage, "image/png")
                        .resource({.uri = "test://mixed-content-resource",
                                   .mime_type = "application/json",
                                   .text = R"({"test":"data","value":123})",
                                   .blob = {}}));
      }));
  add(catalog, tool("test_error_handling", "Tests an error of the tool", [](const ToolCallPtr& call) {
        call->reply(mcp::ToolResult::error("This tool intentionally returns an error for testing"));
      }));
}

void add_talking_tools(mcp::Catalog& catalog) {
  add(catalog, tool("test_tool_with_logging", "Tests log lines during a call", [](const ToolCallPtr& call) {
        for (const std::string_view line :
             {R"("Tool execution started")", R"("Tool processing data")", R"("Tool execution completed")"})
          call->log(mcp::LogLevel::info, {}, line);
        call->reply(mcp::ToolResult::of_text("Tool with logging executed successfully"));
      }));
  add(catalog, tool("test_logging_tool", "Logs for a request that wants it", [](const ToolCallPtr& call) {
        call->log(mcp::LogLevel::info, {}, R"("Diagnostic line")");
        call->reply(mcp::ToolResult::of_text("Logging evaluated"));
      }));
  add(catalog, tool("test_tool_with_progress", "Tests progress during a call", [](const ToolCallPtr& call) {
        for (const int done : {0, 50, 100})
          call->progress(done, 100, "Completed step " + std::to_string(done) + " of 100");
        call->reply(mcp::ToolResult::of_text(call->progress_token()));
      }));
  add(catalog,
      tool("test_streaming_elicitation", "Tests what a stream may carry", [](const ToolCallPtr& call) {
        call->progress(50, 100);
        call->reply(mcp::ToolResult::of_text("Streaming complete"));
      }));
  mcp::Tool reconnection =
      tool("test_reconnection", "Loses its connection on purpose", [](const ToolCallPtr& call) {
        call->close_stream();
        call->reply(mcp::ToolResult::of_text("The client came back for this."));
      });
  reconnection.resumable = true;
  add(catalog, std::move(reconnection));
}

void add_schema_tools(mcp::Catalog& catalog) {
  mcp::Tool schema =
      tool("json_schema_2020_12_tool", "Tests that a schema is kept", [](const ToolCallPtr& call) {
        call->reply(mcp::ToolResult::of_text(boost::json::serialize(call->arguments())));
      });
  schema.input_schema = kSchema2020;
  add(catalog, std::move(schema));
  mcp::Tool mirrored = tool("test_x_mcp_header", "Tests a mirrored parameter", [](const ToolCallPtr& call) {
    call->reply(mcp::ToolResult::of_text(boost::json::serialize(call->arguments())));
  });
  mirrored.input_schema =
      R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}})";
  add(catalog, std::move(mirrored));
  mcp::Tool structured = tool("test_structured", "Tests a structured result", [](const ToolCallPtr& call) {
    mcp::ToolResult result;
    result.structured = R"({"temperature":22.5,"conditions":"sunny"})";
    call->reply(result);
  });
  structured.output_schema =
      R"({"type":"object","properties":{"temperature":{"type":"number"},"conditions":{"type":"string"}},)"
      R"("required":["temperature","conditions"]})";
  add(catalog, std::move(structured));
}

void add_changing_tools(mcp::Catalog& catalog, const std::shared_ptr<Hooks>& hooks) {
  const auto change = [hooks](mcp::ListKind kind) {
    return [hooks, kind](const ToolCallPtr& call) {
      if (const auto server = hooks->server.lock()) server->list_changed(kind);
      call->reply(mcp::ToolResult::of_text("Mutation triggered"));
    };
  };
  add(catalog, tool("test_trigger_tool_change", "Says that the tools changed", change(mcp::ListKind::tools)));
  add(catalog,
      tool("test_trigger_prompt_change", "Says that the prompts changed", change(mcp::ListKind::prompts)));
}

}  // namespace

void add_tools(mcp::Catalog& catalog, const std::shared_ptr<Hooks>& hooks) {
  add_content_tools(catalog);
  add_talking_tools(catalog);
  add_schema_tools(catalog);
  add_changing_tools(catalog, hooks);
}

}  // namespace penstock::mcp_fixture
