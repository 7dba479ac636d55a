#include "protocol/mcp/catalog.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace penstock::protocol::mcp {
namespace {

/// https://modelcontextprotocol.io/specification/2025-11-25/server/tools, "Tool Names".
constexpr std::size_t kMaxNameBytes = 128;

bool is_tool_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_' || character == '-' || character == '.';
  });
}

Result<void> check_tool(const Tool& tool) {
  if (!is_tool_name(tool.name))
    return fail(
        ErrorCode::invalid_argument,
        "\"" + tool.name + "\" is no name for a tool: letters, digits, '_', '-' and '.', 128 at most.");
  if (!tool.handler) return fail(ErrorCode::invalid_argument, "The tool " + tool.name + " does nothing.");
  if (!tool.output_schema.empty()) {
    auto output = Schema::parse(tool.output_schema);
    if (!output)
      return fail(ErrorCode::invalid_argument,
                  "The output schema of the tool " + tool.name + ": " + output.error().message);
  }
  return {};
}

}  // namespace

Result<void> Catalog::add(Tool tool) {
  if (auto checked = check_tool(tool); !checked) return checked;
  auto input = Schema::parse(tool.input_schema);
  if (!input)
    return fail(ErrorCode::invalid_argument,
                "The input schema of the tool " + tool.name + ": " + input.error().message);
  auto mirrored = mirrored_parameters(input->root());
  if (!mirrored)
    return fail(ErrorCode::invalid_argument,
                "The input schema of the tool " + tool.name + ": " + mirrored.error().message);
  if (!tool_index_.emplace(tool.name, tools_.size()).second)
    return fail(ErrorCode::invalid_argument, "There are two tools of the name " + tool.name + ".");
  tools_.push_back(std::make_unique<ToolEntry>(
      ToolEntry{.tool = std::move(tool), .input = std::move(*input), .mirrored = std::move(*mirrored)}));
  return {};
}

Result<void> Catalog::add(Resource resource) {
  if (resource.uri.empty() || !resource.handler)
    return fail(ErrorCode::invalid_argument, "A resource has a URI and can be read.");
  if (!resource_index_.emplace(resource.uri, resources_.size()).second)
    return fail(ErrorCode::invalid_argument, "There are two resources of the URI " + resource.uri + ".");
  resources_.push_back(std::make_unique<Resource>(std::move(resource)));
  return {};
}

Result<void> Catalog::add(ResourceTemplate pattern) {
  auto uri = UriTemplate::parse(pattern.uri_template);
  if (!uri) return pass_error(uri);
  if (!pattern.handler)
    return fail(ErrorCode::invalid_argument, "The template " + pattern.uri_template + " cannot be read.");
  if (find_template(pattern.uri_template) != nullptr)
    return fail(ErrorCode::invalid_argument, "The template " + pattern.uri_template + " comes twice.");
  templates_.push_back(
      std::make_unique<TemplateEntry>(TemplateEntry{.pattern = std::move(pattern), .uri = std::move(*uri)}));
  return {};
}

Result<void> Catalog::add(Prompt prompt) {
  if (prompt.name.empty() || !prompt.handler)
    return fail(ErrorCode::invalid_argument, "A prompt has a name and can be got.");
  std::set<std::string_view> names;
  for (const PromptArgument& argument : prompt.arguments)
    if (argument.name.empty() || !names.insert(argument.name).second)
      return fail(ErrorCode::invalid_argument,
                  "The prompt " + prompt.name + " has two arguments of one name, or one without.");
  if (!prompt_index_.emplace(prompt.name, prompts_.size()).second)
    return fail(ErrorCode::invalid_argument, "There are two prompts of the name " + prompt.name + ".");
  prompts_.push_back(std::make_unique<Prompt>(std::move(prompt)));
  return {};
}

const Catalog::ToolEntry* Catalog::find_tool(std::string_view name) const noexcept {
  const auto found = tool_index_.find(name);
  return found == tool_index_.end() ? nullptr : tools_[found->second].get();
}

const Prompt* Catalog::find_prompt(std::string_view name) const noexcept {
  const auto found = prompt_index_.find(name);
  return found == prompt_index_.end() ? nullptr : prompts_[found->second].get();
}

const Resource* Catalog::find_resource(std::string_view uri) const noexcept {
  const auto found = resource_index_.find(uri);
  return found == resource_index_.end() ? nullptr : resources_[found->second].get();
}

std::pair<const Catalog::TemplateEntry*, UriTemplate::Values> Catalog::match(std::string_view uri) const {
  for (const auto& entry : templates_)
    if (auto values = entry->uri.match(uri)) return {entry.get(), std::move(*values)};
  return {nullptr, {}};
}

const Catalog::TemplateEntry* Catalog::find_template(std::string_view uri_template) const noexcept {
  for (const auto& entry : templates_)
    if (entry->pattern.uri_template == uri_template) return entry.get();
  return nullptr;
}

std::vector<std::string> Catalog::tool_names(const Caller* caller) const {
  std::vector<std::string> names;
  for (const auto& entry : tools_)
    if (caller == nullptr || caller->sees(entry->tool)) names.push_back(entry->tool.name);
  return names;
}

std::vector<std::string> Catalog::prompt_names(const Caller* caller) const {
  std::vector<std::string> names;
  for (const auto& prompt : prompts_)
    if (caller == nullptr || caller->sees(*prompt)) names.push_back(prompt->name);
  return names;
}

std::size_t Catalog::size(ListKind kind) const noexcept {
  switch (kind) {
    case ListKind::tools:
      return tools_.size();
    case ListKind::resources:
      return resources_.size();
    case ListKind::templates:
      return templates_.size();
    case ListKind::prompts:
      return prompts_.size();
  }
  return 0;
}

}  // namespace penstock::protocol::mcp
