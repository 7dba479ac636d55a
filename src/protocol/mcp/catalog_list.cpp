// The lists of a catalogue, in the words of each revision.
#include <algorithm>

#include "protocol/json_text.hpp"
#include "protocol/mcp/catalog.hpp"

namespace penstock::protocol::mcp {
namespace {

void append_text(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

void append_flag(std::string& out, std::string_view name, const std::optional<bool>& flag) {
  if (!flag) return;
  out += out.ends_with('{') ? "\"" : ",\"";
  out += name;
  out += *flag ? "\":true" : "\":false";
}

/// A name, a title where the revision has one, a description.
void append_heading(std::string& out, const RevisionRules& rules, std::string_view name,
                    std::string_view title, std::string_view description) {
  out += R"({"name":)";
  append_json_string(out, name);
  if (rules.titles) append_text(out, "title", title);
  append_text(out, "description", description);
}

void append(std::string& out, const RevisionRules& rules, const Tool& tool) {
  append_heading(out, rules, tool.name, tool.title, tool.description);
  out += R"(,"inputSchema":)";
  out += tool.input_schema;
  if (rules.structured_content && !tool.output_schema.empty()) {
    out += R"(,"outputSchema":)";
    out += tool.output_schema;
  }
  if (rules.tool_annotations) {
    std::string flags = "{";
    append_flag(flags, "readOnlyHint", tool.annotations.read_only);
    append_flag(flags, "destructiveHint", tool.annotations.destructive);
    append_flag(flags, "idempotentHint", tool.annotations.idempotent);
    append_flag(flags, "openWorldHint", tool.annotations.open_world);
    if (flags.size() > 1) {
      out += R"(,"annotations":)";
      out += flags;
      out += '}';
    }
  }
  out += '}';
}

void append(std::string& out, const RevisionRules& rules, const Resource& resource) {
  append_heading(out, rules, resource.name, resource.title, resource.description);
  append_text(out, "uri", resource.uri);
  append_text(out, "mimeType", resource.mime_type);
  out += '}';
}

void append(std::string& out, const RevisionRules& rules, const Catalog::TemplateEntry& entry) {
  append_heading(out, rules, entry.pattern.name, entry.pattern.title, entry.pattern.description);
  append_text(out, "uriTemplate", entry.pattern.uri_template);
  append_text(out, "mimeType", entry.pattern.mime_type);
  out += '}';
}

void append(std::string& out, const RevisionRules& rules, const Catalog::ToolEntry& entry) {
  append(out, rules, entry.tool);
}

void append(std::string& out, const RevisionRules& rules, const Prompt& prompt) {
  append_heading(out, rules, prompt.name, prompt.title, prompt.description);
  out += R"(,"arguments":[)";
  for (const PromptArgument& argument : prompt.arguments) {
    if (&argument != prompt.arguments.data()) out += ',';
    append_heading(out, rules, argument.name, argument.title, argument.description);
    out += argument.required ? R"(,"required":true})" : R"(,"required":false})";
  }
  out += "]}";
}

bool sees(const Caller& caller, const Catalog::ToolEntry& entry) {
  return caller.sees(entry.tool);
}
bool sees(const Caller& caller, const Catalog::TemplateEntry& entry) {
  return caller.sees(entry.pattern);
}
bool sees(const Caller& caller, const Resource& resource) {
  return caller.sees(resource);
}
bool sees(const Caller& caller, const Prompt& prompt) {
  return caller.sees(prompt);
}

template <typename Entry>
Catalog::Page listed(const std::vector<std::unique_ptr<Entry>>& entries, const RevisionRules& rules,
                     std::size_t from, std::size_t count, const Caller* caller) {
  Catalog::Page page{.array = "[", .next = {}};
  for (std::size_t at = from; at < entries.size(); ++at) {
    if (caller != nullptr && !sees(*caller, *entries[at])) continue;
    if (count-- == 0) {
      page.next = at;
      break;
    }
    if (page.array.size() > 1) page.array += ',';
    append(page.array, rules, *entries[at]);
  }
  page.array += ']';
  return page;
}

}  // namespace

Catalog::Page Catalog::list(ListKind kind, const RevisionRules& rules, std::size_t from, std::size_t count,
                            const Caller* caller) const {
  switch (kind) {
    case ListKind::tools:
      return listed(tools_, rules, from, count, caller);
    case ListKind::resources:
      return listed(resources_, rules, from, count, caller);
    case ListKind::templates:
      return listed(templates_, rules, from, count, caller);
    case ListKind::prompts:
      return listed(prompts_, rules, from, count, caller);
  }
  return {.array = "[]", .next = {}};
}

}  // namespace penstock::protocol::mcp
