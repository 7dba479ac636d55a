#include "cli/help.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace penstock::cli {

namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kMaxNameWidth = 24;

using Entry = std::pair<std::string, std::string>;  ///< what one writes, and what it means

/// The text in lines of at most kWidth characters, each but the first behind `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    if (column > indent && column + 1 + word.size() > kWidth) {
      out += fmt::format("\n{:{}}", "", indent);
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(word.size());
    if (text.empty()) break;
    if (text.front() == '\n') {
      out += fmt::format("\n{:{}}", "", indent);
      column = indent;
    }
    text.remove_prefix(1);
  }
  return out;
}

/// Two columns under a heading.
std::string section(std::string_view heading, const std::vector<Entry>& entries) {
  if (entries.empty()) return {};
  std::size_t width = 0;
  for (const auto& [name, meaning] : entries) {
    if (name.size() <= kMaxNameWidth) width = std::max(width, name.size());
  }
  std::string out = fmt::format("\n{}:\n", heading);
  for (const auto& [name, meaning] : entries) {
    const bool apart = name.size() > width;
    out += fmt::format("  {:<{}}", name, apart ? 0 : width);
    out += apart ? fmt::format("\n{:{}}", "", width + 4) : std::string(2, ' ');
    out += wrapped(meaning, width + 4) + "\n";
  }
  return out;
}

std::string option_text(const CLI::Option& option) {
  std::string text = option.get_snames().empty() ? "    " : fmt::format("-{}", option.get_snames().front());
  if (!option.get_lnames().empty()) {
    text += option.get_snames().empty() ? "" : ", ";
    text += "--" + option.get_lnames().front();
  }
  if (option.get_expected_max() > 0 && !option.get_type_name().empty()) text += " " + option.get_type_name();
  return text;
}

std::vector<Entry> arguments_of(const CLI::App& app) {
  std::vector<Entry> entries;
  for (const CLI::Option* option :
       app.get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    entries.emplace_back(option->get_name(true), option->get_description());
  }
  return entries;
}

std::vector<Entry> options_of(const CLI::App& app, const std::string& group) {
  std::vector<Entry> entries;
  const auto belongs = [&](const CLI::Option* o) { return o->nonpositional() && o->get_group() == group; };
  for (const CLI::Option* option : app.get_options(belongs)) {
    entries.emplace_back(option_text(*option), option->get_description());
  }
  return entries;
}

std::vector<Entry> commands_of(const CLI::App& app) {
  std::vector<Entry> entries;
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App* a) { return !a->get_group().empty(); })) {
    const std::string description = command->get_description();
    entries.emplace_back(command->get_name(), description.substr(0, description.find('\n')));
  }
  return entries;
}

std::string usage(const CLI::App& app) {
  if (app.get_parent() == nullptr) return "penstock [OPTIONS] COMMAND ...";
  std::string text = fmt::format("penstock {} [OPTIONS]", app.get_name());
  for (const CLI::Option* option :
       app.get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    const std::string many = option->get_expected_max() > 1 ? "..." : "";
    const std::string name = option->get_name(true) + many;
    text += option->get_required() ? " " + name : fmt::format(" [{}]", name);
  }
  return text;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/,
                                     CLI::AppFormatMode /*mode*/) const {
  const std::string description = app->get_description();
  const std::size_t first_line = description.find('\n');
  std::string out = wrapped(description.substr(0, first_line), 0) + "\n";
  if (first_line != std::string::npos) out += "\n" + wrapped(description.substr(first_line + 1), 0) + "\n";
  out += fmt::format("\nUsage: {}\n", usage(*app));
  out += section("Commands", commands_of(*app));
  out += section("Arguments", arguments_of(*app));
  for (const std::string& group : app->get_groups()) {
    if (!group.empty()) out += section(group, options_of(*app, group));
  }
  if (!app->get_footer().empty()) out += "\n" + app->get_footer();
  return out;
}

std::string missing_arguments(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_required() || option->count() > 0) continue;
    if (!out.empty()) out += " and ";
    out += option->get_positional() ? option->get_name(true) : "--" + option->get_lnames().front();
  }
  return out;
}

}  // namespace penstock::cli
