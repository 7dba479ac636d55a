// What a server offers: tools, resources, prompts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "penstock/error.hpp"

#include "protocol/mcp/call.hpp"
#include "protocol/mcp/parameter_headers.hpp"
#include "protocol/mcp/schema.hpp"
#include "protocol/mcp/uri_template.hpp"

namespace penstock::protocol::mcp {

/// What a tool does to the world. Left out: the client assumes the worst.
struct ToolAnnotations {
  std::optional<bool> read_only;
  std::optional<bool> destructive;
  std::optional<bool> idempotent;
  std::optional<bool> open_world;
};

struct Tool {
  std::string name;  ///< letters, digits, '_', '-', '.'
  std::string title;
  std::string description;
  std::string input_schema = R"({"type":"object"})";
  std::string database;       ///< that it is about, for who decides who sees it; empty: any, or none
  std::string output_schema;  ///< empty: the tool has no structured result
  ToolAnnotations annotations;
  bool resumable = false;  ///< its call outlives the client's connection, which may come back for the answer
  ToolHandler handler;
};

struct Resource {
  std::string uri;
  std::string database;  ///< as a tool's
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;
  ReadHandler handler;
};

struct ResourceTemplate {
  std::string uri_template;  ///< RFC 6570, level 1: "penstock://{database}/{table}"
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;
  ReadHandler handler;
  CompletionHandler complete;  ///< of its variables; none: nothing is suggested
};

struct PromptArgument {
  std::string name;
  std::string title;
  std::string description;
  bool required = false;
};

struct Prompt {
  std::string name;
  std::string title;
  std::string description;
  std::vector<PromptArgument> arguments;
  std::vector<std::string> tools;  ///< that it is of no use without, for who decides who sees it
  PromptHandler handler;
  CompletionHandler complete;
};

enum class ListKind : std::uint8_t { tools, resources, templates, prompts };

/// Everything a server offers at one time. Filled, then never changed again, so any thread may read it. Lists
/// keep the order in which things were added.
class Catalog {
 public:
  /// Errors of all: `invalid_argument`: a name twice, a bad name, a bad schema or template, no handler.
  [[nodiscard]] Result<void> add(Tool tool);
  [[nodiscard]] Result<void> add(Resource resource);
  [[nodiscard]] Result<void> add(ResourceTemplate pattern);
  [[nodiscard]] Result<void> add(Prompt prompt);

  struct ToolEntry {
    Tool tool;
    Schema input;
    std::vector<MirroredParameter> mirrored;
  };
  struct TemplateEntry {
    ResourceTemplate pattern;
    UriTemplate uri;
  };

  [[nodiscard]] const ToolEntry* find_tool(std::string_view name) const noexcept;
  [[nodiscard]] const Prompt* find_prompt(std::string_view name) const noexcept;
  [[nodiscard]] const Resource* find_resource(std::string_view uri) const noexcept;
  /// The first template that the URI fits, and the values of its variables.
  [[nodiscard]] std::pair<const TemplateEntry*, UriTemplate::Values> match(std::string_view uri) const;
  [[nodiscard]] const TemplateEntry* find_template(std::string_view uri_template) const noexcept;
  /// Of those that the caller sees; null: all.
  [[nodiscard]] std::vector<std::string> tool_names(const Caller* caller = nullptr) const;
  [[nodiscard]] std::vector<std::string> prompt_names(const Caller* caller = nullptr) const;

  [[nodiscard]] std::size_t size(ListKind kind) const noexcept;
  /// Which of the catalogues of a server this is: a place in a list of another one means nothing here.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
  void set_generation(std::uint64_t generation) noexcept { generation_ = generation; }
  /// A part of a list, and the entry that the next one begins with; nothing: there is none.
  struct Page {
    std::string array;  ///< JSON
    std::optional<std::size_t> next;
  };
  /// `count` entries at most, from one on, of those that the caller sees (null: all), in the words of a
  /// revision.
  [[nodiscard]] Page list(ListKind kind, const RevisionRules& rules, std::size_t from, std::size_t count,
                          const Caller* caller = nullptr) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Index = std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>>;

  // Entries do not move: calls under way point to them, and keep the catalogue.
  std::vector<std::unique_ptr<ToolEntry>> tools_;
  std::vector<std::unique_ptr<Resource>> resources_;
  std::vector<std::unique_ptr<TemplateEntry>> templates_;
  std::vector<std::unique_ptr<Prompt>> prompts_;
  Index tool_index_;
  Index resource_index_;
  Index prompt_index_;
  std::uint64_t generation_ = 1;
};

}  // namespace penstock::protocol::mcp
