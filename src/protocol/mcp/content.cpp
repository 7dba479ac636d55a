#include "protocol/mcp/content.hpp"

#include <utility>

#include "protocol/json_text.hpp"

namespace penstock::protocol::mcp {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

/// The one block of an array.
std::string_view only_block(std::string_view array) {
  return array.substr(1, array.size() - 2);
}

}  // namespace

void append_resource_contents(std::string& out, const ResourceContents& contents) {
  out += R"({"uri":)";
  append_json_string(out, contents.uri);
  append_member(out, "mimeType", contents.mime_type);
  if (contents.blob.empty()) {
    out += R"(,"text":)";
    append_json_string(out, contents.text);
  } else {
    append_member(out, "blob", contents.blob);
  }
  out += '}';
}

void Content::open(std::string_view type) {
  if (blocks_.size() > 1) blocks_ += ',';
  blocks_ += R"({"type":")";
  blocks_ += type;
  blocks_ += '"';
}

Content& Content::text(std::string_view text) {
  blocks_.reserve(blocks_.size() + text.size() + text.size() / 8 + 32);
  open("text");
  blocks_ += R"(,"text":)";
  append_json_string(blocks_, text);
  blocks_ += '}';
  return *this;
}

void Content::media(std::string_view type, std::string_view data, std::string_view mime_type) {
  open(type);
  append_member(blocks_, "data", data);
  append_member(blocks_, "mimeType", mime_type);
  blocks_ += '}';
}

Content& Content::image(std::string_view data, std::string_view mime_type) {
  media("image", data, mime_type);
  return *this;
}

Content& Content::audio(std::string_view data, std::string_view mime_type) {
  media("audio", data, mime_type);
  return *this;
}

Content& Content::resource(const ResourceContents& contents) {
  open("resource");
  blocks_ += R"(,"resource":)";
  append_resource_contents(blocks_, contents);
  blocks_ += '}';
  return *this;
}

Content& Content::link(std::string_view uri, std::string_view name, std::string_view description,
                       std::string_view mime_type) {
  open("resource_link");
  append_member(blocks_, "uri", uri);
  append_member(blocks_, "name", name);
  append_member(blocks_, "description", description);
  append_member(blocks_, "mimeType", mime_type);
  blocks_ += '}';
  return *this;
}

std::string Content::take() {
  blocks_ += ']';
  return std::exchange(blocks_, "[");
}

ToolResult ToolResult::of_text(std::string_view text) {
  ToolResult result;
  result.content = Content().text(text).take();
  return result;
}

ToolResult ToolResult::error(std::string_view text) {
  ToolResult result = of_text(text);
  result.is_error = true;
  return result;
}

void PromptMessages::add(std::string_view role, std::string_view block) {
  if (messages_.size() > 1) messages_ += ',';
  messages_ += R"({"role":)";
  append_json_string(messages_, role);
  messages_ += R"(,"content":)";
  messages_ += only_block(block);
  messages_ += '}';
}

PromptMessages& PromptMessages::text(std::string_view role, std::string_view text) {
  add(role, Content().text(text).take());
  return *this;
}

PromptMessages& PromptMessages::image(std::string_view role, std::string_view data,
                                      std::string_view mime_type) {
  add(role, Content().image(data, mime_type).take());
  return *this;
}

PromptMessages& PromptMessages::resource(std::string_view role, const ResourceContents& contents) {
  add(role, Content().resource(contents).take());
  return *this;
}

std::string PromptMessages::take() {
  messages_ += ']';
  return std::exchange(messages_, "[");
}

}  // namespace penstock::protocol::mcp
