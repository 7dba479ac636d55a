#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mcp_fixture/add.hpp"
#include "mcp_fixture/fixture.hpp"
#include "protocol/json_text.hpp"

namespace penstock::mcp_fixture {
namespace json = boost::json;
namespace mcp = protocol::mcp;
namespace {

using ToolCallPtr = std::shared_ptr<mcp::ToolCall>;

std::string quoted(std::string_view text) {
  std::string out;
  protocol::append_json_string(out, text);
  return out;
}

mcp::InputRequest elicit(std::string key, std::string_view message, std::string_view field,
                         std::string_view type = "string") {
  return {.key = std::move(key),
          .method = "elicitation/create",
          .params = R"({"message":)" + quoted(message) +
                    R"(,"requestedSchema":{"type":"object","properties":{)" + quoted(field) + R"(:{"type":)" +
                    quoted(type) + R"(}},"required":[)" + quoted(field) + "]}}"};
}

mcp::InputRequest sample(std::string key, std::string_view prompt) {
  return {.key = std::move(key),
          .method = "sampling/createMessage",
          .params = R"({"messages":[{"role":"user","content":{"type":"text","text":)" + quoted(prompt) +
                    R"(}}],"maxTokens":100})"};
}

mcp::InputRequest roots(std::string key) {
  return {.key = std::move(key), .method = "roots/list", .params = "{}"};
}

/// The text that a form was filled with.
std::string filled(const json::object* answer, std::string_view field) {
  const json::object* content = answer == nullptr ? nullptr : mcp::object_member(*answer, "content");
  return content == nullptr ? std::string() : std::string(mcp::string_member(*content, field));
}

std::string sampled(const json::object& answer) {
  return filled(&answer, "text");
}

std::size_t root_count(const json::object& answer) {
  const json::value* list = answer.if_contains("roots");
  return list != nullptr && list->is_array() ? list->get_array().size() : 0;
}

void add_tool(mcp::Catalog& catalog, std::string name, mcp::ToolHandler handler, std::string schema = {}) {
  mcp::Tool tool;
  tool.name = std::move(name);
  tool.description = "Asks the client in the middle of the call";
  tool.handler = std::move(handler);
  if (!schema.empty()) tool.input_schema = std::move(schema);
  add(catalog, std::move(tool));
}

void done(const ToolCallPtr& call, std::string_view text) {
  call->reply(mcp::ToolResult::of_text(text));
}

/// Asks for one form and tells what came back, as the suite's tools of sessions do.
mcp::ToolHandler elicitation(std::string params, std::string_view said) {
  return [params = std::move(params), said](const ToolCallPtr& call) {
    const json::object* answer = call->input("form");
    if (answer == nullptr)
      return call->require_input({{.key = "form", .method = "elicitation/create", .params = params}});
    const json::value* content = answer->if_contains("content");
    done(call, std::string(said) + ": action=" + std::string(mcp::string_member(*answer, "action")) +
                   ", content=" + (content == nullptr ? "{}" : json::serialize(*content)));
  };
}

constexpr std::string_view kDefaults =
    R"({"message":"Please review and update the form fields with defaults","requestedSchema":{"type":"object",)"
    R"("properties":{"name":{"type":"string","description":"User name","default":"John Doe"},)"
    R"("age":{"type":"integer","description":"User age","default":30},)"
    R"("score":{"type":"number","description":"User score","default":95.5},)"
    R"("status":{"type":"string","description":"User status","enum":["active","inactive","pending"],)"
    R"("default":"active"},)"
    R"("verified":{"type":"boolean","description":"Verification status","default":true}},"required":[]}})";

constexpr std::string_view kEnums =
    R"({"message":"Please select options from the enum fields","requestedSchema":{"type":"object","properties":{)"
    R"("untitledSingle":{"type":"string","enum":["option1","option2","option3"]},)"
    R"("titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},)"
    R"({"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},)"
    R"("legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],)"
    R"("enumNames":["Option One","Option Two","Option Three"]},)"
    R"("untitledMulti":{"type":"array","minItems":1,"maxItems":3,)"
    R"("items":{"type":"string","enum":["option1","option2","option3"]}},)"
    R"("titledMulti":{"type":"array","minItems":1,"maxItems":3,"items":{"anyOf":[)"
    R"({"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"},)"
    R"({"const":"value3","title":"Third Choice"}]}}},"required":[]}})";

