// What tools, resources and prompts hand over, as ready JSON.
#pragma once

#include <string>
#include <string_view>

namespace penstock::protocol::mcp {

/// The contents of a resource: text, or bytes in base64.
struct ResourceContents {
  std::string uri;
  std::string mime_type;
  std::string text;
  std::string blob;  ///< base64; the text is left out when this is not empty
};
void append_resource_contents(std::string& out, const ResourceContents& contents);

/// A JSON array of content blocks. Image and audio take base64.
class Content {
 public:
  Content& text(std::string_view text);
  Content& image(std::string_view data, std::string_view mime_type);
  Content& audio(std::string_view data, std::string_view mime_type);
  Content& resource(const ResourceContents& contents);
  Content& link(std::string_view uri, std::string_view name, std::string_view description,
                std::string_view mime_type);

  [[nodiscard]] std::string take();

 private:
  void open(std::string_view type);
  void media(std::string_view type, std::string_view data, std::string_view mime_type);

  std::string blocks_ = "[";
};

/// What a tool answers.
struct ToolResult {
  std::string content;     ///< a JSON array of content blocks, as Content makes it; empty: see `structured`
  std::string structured;  ///< JSON text that conforms to the tool's output schema; empty: none. Where there
                           ///< is no content, it stands there as text too.
  bool is_error = false;

  [[nodiscard]] static ToolResult of_text(std::string_view text);
  [[nodiscard]] static ToolResult error(std::string_view text);
};

/// The messages of a prompt: a JSON array.
class PromptMessages {
 public:
  /// `role` is "user" or "assistant".
  PromptMessages& text(std::string_view role, std::string_view text);
  PromptMessages& image(std::string_view role, std::string_view data, std::string_view mime_type);
  PromptMessages& resource(std::string_view role, const ResourceContents& contents);

  [[nodiscard]] std::string take();

 private:
  void add(std::string_view role, std::string_view block);

  std::string messages_ = "[";
};

}  // namespace penstock::protocol::mcp
