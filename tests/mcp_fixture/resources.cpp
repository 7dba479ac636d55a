#include <string>
#include <string_view>
#include <utility>

#include "mcp_fixture/add.hpp"
#include "mcp_fixture/fixture.hpp"

namespace penstock::mcp_fixture {
namespace json = boost::json;
namespace mcp = protocol::mcp;
namespace {

using ReadCallPtr = std::shared_ptr<mcp::ReadCall>;
using PromptCallPtr = std::shared_ptr<mcp::PromptCall>;

void add_resource(mcp::Catalog& catalog, std::string name, std::string mime_type, std::string text,
                  std::string blob = {}) {
  mcp::Resource resource;
  resource.uri = "test://" + name;
  resource.name = std::move(name);
  resource.title = "A resource for testing";
  resource.description = "What it holds never changes";
  resource.mime_type = mime_type;
  mcp::ResourceContents contents{.uri = resource.uri,
                                 .mime_type = std::move(mime_type),
                                 .text = std::move(text),
                                 .blob = std::move(blob)};
  resource.handler = [contents = std::move(contents)](const ReadCallPtr& call) { call->reply({contents}); };
  add(catalog, std::move(resource));
}

mcp::Prompt prompt(std::string name, std::vector<mcp::PromptArgument> arguments, mcp::PromptHandler handler) {
  mcp::Prompt made;
  made.name = std::move(name);
  made.title = "A prompt for testing";
  made.description = "Says the same every time";
  made.arguments = std::move(arguments);
  made.handler = std::move(handler);
  return made;
}

mcp::PromptArgument argument(std::string name) {
  return {.name = std::move(name), .title = {}, .description = "An argument for testing", .required = true};
}

void prompt_that_asks(const PromptCallPtr& call) {
  const json::object* answer = call->input("user_context");
  const json::object* content = answer == nullptr ? nullptr : mcp::object_member(*answer, "content");
  if (content == nullptr)
    return call->require_input(
        {{.key = "user_context",
          .method = "elicitation/create",
          .params = R"({"message":"What context should the prompt use?","requestedSchema":{"type":"object",)"
                    R"("properties":{"context":{"type":"string"}},"required":["context"]}})"}});
  call->reply(
      mcp::PromptMessages()
          .text("user", "Prompt with context: " + std::string(mcp::string_member(*content, "context")))
          .take());
}

}  // namespace

void add_resources(mcp::Catalog& catalog) {
  add_resource(catalog, "static-text", "text/plain", "This is the content of the static text resource.");
  add_resource(catalog, "static-binary", "image/png", {}, std::string(kImage));
  add_resource(catalog, "watched-resource", "text/plain", "Watched resource content");
  mcp::ResourceTemplate pattern;
  pattern.uri_template = "test://template/{id}/data";
  pattern.name = "template";
  pattern.title = "A template for testing";
  pattern.description = "Repeats its parameter";
  pattern.mime_type = "application/json";
  pattern.handler = [](const ReadCallPtr& call) {
    const std::string id(call->variable("id"));
    call->reply({{.uri = call->uri(),
                  .mime_type = "application/json",
                  .text = json::serialize(
                      json::object{{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}}),
                  .blob = {}}});
  };
  pattern.complete = [](const std::shared_ptr<mcp::CompletionCall>& call) { call->reply({"1", "2", "12"}); };
  add(catalog, std::move(pattern));
}

void add_prompts(mcp::Catalog& catalog) {
  add(catalog, prompt("test_simple_prompt", {}, [](const PromptCallPtr& call) {
        call->reply(mcp::PromptMessages().text("user", "This is a simple prompt for testing.").take());
      }));
  mcp::Prompt with_arguments = prompt(
      "test_prompt_with_arguments", {argument("arg1"), argument("arg2")}, [](const PromptCallPtr& call) {
        call->reply(mcp::PromptMessages()
                        .text("user", "Prompt with arguments: arg1='" + std::string(call->argument("arg1")) +
                                          "', arg2='" + std::string(call->argument("arg2")) + "'")
                        .take());
      });
  with_arguments.complete = [](const std::shared_ptr<mcp::CompletionCall>& call) {
    call->reply({"paris", "park", "party"});
  };
  add(catalog, std::move(with_arguments));
  add(catalog,
      prompt("test_prompt_with_embedded_resource", {argument("resourceUri")}, [](const PromptCallPtr& call) {
        call->reply(mcp::PromptMessages()
                        .resource("user", {.uri = std::string(call->argument("resourceUri")),
                                           .mime_type = "text/plain",
                                           .text = "Embedded resource content for testing.",
                                           .blob = {}})
                        .text("user", "Please process the embedded resource above.")
                        .take());
      }));
  add(catalog, prompt("test_prompt_with_image", {}, [](const PromptCallPtr& call) {
        call->reply(mcp::PromptMessages()
                        .image("user", kImage, "image/png")
                        .text("user", "Please analyze the image above.")
                        .take());
      }));
  add(catalog, prompt("test_input_required_result_prompt", {}, prompt_that_asks));
}

}  // namespace penstock::mcp_fixture