void add_session_tools(mcp::Catalog& catalog) {
  add_tool(
      catalog, "test_sampling",
      [](const ToolCallPtr& call) {
        const json::object* answer = call->input("sample");
        if (answer == nullptr)
          return call->require_input({sample("sample", mcp::string_member(call->arguments(), "prompt"))});
        done(call, "LLM response: " + sampled(*answer));
      },
      R"({"type":"object","properties":{"prompt":{"type":"string"}},"required":["prompt"]})");
  add_tool(
      catalog, "test_elicitation",
      [](const ToolCallPtr& call) {
        const std::string message(mcp::string_member(call->arguments(), "message"));
        elicitation(elicit({}, message, "response").params, "User response")(call);
      },
      R"({"type":"object","properties":{"message":{"type":"string"}},"required":["message"]})");
  add_tool(catalog, "test_elicitation_sep1034_defaults",
           elicitation(std::string(kDefaults), "Elicitation completed"));
  add_tool(catalog, "test_elicitation_sep1330_enums",
           elicitation(std::string(kEnums), "Elicitation completed"));
}

void add_one_round_tools(mcp::Catalog& catalog) {
  add_tool(catalog, "test_input_required_result_elicitation", [](const ToolCallPtr& call) {
    const std::string name = filled(call->input("user_name"), "name");
    if (name.empty()) return call->require_input({elicit("user_name", "What is your name?", "name")});
    done(call, "Hello, " + name + "!");
  });
  add_tool(catalog, "test_input_required_result_sampling", [](const ToolCallPtr& call) {
    const json::object* answer = call->input("sample_request");
    if (answer == nullptr)
      return call->require_input({sample("sample_request", "What is the capital of France?")});
    done(call, "Sampling result: " + sampled(*answer));
  });
  add_tool(catalog, "test_input_required_result_list_roots", [](const ToolCallPtr& call) {
    const json::object* answer = call->input("roots_request");
    if (answer == nullptr) return call->require_input({roots("roots_request")});
    done(call, "Found " + std::to_string(root_count(*answer)) + " root(s)");
  });
  for (const auto& [name, text] :
       {std::pair<std::string, std::string>{"test_input_required_result_request_state",
                                            "state-ok: requestState validated"},
        {"test_input_required_result_tampered_state", "integrity-ok: state verified"}})
    add_tool(catalog, name, [text](const ToolCallPtr& call) {
      if (call->state() != "confirming" || call->input("confirm") == nullptr)
        return call->require_input({elicit("confirm", "Please confirm", "ok", "boolean")}, "confirming");
      done(call, text);
    });
  add_tool(catalog, "test_missing_capability", [](const ToolCallPtr& call) {
    if (call->input("sample") == nullptr) return call->require_input({sample("sample", "Say something.")});
    done(call, "Success");
  });
}

void add_many_round_tools(mcp::Catalog& catalog) {
  add_tool(catalog, "test_input_required_result_multiple_inputs", [](const ToolCallPtr& call) {
    const json::object* greeting = call->input("greeting");
    const json::object* client_roots = call->input("client_roots");
    const std::string name = filled(call->input("user_name"), "name");
    if (call->state().empty() || name.empty() || greeting == nullptr || client_roots == nullptr)
      return call->require_input({elicit("user_name", "What is your name?", "name"),
                                  sample("greeting", "Generate a greeting"), roots("client_roots")},
                                 "multiple-inputs");
    done(call, "Name: " + name + "; Greeting: " + sampled(*greeting) +
                   "; Roots: " + std::to_string(root_count(*client_roots)));
  });
  add_tool(catalog, "test_input_required_result_multi_round", [](const ToolCallPtr& call) {
    const std::string name = filled(call->input("step1"), "name");
    const std::string color = filled(call->input("step2"), "color");
    if (call->state() == "1" && !name.empty())
      return call->require_input({elicit("step2", "Step 2: What is your favorite color?", "color")},
                                 "2" + name);
    if (call->state().starts_with('2') && !color.empty())
      return done(call, "Multi-round complete for " + call->state().substr(1) + " who likes " + color);
    call->require_input({elicit("step1", "Step 1: What is your name?", "name")}, "1");
  });
  add_tool(catalog, "test_input_required_result_capabilities", [](const ToolCallPtr& call) {
    if (call->input("elicit_input") != nullptr || call->input("sample_input") != nullptr)
      return done(call, "capabilities-ok");
    std::vector<mcp::InputRequest> requests;
    if (call->client().elicitation) requests.push_back(elicit("elicit_input", "Elicitation input", "value"));
    if (call->client().sampling) requests.push_back(sample("sample_input", "Sample request"));
    if (requests.empty()) return done(call, "No supported capabilities declared");
    call->require_input(requests, "capabilities");
  });
}

}  // namespace

void add_input_tools(mcp::Catalog& catalog) {
  add_session_tools(catalog);
  add_one_round_tools(catalog);
  add_many_round_tools(catalog);
}

}  // namespace penstock::mcp_fixture
